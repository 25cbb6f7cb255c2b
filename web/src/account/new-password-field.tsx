import { Check, Dot } from "lucide-react";
import type { ComponentProps } from "react";
import { Field } from "../ui/field";
import { PasswordInput } from "./password-input";

const shortest = 12;
const longest = 256;

type NewPasswordFieldProps = ComponentProps<"input"> & {
  label: string;
  error: string | undefined;
  // length is of what is typed, for the rule below the field.
  length: number;
};

// NewPasswordField is where one chooses a password, with the rule for it.
export function NewPasswordField({ label, error, length, ...input }: NewPasswordFieldProps) {
  const met = length >= shortest && length <= longest;
  const Icon = met ? Check : Dot;
  const rule = (
    <span className="flex items-start gap-1">
      <Icon className={met ? "size-4 text-success" : "size-4"} aria-hidden="true" />
      <span>
        {shortest} to {longest} characters, any kind. Four unrelated words do well.
      </span>
    </span>
  );
  return (
    <Field label={label} error={error} hint={rule}>
      {(ids) => <PasswordInput autoComplete="new-password" {...ids} {...input} />}
    </Field>
  );
}

// validatePassword says what is wrong with a new password, or true.
export function validatePassword(password: string): string | true {
  const length = passwordLength(password);
  if (length < shortest) return `Use at least ${shortest} characters.`;
  return length > longest ? `Use at most ${longest} characters.` : true;
}

// passwordLength counts characters, not UTF-16 units, as the server does.
export function passwordLength(text: string): number {
  return [...text].length;
}
