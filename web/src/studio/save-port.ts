// Translates between the edit session and the API: sends a save, and says of every answer what it means for the
// work in hand. It decides on kinds and codes, never on texts.
import type { Api } from "../api/client";
import { saveDiagram } from "../api/diagram";
import { ApiError } from "../api/problem";
import type { Refusal, WaitReason } from "./edit-state";
import type { SaveMode, SaveOutcome, SaveRequest } from "./save-request";

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
    return { kind: "saved", version: saved.version };
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
    case "conflict":
      return { kind: "stale", currentVersion: error.problem.currentVersion ?? null };
    case "not-found":
      return { kind: "gone", reason: error.has("trashed") ? "trashed" : "missing" };
    case "forbidden":
      return { kind: "gone", reason: "forbidden" };
    default:
      break;
  }
  const losses = error.errors.filter(({ code }) => code === "content_lost");
  if (losses.length > 0) {
    return {
      kind: "content-lost",
      losses: losses.map(({ elementId, line, detail }) => ({
        elementId: elementId ?? null,
        line: line ?? null,
        detail,
      })),
    };
  }
  return { kind: "refused", refusals: refusalsOf(error) };
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
