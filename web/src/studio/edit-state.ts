// What the edit session says about a diagram, and the words a person reads for it.
import type { Conflict } from "../api/diagram";

export type { Conflict };

// Why the server did not take a document.
export type Refusal = {
  code: string;
  detail: string;
  line: number | null;
  column: number | null;
};

// Why the diagram cannot be saved under its own address any more.
export type GoneReason = "trashed" | "missing" | "forbidden";

// Why a save has no answer yet. All of them are tried again by themselves.
export type WaitReason = "network" | "server" | "busy" | "storage-full";

export type EditState =
  | { status: "saved"; at: number }
  | { status: "dirty" }
  | { status: "saving" }
  | { status: "offline"; reason: WaitReason; retryAt: number }
  | { status: "signed-out" }
  // The work lies on the server as a draft; whoever decides the conflicts hands the answer to EditSession.resolved.
  | {
      status: "conflict";
      draftId: string;
      expectedVersion: number;
      currentVersion: number;
      conflicts: readonly Conflict[];
    }
  | { status: "refused"; refusals: readonly Refusal[] }
  | { status: "gone"; reason: GoneReason };

// The whole of what a view may show. A new object for every change, so that
// useSyncExternalStore can compare by identity.
export type EditSnapshot = {
  state: EditState;
  title: string;
  version: number;
  // Something here is not acknowledged by the server.
  unsent: boolean;
  // What is unsent also lies in this browser's draft store.
  kept: boolean;
};

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

// formatClock gives the time of day as the status line shows it.
export function formatClock(at: number): string {
  return clockTime.format(at);
}

const waitText: Record<WaitReason, string> = {
  network: "Offline",
  server: "Server away",
  busy: "Server busy",
  "storage-full": "Server is full",
};

const goneText: Record<GoneReason, string> = {
  trashed: "In the trash",
  missing: "Diagram is gone",
  forbidden: "No right to save",
};

// statusText is the one short line beside the title. Where work is not on the
// server it says whether this browser keeps it, because that decides whether
// the tab may be closed.
export function statusText({ state, kept }: EditSnapshot): string {
  const where = kept ? "kept here" : "not kept yet";
  switch (state.status) {
    case "saved":
      return `Saved ${formatClock(state.at)}`;
    case "dirty":
      return "Edited";
    case "saving":
      return "Saving";
    case "offline":
      return `${waitText[state.reason]}, ${where}`;
    case "signed-out":
      return `Signed out, ${where}`;
    case "conflict":
      return "Conflict";
    case "refused":
      return `Not accepted, ${where}`;
    case "gone":
      return `${goneText[state.reason]}, ${where}`;
  }
}

// sameSnapshot: nothing that a view shows is different.
export function sameSnapshot(a: EditSnapshot, b: EditSnapshot): boolean {
  const sameState =
    a.state === b.state ||
    (a.state.status === "saved" && b.state.status === "saved" && a.state.at === b.state.at) ||
    (a.state.status === "dirty" && b.state.status === "dirty");
  return (
    sameState && a.title === b.title && a.version === b.version && a.unsent === b.unsent && a.kept === b.kept
  );
}

// ownRefusal is a refusal that never reached the server or that it did not explain.
export function ownRefusal(code: string, detail: string): Refusal {
  return { code, detail, line: null, column: null };
}
