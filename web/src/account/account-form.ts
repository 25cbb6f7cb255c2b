import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { ApiError, describeError } from "../api/problem";

// showProblem puts what the server says about single fields beside them, focuses the first, and returns what
// belongs to none of them, for the top of the form.
export function showProblem<Values extends FieldValues>(
  error: unknown,
  fields: readonly FieldPath<Values>[],
  setError: UseFormSetError<Values>,
): string | undefined {
  const { byField, rest } = sortErrors(error, fields);
  byField.forEach(({ field, detail }, index) => {
    setError(field, { type: "server", message: detail }, { shouldFocus: index === 0 });
  });
  if (rest.length > 0) return rest.join(" ");
  return byField.length > 0 ? undefined : describeError(error);
}

// sortErrors parts a problem's errors into those of the form's own fields and the texts of all others.
export function sortErrors<Field extends string>(
  error: unknown,
  fields: readonly Field[],
): { byField: { field: Field; detail: string }[]; rest: string[] } {
  const byField: { field: Field; detail: string }[] = [];
  const rest: string[] = [];
  for (const { field, detail } of error instanceof ApiError ? error.errors : []) {
    const known = fields.find((name) => name === field);
    if (known === undefined) rest.push(detail);
    else if (!byField.some((entry) => entry.field === known))
      byField.push({ field: known, detail: sentence(detail) });
  }
  return { byField, rest: rest.map(sentence) };
}

// sentence makes a text of the server fit under a label: a capital first, a full stop last.
function sentence(text: string): string {
  const [first = "", ...others] = [...text.trim()];
  const whole = first.toLocaleUpperCase() + others.join("");
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
