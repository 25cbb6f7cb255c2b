// Translates between the edit session and the API: sends a save, and says of every answer what it means for the
// work in hand. It decides on kinds and codes, never on texts.
import type { Api } from "../api/client";
import { type SavedDiagram, saveDiagram } from "../api/diagram";
import { ApiError } from "../api/problem";
import type { Refusal, WaitReason } from "./edit-state";
import type { Dispute, SaveMode, SaveOutcome, SaveRequest, Stored } from "./save-request";

// Browsers let requests of at most 64 KiB in all outlive their page; the rest is for headers.
const keepaliveBytes = 60_000;

export async function sendSave(
  api: Api,
  organizationId: string,
  diagramId: string,
  request: SaveRequest,
  mode: SaveMode,
): Promise<SaveOutcome> {
  const keepalive = mode === "leaving" && new Blob([JSON.stringify(request)]).size <= keepaliveBytes;
  try {
    const saved = await saveDiagram(api, organizationId, diagramId, request, { keepalive });
    return { kind: "saved", stored: storedOf(saved) };
  } catch (error) {
    return outcomeOf(error);
  }
}

export function outcomeOf(error: unknown): SaveOutcome {
  if (!(error instanceof ApiError)) {
    return {
      kind: "refused",
      refusals: [{ code: "unexpected", detail: String(error), line: null, column: null }],
    };
  }
  const wait = waitReason(error);
  if (wait) {
    const retryAfterMs = error.retryAfter === undefined ? null : error.retryAfter * 1000;
    return { kind: "unanswered", reason: wait, retryAfterMs };
  }
  switch (error.kind) {
    case "unauthenticated":
      return { kind: "signed-out" };
    case "conflict": {
      const dispute = disputeOf(error);
      if (dispute) return { kind: "conflict", dispute };
      break;
    }
    case "baseline-required":
      return { kind: "baseline-required" };
    case "not-found":
      return { kind: "gone", reason: error.has("trashed") ? "trashed" : "missing" };
    case "forbidden":
      return { kind: "gone", reason: "forbidden" };
    default:
      break;
  }
  return { kind: "refused", refusals: refusalsOf(error) };
}

// storedOf is what an edit session needs of the answer to a save or to the decision of a conflict.
export function storedOf({ version, title, merged, bpmnXml }: SavedDiagram): Stored {
  return { version, title, merged, bpmnXml: bpmnXml ?? null };
}

function disputeOf({ problem }: ApiError): Dispute | null {
  const { draftId, expectedVersion, currentVersion, conflicts } = problem;
  if (!draftId || !conflicts || expectedVersion === undefined || currentVersion === undefined) return null;
  return { draftId, expectedVersion, currentVersion, conflicts };
}

// refusalsOf gives the reasons of a refusal, at least one.
export function refusalsOf(error: ApiError): Refusal[] {
  if (error.errors.length === 0) {
    return [{ code: error.kind, detail: error.message, line: null, column: null }];
  }
  return error.errors.map(({ code, detail, line, column }) => ({
    code,
    detail,
    line: line ?? null,
    column: column ?? null,
  }));
}

// waitReason: the answers after which the same request may well succeed. An answer that is none of Laneway's (a
// proxy's page, say) decides nothing about the work either, except that it was too large for the way there.
function waitReason(error: ApiError): WaitReason | null {
  if (error.kind === "offline") return "network";
  if (error.kind === "storage-full") return "storage-full";
  if (error.kind === "rate-limited") return "busy";
  if (error.status >= 500) return "server";
  const fromLaneway = error.problem.type !== undefined;
  return fromLaneway || error.kind === "too-large" ? null : "server";
}
