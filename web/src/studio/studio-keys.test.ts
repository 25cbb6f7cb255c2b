// What the table of keys tells is held against the bindings of bpmn-js itself: each declared key is pressed on them,
// and nothing that bpmn-js has bound is missing from the table.
import BpmnKeyboardBindings, {
  SHORTCUTS_KEY_BINDINGS,
} from "bpmn-js/lib/features/keyboard/BpmnKeyboardBindings";
import * as keyboardUtil from "diagram-js/lib/features/keyboard/KeyboardUtil";
import KeyboardMoveSelection from "diagram-js/lib/features/keyboard-move-selection/KeyboardMoveSelection";
import KeyboardMove from "diagram-js/lib/navigation/keyboard-move/KeyboardMove";
import { describe, expect, test } from "vitest";
import {
  type Chord,
  chordNames,
  isPressed,
  keyGroups,
  pageKeys,
  sheetKeys,
  shortcutText,
} from "./studio-keys";

type Listener = (context: { keyEvent: KeyboardEvent }) => unknown;

// boundKeys lets bpmn-js bind its keys and gives what a key does: the action that would run.
function boundKeys(): (event: KeyboardEvent) => string | undefined {
  const listeners: { priority: number; listener: Listener }[] = [];
  let ran: string | undefined;
  const keyboard = {
    ...keyboardUtil,
    addListener(first: number | Listener, second?: Listener) {
      const listener = typeof first === "number" ? second : first;
      if (listener) listeners.push({ priority: typeof first === "number" ? first : 1000, listener });
    },
  };
  const editorActions = {
    isRegistered: () => true,
    trigger(action: string, options?: { value?: number }) {
      ran = options?.value === undefined ? action : `${action} ${options.value}`;
    },
  };
  const moved = (what: string, far: unknown) => {
    ran = far ? `${what} far` : what;
  };
  BpmnKeyboardBindings.prototype.registerBindings(keyboard as never, editorActions as never);
  const view = Reflect.construct(KeyboardMove, [{}, keyboard, {}]) as {
    moveCanvas: (options: { speed: number }) => void;
  };
  view.moveCanvas = ({ speed }) => moved("moveCanvas", speed > 100);
  const selection = Reflect.construct(KeyboardMoveSelection, [{}, keyboard, {}, {}, {}]) as {
    moveSelection: (direction: string, far: boolean) => void;
  };
  selection.moveSelection = (_, far) => moved("moveSelection", far);

  listeners.sort((a, b) => b.priority - a.priority);
  return (keyEvent) => {
    ran = undefined;
    for (const { listener } of listeners) if (listener({ keyEvent })) break;
    return ran;
  };
}

function eventsOf({ key, ctrl, shift }: Chord, command: "ctrlKey" | "metaKey"): KeyboardEvent[] {
  const keys = key === "Arrows" ? ["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"] : [key];
  return keys.map(
    (name) => new KeyboardEvent("keydown", { key: name, [command]: ctrl ?? false, shiftKey: shift ?? false }),
  );
}

const actions: Record<keyof typeof sheetKeys, string> = {
  zoomIn: "stepZoom 1",
  zoomOut: "stepZoom -1",
  naturalSize: "zoom 1",
  moveView: "moveCanvas",
  moveViewFurther: "moveCanvas far",
  find: "find",
  replace: "replaceElement",
  label: "directEditing",
  connect: "globalConnectTool",
  hand: "handTool",
  lasso: "lassoTool",
  space: "spaceTool",
  move: "moveSelection",
  moveFurther: "moveSelection far",
  selectAll: "selectElements",
  copy: "copy",
  cut: "cut",
  paste: "paste",
  duplicate: "duplicate",
  remove: "removeSelection",
};

describe("the keys of the sheet are those of bpmn-js", () => {
  const pressed = boundKeys();

  test.each(Object.entries(sheetKeys))("%s", (name, { chords }) => {
    for (const chord of chords as readonly Chord[]) {
      for (const command of ["ctrlKey", "metaKey"] as const) {
        const ran = eventsOf(chord, command).map(pressed);
        expect(new Set(ran)).toEqual(new Set([actions[name as keyof typeof sheetKeys]]));
      }
    }
  });

  test("none is missing", () => {
    const declared = new Set(Object.values(actions).map((action) => action.split(" ")[0]));
    expect(Object.keys(SHORTCUTS_KEY_BINDINGS).filter((action) => !declared.has(action))).toEqual([]);
  });

  test("undo and redo mean the same on the sheet and on the page", () => {
    for (const name of ["undo", "redo"] as const) {
      for (const chord of pageKeys[name].chords) {
        expect(eventsOf(chord, "ctrlKey").map(pressed)).toEqual([name]);
      }
    }
  });
});

test("the list has every key once", () => {
  const listed = keyGroups.flatMap(({ bindings }) => bindings);
  const all = [...Object.values(pageKeys), ...Object.values(sheetKeys)];
  expect(listed).toHaveLength(all.length);
  expect(new Set(listed)).toEqual(new Set(all));
});

describe("the keys of the page", () => {
  const press = (key: string, modifiers: KeyboardEventInit = {}) =>
    new KeyboardEvent("keydown", { key, ...modifiers });

  test.each([
    { what: "Ctrl+S", event: press("s", { ctrlKey: true }), save: true },
    { what: "Cmd+S", event: press("s", { metaKey: true }), save: true },
    { what: "Ctrl+S with caps lock", event: press("S", { ctrlKey: true }), save: true },
    { what: "Ctrl+Shift+S", event: press("S", { ctrlKey: true, shiftKey: true }), save: false },
    { what: "AltGr+S", event: press("s", { ctrlKey: true, altKey: true }), save: false },
    { what: "S", event: press("s"), save: false },
  ])("$what saves: $save", ({ event, save }) => {
    expect(isPressed(event, pageKeys.save)).toBe(save);
  });

  test("redo has two chords, and Shift tells one of them from undo", () => {
    const shifted = press("Z", { ctrlKey: true, shiftKey: true });
    expect(isPressed(shifted, pageKeys.redo)).toBe(true);
    expect(isPressed(shifted, pageKeys.undo)).toBe(false);
    expect(isPressed(press("y", { ctrlKey: true }), pageKeys.redo)).toBe(true);
  });

  test("a sign counts wherever it lies on the keyboard", () => {
    expect(isPressed(press("?", { shiftKey: true }), pageKeys.help)).toBe(true);
    expect(isPressed(press("?"), pageKeys.help)).toBe(true);
    expect(isPressed(press("?", { ctrlKey: true }), pageKeys.help)).toBe(false);
  });
});

test("keys are named as they stand on the keyboard", () => {
  expect(shortcutText(pageKeys.redo)).toBe("Ctrl+Y");
  expect(shortcutText(sheetKeys.zoomOut)).toBe("Ctrl+−");
  expect(pageKeys.redo.chords.map((chord) => chordNames(chord).join("+"))).toEqual([
    "Ctrl+Y",
    "Ctrl+Shift+Z",
  ]);
  expect(sheetKeys.remove.chords.map((chord) => chordNames(chord).join("+"))).toEqual(["Del", "Backspace"]);
});
