// The person's own undo and redo while others change the drawing. It stays; only steps about elements that others
// have taken away can't be undone any more. Such a step becomes an empty one, so that positions on the stack keep
// their identity, and undo and redo pass over it.
import type { Moddle } from "./moddle-tree";
import type { SheetChange } from "./sheet-sync";
import type { GetService, StackEntry } from "./sync-services";

const emptied = "laneway.emptied";
const depth = 5;

// passOverEmptied lets undo and redo go on to the next step that does something.
export function passOverEmptied(get: GetService): void {
  const stack = get("commandStack");
  stack.register(emptied, { execute: () => [], revert: () => [] });
  get("eventBus").on("commandStack.changed", ({ trigger }: { trigger?: string }) => {
    const { _stack, _stackIdx } = stack;
    // Undone is what lies above the position now, redone what lies at it.
    if (trigger === "undo" && _stack[_stackIdx + 1]?.command === emptied && stack.canUndo()) stack.undo();
    if (trigger === "redo" && _stack[_stackIdx]?.command === emptied && stack.canRedo()) stack.redo();
  });
}

// mendHistory leads the steps to what is on the sheet now, and gives the number of those that had to be emptied.
export function mendHistory(
  get: GetService,
  change: SheetChange,
  replaced: ReadonlyMap<Moddle, Moddle>,
): number {
  const stack = get("commandStack");
  const swaps = new Map<unknown, unknown>([...replaced, ...change.stands]);
  const comeIds = new Map([...change.come].map((element) => [element.id, element]));
  const isDead = (value: object) => {
    if (change.gone.has(value as never)) return true;
    const { id } = value as { id?: unknown };
    const fresh = typeof id === "string" && isElement(value) ? comeIds.get(id) : undefined;
    return fresh !== undefined && fresh !== value;
  };

  const dead = new Set<number | undefined>();
  for (const { context, id } of stack._stack) {
    if (swaps.size > 0) swap(context, swaps, depth);
    if (mentions(context, isDead, depth)) dead.add(id);
  }
  if (dead.size === 0) return 0;

  const mended: StackEntry[] = [];
  let index = -1;
  for (const [at, entry] of stack._stack.entries()) {
    const done = at <= stack._stackIdx;
    if (!dead.has(entry.id)) mended.push(entry);
    else if (mended.at(-1)?.id !== entry.id) mended.push({ command: emptied, context: {}, ...idOf(entry) });
    if (done) index = mended.length - 1;
  }
  stack._stack.splice(0, stack._stack.length, ...mended);
  stack._stackIdx = index;
  return dead.size;
}

function idOf({ id }: StackEntry): { id?: number } {
  return id === undefined ? {} : { id };
}

function isElement(value: object): boolean {
  return "businessObject" in value && "di" in value;
}

// isPlain: an object or list that only groups others; neither elements nor parts of the model are looked into.
function isPlain(value: unknown): value is Record<string, unknown> | unknown[] {
  if (Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function mentions(value: unknown, isDead: (value: object) => boolean, levels: number): boolean {
  if (typeof value !== "object" || value === null || levels === 0) return false;
  if (isDead(value)) return true;
  if (!isPlain(value)) return false;
  return Object.values(value).some((inner) => mentions(inner, isDead, levels - 1));
}

function swap(value: unknown, swaps: ReadonlyMap<unknown, unknown>, levels: number): void {
  if (!isPlain(value) || levels === 0) return;
  const holder = value as Record<string, unknown>;
  for (const [name, inner] of Object.entries(value)) {
    const other = swaps.get(inner);
    if (other !== undefined) holder[name] = other;
    else swap(inner, swaps, levels - 1);
  }
}
