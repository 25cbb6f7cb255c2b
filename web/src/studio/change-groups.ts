// Changes as a person reads them: by element, each with the fields that differ. What belongs to an element (its
// drawing, its timer, its condition) is told with it.
import type { ChangeKind, DocumentChange } from "../api/version";
import {
  elementWords,
  fieldWords,
  type Naming,
  namingOf,
  type ValueWords,
  valueWords,
  xmlWords,
} from "./change-words";
import type { Outline } from "./document-outline";

// A ChangeLine is one field with what it was and what it is.
export type ChangeLine = {
  field: string;
  before: ValueWords;
  after: ValueWords;
  // layout: only the drawing differs.
  layout: boolean;
};

export type ChangeGroup = {
  // id names the element, or "#document" for what belongs to none.
  id: string;
  type: string;
  name: string;
  kind: ChangeKind;
  drawnBefore: boolean;
  drawnAfter: boolean;
  lines: readonly ChangeLine[];
  // layout: nothing but the drawing differs.
  layout: boolean;
};

const documentId = "#document";
const sheets = new Set(["process", "laneSet", "collaboration"]);
const nothing: ValueWords = { form: "none" };

// groupChanges puts the changes together by element: first those of the content, then those of the drawing alone.
export function groupChanges(
  changes: readonly DocumentChange[],
  before: Outline,
  after: Outline,
): ChangeGroup[] {
  const byElement = new Map<string, DocumentChange[]>();
  for (const change of changes) {
    const id = subjectOf(change, before, after);
    const known = byElement.get(id);
    if (known) known.push(change);
    else byElement.set(id, [change]);
  }
  const naming = namingOf(after, before);
  const groups = [...byElement].map(([id, own]) => groupOf(id, own, before, after, naming));
  return [...groups.filter(({ layout }) => !layout), ...groups.filter(({ layout }) => layout)];
}

// elementShown is the id that a key of the drawing speaks of, null for a key that is none.
export function elementShown(key: string): string | null {
  const shown = /^#(?:di|plane|diagram)\(([^)@]*)/.exec(key)?.[1];
  return shown === undefined || shown === "root" ? null : shown;
}

export function isLayoutKey(key: string): boolean {
  return key.startsWith("#") && !key.startsWith("#definitions");
}

function subjectOf({ element, parent }: DocumentChange, before: Outline, after: Outline): string {
  if (element.startsWith("#")) return elementShown(element) ?? documentId;
  const known = after.get(element) ?? before.get(element);
  if (known) return known.about;
  return parent && !parent.startsWith("#") ? (parent.split("/", 1)[0] ?? element) : element;
}

function groupOf(
  id: string,
  changes: readonly DocumentChange[],
  before: Outline,
  after: Outline,
  naming: Naming,
): ChangeGroup {
  const [was, is] = [before.get(id), after.get(id)];
  const own = changes.find(({ element, op }) => element === id && (op === "add" || op === "remove"));
  const lines = changes.flatMap((change) => linesOf(change, id, own?.op ?? null, naming));
  const layout = own === undefined && lines.every((line) => line.layout);
  const sample = changes.find(({ element }) => element === id) ?? changes[0];
  return {
    id,
    type: is?.type ?? was?.type ?? (id === documentId ? "definitions" : (sample?.elementType ?? "")),
    name: is?.name ?? was?.name ?? (id === documentId ? "" : (sample?.elementName ?? "")),
    kind: kindOf(own?.op ?? null, changes),
    drawnBefore: was?.drawn ?? false,
    drawnAfter: is?.drawn ?? false,
    lines,
    layout,
  };
}

function kindOf(own: "add" | "remove" | string | null, changes: readonly DocumentChange[]): ChangeKind {
  if (own === "add") return "added";
  if (own === "remove") return "removed";
  const moves = changes.every(
    ({ op, element, path }) => op === "move" || (isLayoutKey(element) && (!path || isPlace(path))),
  );
  return moves ? "moved" : "changed";
}

function isPlace(path: string): boolean {
  return /#(?:position|size|waypoints)$/.test(path);
}

function linesOf(change: DocumentChange, subject: string, own: string | null, naming: Naming): ChangeLine[] {
  const { op, element, path = "" } = change;
  const layout = isLayoutKey(element);
  // A new element is drawn, too, and a removed one no longer; neither is news.
  if (own !== null && layout) return [];
  switch (op) {
    case "set": {
      const foreign = element !== subject && !layout && subject !== documentId;
      const prefix = foreign ? foreignWords(element, naming) : "";
      const before = valueWords(path, change.before, naming);
      const after = valueWords(path, change.after, naming);
      return [{ field: prefix + fieldWords(path), before, after, layout }];
    }
    case "move":
      return [
        {
          field: "inside",
          before: placeWords(change.before, naming),
          after: placeWords(change.after, naming),
          layout: false,
        },
      ];
    default: {
      if (element === subject) return ownLines(change, naming);
      const what: ValueWords = layout
        ? { form: "short", text: "yes" }
        : { form: "short", text: xmlWords((op === "add" ? change.after : change.before) ?? "") };
      const field = layout ? drawingWords(element) : foreignField(change);
      return [{ field, before: op === "add" ? nothing : what, after: op === "add" ? what : nothing, layout }];
    }
  }
}

// An element that came or went is told with the place where it is or was.
function ownLines({ op, parent }: DocumentChange, naming: Naming): ChangeLine[] {
  const place = placeWords(parent, naming);
  if (place.form === "none") return [];
  const [before, after] = op === "add" ? [nothing, place] : [place, nothing];
  return [{ field: "inside", before, after, layout: false }];
}

function placeWords(address: string | null | undefined, naming: Naming): ValueWords {
  const key = address?.split("/", 1)[0] ?? "";
  if (key === "" || key.startsWith("#")) return nothing;
  const found = naming(key);
  // A process without a name is the sheet itself.
  if (found && found.name === "" && sheets.has(found.type)) return nothing;
  return { form: "short", text: elementWords(naming, key) };
}

function drawingWords(key: string): string {
  if (key.startsWith("#plane(") || key.startsWith("#diagram(")) return "page of its own";
  return key.startsWith("#di(") ? "drawn" : "style";
}

function foreignField({ elementType }: DocumentChange): string {
  return elementType ? fieldWords(elementType.slice(elementType.indexOf(":") + 1)) : "content";
}

// What hangs on an element without being drawn is named by its kind, the definition of an event apart: that is what
// the event is about.
function foreignWords(id: string, naming: Naming): string {
  const type = naming(id)?.type ?? "";
  return type === "" || type.endsWith("EventDefinition") ? "" : `${fieldWords(type)}: `;
}

export type ChangeCounts = Record<ChangeKind, number>;

export function countChanges(groups: readonly ChangeGroup[]): ChangeCounts {
  const counts: ChangeCounts = { added: 0, removed: 0, changed: 0, moved: 0 };
  for (const { kind } of groups) counts[kind] += 1;
  return counts;
}
