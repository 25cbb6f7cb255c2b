// What an edit session sends, and what an answer means for the work in hand.
import type { ContentLoss, GoneReason, Refusal, WaitReason } from "./edit-state";

export type SaveRequest = {
  expectedVersion: number;
  bpmnXml?: string;
  title?: string;
  baselineXml?: string;
  acceptLoss?: true;
};

export type SaveOutcome =
  | { kind: "saved"; version: number }
  | { kind: "stale"; currentVersion: number | null }
  | { kind: "unanswered"; reason: WaitReason; retryAfterMs: number | null }
  | { kind: "signed-out" }
  | { kind: "content-lost"; losses: readonly ContentLoss[] }
  | { kind: "refused"; refusals: readonly Refusal[] }
  | { kind: "gone"; reason: GoneReason };

// How a request is sent: a page that is going away needs one that outlives it.
export type SaveMode = "staying" | "leaving";
