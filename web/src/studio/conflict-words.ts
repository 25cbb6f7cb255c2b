// Conflicts in a person's words.
import type { Choice, Conflict } from "../api/draft";
import { elementShown, isLayoutKey } from "./change-groups";
import { fieldWords, type Naming, typeWords } from "./change-words";

// A ConflictGroup is an element with everything about it that two people decided differently.
export type ConflictGroup = {
  id: string;
  type: string;
  name: string;
  conflicts: readonly Conflict[];
};

// subjectOf is the element that a person would say a conflict is about.
export function subjectOf(conflict: Conflict, about: (id: string) => string): string {
  const { elementId, drawnElementId } = conflict;
  if (drawnElementId) return drawnElementId;
  if (elementId.startsWith("#")) return elementShown(elementId) ?? "#document";
  return about(elementId);
}

// groupConflicts puts conflicts together by element, in their order.
export function groupConflicts(
  conflicts: readonly Conflict[],
  about: (id: string) => string,
  naming: Naming,
): ConflictGroup[] {
  const groups = new Map<string, { id: string; type: string; name: string; conflicts: Conflict[] }>();
  for (const conflict of conflicts) {
    const id = subjectOf(conflict, about);
    const known = groups.get(id);
    if (known) {
      known.conflicts.push(conflict);
      continue;
    }
    const named = naming(id);
    groups.set(id, {
      id,
      type: named?.type ?? conflict.elementType ?? "",
      name: named?.name ?? conflict.elementName ?? "",
      conflicts: [conflict],
    });
  }
  return [...groups.values()];
}

// groupTitle is what a person calls the element.
export function groupTitle({ id, type, name }: ConflictGroup): string {
  if (id === "#document") return "the document";
  return name === "" ? typeWords(type) : name;
}

// conflictWords says what happened. other is who stored the other side, such as "Ben Okafor" or "somebody".
export function conflictWords({ kind, field, elementId }: Conflict, other: string): string {
  const what = field === "" ? (isLayoutKey(elementId) ? "drawing" : "content") : fieldWords(field);
  switch (kind) {
    case "edit_edit":
      return `Both changed: ${what}`;
    case "edit_delete":
      return `You removed it, ${other} changed it`;
    case "delete_edit":
      return `You changed it, ${other} removed it`;
    case "two_parents":
      return "Moved to two places";
    case "two_lanes":
      return "Put into two lanes";
    case "two_types":
      return "Made into two kinds of element";
    case "move_cycle":
      return "Each was moved into the other";
    case "broken":
      return "Together the changes would break the document";
    case "duplicate_id":
      return "Its id stands more than once";
    case "add_add":
      return "Two new elements had one id; the other one got a new id";
    case "united":
      return "Both drew the first pool; it is one pool now";
    case "kept_in_use":
      return "One side removed it, the other uses it; it stays";
    case "text_merged":
      return `Both edited in different places: ${what}`;
    case "layout_merged":
      return `Drawn differently by both: ${what}`;
    default:
      return `Decided differently: ${what}`;
  }
}

// otherName is the same as the name of a column or a choice.
export function otherName(other: string): string {
  return other === "somebody" ? "Theirs" : other.charAt(0).toUpperCase() + other.slice(1);
}

export const choiceNames: Record<Choice, string> = {
  ours: "Mine",
  theirs: "Theirs",
  both: "Both",
  base: "Original",
};

// The keys stand for the same choice everywhere, whether or not a conflict offers all of them.
export const choiceKeys: Record<Choice, string> = { ours: "1", theirs: "2", both: "3", base: "4" };
