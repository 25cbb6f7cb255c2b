// What an edit session sends, and what an answer means for the work in hand.
import type { Conflict, GoneReason, Refusal, WaitReason } from "./edit-state";

// A save is a change set: what the editor writes now against what it wrote before (the baseline), both by the same
// hand. So what the editor does not know is never touched.
export type SaveRequest = {
  expectedVersion: number;
  onConflict: "merge";
  title?: string;
  bpmnXml?: string;
  baselineXml?: string;
  // In place of baselineXml where the server has that text from an earlier save: its SHA-256.
  baselineHash?: string;
};

// What is stored after a save.
export type Stored = {
  version: number;
  title: string;
  // The head had moved, so more than one's own work may be in this version.
  merged: boolean;
  // The stored document where it differs from what the editor has.
  bpmnXml: string | null;
};

// What a merge could not decide. The work lies on the server as the draft of that id.
export type Dispute = {
  draftId: string;
  expectedVersion: number;
  currentVersion: number;
  conflicts: readonly Conflict[];
};

export type SaveOutcome =
  | { kind: "saved"; stored: Stored }
  | { kind: "conflict"; dispute: Dispute }
  | { kind: "baseline-required" }
  | { kind: "unanswered"; reason: WaitReason; retryAfterMs: number | null }
  | { kind: "signed-out" }
  | { kind: "refused"; refusals: readonly Refusal[] }
  | { kind: "gone"; reason: GoneReason };

// How a request is sent: a page that is going away needs one that outlives it.
export type SaveMode = "staying" | "leaving";
