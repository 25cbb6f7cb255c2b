// The keys that belong to the page and not to the sheet. bpmn-js hears its own only while the sheet has the focus.
import { useEffect } from "react";
import type { Editing } from "./bpmn-canvas";
import type { EditSession } from "./edit-session";

// useHelpKey: "?" outside of fields and dialogs.
export function useHelpKey(onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isInDialog(event.target)) return;
      event.preventDefault();
      onHelp();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onHelp]);
}

// useEditKeys: Ctrl+S always, undo and redo wherever nothing closer has taken them.
export function useEditKeys(session: EditSession, editing: Editing): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "s" && !event.shiftKey) {
        event.preventDefault();
        void session.saveNow();
        return;
      }
      if (event.defaultPrevented || isTyping(event.target) || isInDialog(event.target)) return;
      if (key === "z" && !event.shiftKey) {
        event.preventDefault();
        if (editing.canUndo()) editing.undo();
      } else if (key === "y" || (key === "z" && event.shiftKey)) {
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
