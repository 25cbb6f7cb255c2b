// The keys of the studio, in one table: what listens for a key, what shows it in a tooltip and the list of all keys
// read it here, so that none of them can tell of a key that does something else.
//
// The page hears its own keys wherever the focus is. bpmn-js binds the keys of the sheet itself and hears them only
// while the sheet has the focus; here they are declared, and a test holds them against what bpmn-js does.
import { useEffect } from "react";
import type { Editing } from "./bpmn-canvas";
import type { EditSession } from "./edit-session";

// A Chord is one key with its modifiers. ctrl is the command key on a Mac. "Arrows" is any of the four.
export type Chord = { key: string; ctrl?: true; shift?: true; alt?: true };

export type KeyBinding = {
  does: string;
  // Any of them will do; the first is the one that is told in short.
  chords: readonly [Chord, ...Chord[]];
  // It also works where nothing can be edited.
  reading?: true;
};

export const pageKeys = {
  save: { does: "Save now", chords: [{ ctrl: true, key: "s" }] },
  undo: { does: "Undo", chords: [{ ctrl: true, key: "z" }] },
  redo: {
    does: "Redo",
    chords: [
      { ctrl: true, key: "y" },
      { ctrl: true, shift: true, key: "z" },
    ],
  },
  rename: { does: "Rename, on the title", chords: [{ key: "F2" }] },
  history: { does: "History", chords: [{ ctrl: true, alt: true, shift: true, key: "h" }], reading: true },
  help: { does: "This list", chords: [{ key: "?" }], reading: true },
} satisfies Record<string, KeyBinding>;

export const sheetKeys = {
  zoomIn: { does: "Zoom in", chords: [{ ctrl: true, key: "+" }], reading: true },
  zoomOut: { does: "Zoom out", chords: [{ ctrl: true, key: "-" }], reading: true },
  naturalSize: { does: "Natural size", chords: [{ ctrl: true, key: "0" }], reading: true },
  moveView: { does: "Move the view", chords: [{ ctrl: true, key: "Arrows" }], reading: true },
  moveViewFurther: {
    does: "Further",
    chords: [{ ctrl: true, shift: true, key: "Arrows" }],
    reading: true,
  },
  find: { does: "Find an element", chords: [{ ctrl: true, key: "f" }] },
  replace: { does: "Change the kind of an element", chords: [{ key: "r" }] },
  label: { does: "Edit the label", chords: [{ key: "e" }] },
  connect: { does: "Connect", chords: [{ key: "c" }] },
  hand: { does: "Hand", chords: [{ key: "h" }] },
  lasso: { does: "Lasso", chords: [{ key: "l" }] },
  space: { does: "Make or remove room", chords: [{ key: "s" }] },
  move: { does: "Move", chords: [{ key: "Arrows" }] },
  moveFurther: { does: "Further", chords: [{ shift: true, key: "Arrows" }] },
  selectAll: { does: "Select all", chords: [{ ctrl: true, key: "a" }] },
  copy: { does: "Copy", chords: [{ ctrl: true, key: "c" }] },
  cut: { does: "Cut", chords: [{ ctrl: true, key: "x" }] },
  paste: { does: "Paste", chords: [{ ctrl: true, key: "v" }] },
  duplicate: { does: "Duplicate", chords: [{ ctrl: true, key: "d" }] },
  remove: { does: "Remove", chords: [{ key: "Delete" }, { key: "Backspace" }] },
} satisfies Record<string, KeyBinding>;

export type KeyGroup = { name: string; bindings: readonly KeyBinding[] };

const { save, undo, redo, rename, history, help } = pageKeys;
const { zoomIn, zoomOut, naturalSize, moveView, moveViewFurther, find } = sheetKeys;
const { replace, label, connect, hand, lasso, space } = sheetKeys;
const { move, moveFurther, selectAll, copy, cut, paste, duplicate, remove } = sheetKeys;

// keyGroups is every key of the studio in the order of its list.
export const keyGroups: readonly KeyGroup[] = [
  { name: "Document", bindings: [save, undo, redo, rename] },
  { name: "View", bindings: [zoomIn, zoomOut, naturalSize, moveView, moveViewFurther, find, history, help] },
  { name: "Draw, while the sheet has the focus", bindings: [replace, label, connect, hand, lasso, space] },
  { name: "Selection", bindings: [move, moveFurther, selectAll, copy, cut, paste, duplicate, remove] },
];

// isPressed tells whether an event is one of the chords of a binding. Where a sign lies on the keyboard, with Shift
// or without, differs from country to country: for a sign only the sign counts.
export function isPressed(event: KeyboardEvent, { chords }: KeyBinding): boolean {
  const key = event.key.toLowerCase();
  const sign = /^[^a-z]$/.test(key);
  return chords.some(
    (chord) =>
      (chord.alt ?? false) === event.altKey &&
      // With Alt many keyboards make another letter of a key.
      (chord.key.toLowerCase() === key || (chord.alt && event.code === `Key${chord.key.toUpperCase()}`)) &&
      (chord.ctrl ?? false) === (event.ctrlKey || event.metaKey) &&
      (sign || (chord.shift ?? false) === event.shiftKey),
  );
}

const names: Record<string, string> = { "-": "−", Delete: "Del" };

// chordNames are the keys of a chord with the names that the keyboard in hand has for them.
export function chordNames({ key, ctrl, shift, alt }: Chord): string[] {
  const mac = /Mac|iP(?:hone|ad)/.test(navigator.userAgent);
  return [
    ...(ctrl ? [mac ? "⌘" : "Ctrl"] : []),
    ...(alt ? ["Alt"] : []),
    ...(shift ? ["Shift"] : []),
    names[key] ?? (key.length === 1 ? key.toUpperCase() : key),
  ];
}

// shortcutText is a binding in short, for a tooltip: "Ctrl+S".
export function shortcutText({ chords: [first] }: KeyBinding): string {
  return chordNames(first).join("+");
}

// useHelpKey hears the key of the list outside of fields and dialogs.
export function useHelpKey(onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isPressed(event, pageKeys.help)) return;
      if (isTyping(event.target) || isInDialog(event.target)) return;
      event.preventDefault();
      onHelp();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onHelp]);
}

// useHistoryKey hears the key of the history outside of dialogs.
export function useHistoryKey(onToggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isPressed(event, pageKeys.history) || isInDialog(event.target)) return;
      event.preventDefault();
      onToggle();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onToggle]);
}

// useStepKeys: N or J goes on to the next of something, P or K back, outside of fields and dialogs.
export function useStepKeys(onStep: (by: 1 | -1) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isInDialog(event.target)) return;
      const by = { n: 1, j: 1, p: -1, k: -1 }[event.key.toLowerCase()];
      if (by !== 1 && by !== -1) return;
      event.preventDefault();
      onStep(by);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onStep]);
}

// useEditKeys hears the key of saving always, undo and redo wherever nothing closer has taken them.
export function useEditKeys(session: EditSession, editing: Editing): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isPressed(event, pageKeys.save)) {
        event.preventDefault();
        void session.saveNow();
        return;
      }
      if (event.defaultPrevented || isTyping(event.target) || isInDialog(event.target)) return;
      if (isPressed(event, pageKeys.undo)) {
        event.preventDefault();
        if (editing.canUndo()) editing.undo();
      } else if (isPressed(event, pageKeys.redo)) {
        event.preventDefault();
        if (editing.canRedo()) editing.redo();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session, editing]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input:not([type=checkbox]), textarea, select") !== null)
  );
}

function isInDialog(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("[role=dialog], [role=alertdialog], [role=menu]") !== null
  );
}
