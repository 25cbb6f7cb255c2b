// The few threads between the studio's parts and React. Each only subscribes; nothing here decides.
import { useCallback, useSyncExternalStore } from "react";
import type { BpmnCanvas, Editing } from "./bpmn-canvas";
import type { EditSession } from "./edit-session";
import type { EditSnapshot } from "./edit-state";

export function useEditSnapshot(session: EditSession): EditSnapshot {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

// useStoredVersion is the newest version that the studio knows of: the session's, without one that which was opened.
export function useStoredVersion(session: EditSession | null, opened: number): number {
  const subscribe = useCallback((notify: () => void) => session?.subscribe(notify) ?? (() => {}), [session]);
  return useSyncExternalStore(subscribe, () => session?.snapshot().version ?? opened);
}

// useUndoable tells what undo and redo can do at this position of the command stack.
export function useUndoable(editing: Editing): { canUndo: boolean; canRedo: boolean } {
  const canUndo = useSyncExternalStore(editing.onCommand, editing.canUndo);
  const canRedo = useSyncExternalStore(editing.onCommand, editing.canRedo);
  return { canUndo, canRedo };
}

export function useZoom(canvas: BpmnCanvas): number {
  const subscribe = useCallback((notify: () => void) => canvas.onZoom(notify), [canvas]);
  return useSyncExternalStore(subscribe, () => canvas.zoom());
}

// useMedia follows a media query.
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (notify: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", notify);
      return () => media.removeEventListener("change", notify);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
