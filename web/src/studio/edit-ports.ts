// What an edit session is given to work with, and what it starts from.
import type { Digest } from "./baseline";
import type { DraftPort } from "./draft-keeper";
import type { SaveMode, SaveOutcome, SaveRequest } from "./save-request";

// A document as it is stored.
export type StoredVersion = { version: number; title: string; bpmnXml: string };

// What others did between two documents. While the person has unsent work, nothing of it may touch a field that the
// person has changed, else all of it waits. That is asked at the moment of putting: a person goes on drawing.
export type Foreign = { known: string; target: string; isUnsent: () => boolean };

export type EditPorts = {
  // The document as the editor would write it now. What it exports must be the
  // state at the moment of the call.
  exportXml(): Promise<string>;
  // The identity of the command on top of the command stack.
  position(): string;
  // Finishes half-typed inputs (label, properties) so that they become commands.
  commitPending(): void;
  // Sends; resolves with an outcome for every answer and for none.
  save(request: SaveRequest, mode: SaveMode): Promise<SaveOutcome>;
  // Reads what is stored now; null when that is not possible.
  head(): Promise<StoredVersion | null>;
  // Puts foreign changes on the canvas, outside of the person's own history. "waiting": see Foreign. "failed": the
  // canvas does not show them; the person was told.
  put(foreign: Foreign): Promise<"put" | "waiting" | "failed">;
  digest: Digest;
  drafts: DraftPort;
  now(): number;
  schedule(delayMs: number, run: () => void): () => void;
  // 0 ≤ n < 1, spreads the retries of many tabs.
  random(): number;
};

export type EditStart = {
  version: number;
  title: string;
  savedAt: number;
  // What the editor exported right after import, or the baseline that a restored draft came with.
  baselineXml: string;
  // What the canvas shows besides unsent work, as a document; null when that is not known before the first save.
  shownXml: string | null;
  // The editor was opened on a local draft: everything in it is unsent, and its last request may have no answer yet.
  restored: { title: string; request: SaveRequest | null } | null;
};
