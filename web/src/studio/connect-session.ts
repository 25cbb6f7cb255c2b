// Ties an edit session to the page it lives in: focus, visibility, network, sign-in, and the closing of the tab.
import type { Api } from "../api/client";
import type { EventFeed } from "../api/events";
import type { EditSession } from "./edit-session";

// connectSession returns the way to untie it again.
export function connectSession(session: EditSession, api: Api, userId: string): () => void {
  const controller = new AbortController();
  const { signal } = controller;

  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.visibilityState === "hidden") session.hide();
    },
    { signal },
  );
  addEventListener("pagehide", () => session.hide(), { signal });
  addEventListener("blur", () => session.focusLost(), { signal });
  addEventListener("focus", () => session.connectionBack(), { signal });
  addEventListener("online", () => session.connectionBack(), { signal });
  addEventListener(
    "beforeunload",
    (event) => {
      // Typed but not yet a command: make it one, so that it counts below.
      session.hide();
      const { unsent, kept } = session.snapshot();
      if (unsent && !kept) event.preventDefault();
    },
    { signal },
  );

  const stopConnection = api.connection.subscribe(({ state }, before) => {
    if (state === "reachable" && before.state !== "reachable") session.connectionBack();
  });
  const stopSignIn = api.session.subscribe((state) => {
    if (state.status === "signed-in" && state.userId === userId) session.signedIn();
  });

  return () => {
    controller.abort();
    stopConnection();
    stopSignIn();
  };
}

// followEvents lets a session take what others do with its diagram, until the returned function is called.
export function followEvents(session: EditSession, events: EventFeed, diagramId: string): () => void {
  return events.subscribe((live) => {
    if (live.kind === "reset") session.foreignSaved(Number.POSITIVE_INFINITY);
    if (live.kind !== "diagram" || live.event.diagramId !== diagramId) return;
    const { kind, version } = live.event;
    if (kind === "diagram.trashed" || kind === "diagram.purged") session.trashed();
    else if (kind === "diagram.restored") session.restored();
    else if (version !== undefined) session.foreignSaved(version);
  });
}
