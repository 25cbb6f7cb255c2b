import { describe, expect, it } from "vitest";
import { createApi } from "../api/client";
import { outcomeOf, sendSave } from "./save-port";

const request = { expectedVersion: 3, onConflict: "merge", bpmnXml: "<a/>" } as const;
const summary = { id: "d", title: "Order", version: 4, merged: false, warnings: [] };

// against answers every call like a server would, and keeps what was asked.
function against(answer: () => Response) {
  const asked: Request[] = [];
  const api = createApi({
    baseUrl: "http://laneway.test",
    fetch: async (call) => {
      asked.push(call);
      return answer();
    },
  });
  return { api, asked };
}

function problem(status: number, kind: string, more: object = {}, headers: Record<string, string> = {}) {
  return () =>
    new Response(JSON.stringify({ type: `/problems/${kind}`, title: kind, status, instance: "1", ...more }), {
      status,
      headers: { "Content-Type": "application/problem+json", ...headers },
    });
}

const outcome = (answer: () => Response) => sendSave(against(answer).api, "org", "d", request, "staying");

describe("what an answer means for the work", () => {
  it("200: stored as that version", async () => {
    expect(await outcome(() => Response.json(summary))).toEqual({
      kind: "saved",
      stored: { version: 4, title: "Order", merged: false, bpmnXml: null },
    });
    expect(await outcome(() => Response.json({ ...summary, merged: true, bpmnXml: "<b/>" }))).toEqual({
      kind: "saved",
      stored: { version: 4, title: "Order", merged: true, bpmnXml: "<b/>" },
    });
  });

  it.each([
    [
      problem(409, "conflict", { currentVersion: 9, expectedVersion: 3, draftId: "d1", conflicts: [] }),
      {
        kind: "conflict",
        dispute: { currentVersion: 9, expectedVersion: 3, draftId: "d1", conflicts: [] },
      },
    ],
    [problem(401, "unauthenticated"), { kind: "signed-out" }],
    [problem(403, "forbidden"), { kind: "gone", reason: "forbidden" }],
    [problem(404, "not-found"), { kind: "gone", reason: "missing" }],
    [
      problem(404, "not-found", { errors: [{ field: "id", code: "trashed", detail: "in the trash" }] }),
      { kind: "gone", reason: "trashed" },
    ],
    [
      problem(503, "unavailable", {}, { "Retry-After": "7" }),
      { kind: "unanswered", reason: "server", retryAfterMs: 7000 },
    ],
    [problem(500, "internal"), { kind: "unanswered", reason: "server", retryAfterMs: null }],
    [
      problem(429, "rate-limited", {}, { "Retry-After": "2" }),
      { kind: "unanswered", reason: "busy", retryAfterMs: 2000 },
    ],
    [problem(507, "storage-full"), { kind: "unanswered", reason: "storage-full", retryAfterMs: null }],
    [problem(428, "baseline-required"), { kind: "baseline-required" }],
    [
      problem(422, "invalid", {
        errors: [{ field: "bpmnXml", code: "duplicate_id", detail: "twice", line: 2, column: 5 }],
      }),
      { kind: "refused", refusals: [{ code: "duplicate_id", detail: "twice", line: 2, column: 5 }] },
    ],
    [
      problem(413, "too-large", { detail: "over 5 MiB" }),
      { kind: "refused", refusals: [{ code: "too-large", detail: "over 5 MiB", line: null, column: null }] },
    ],
  ])("case %#", async (answer, expected) => {
    expect(await outcome(answer)).toEqual(expected);
  });

  it("no answer at all: tried again", async () => {
    const api = createApi({
      baseUrl: "http://laneway.test",
      fetch: async () => {
        throw new TypeError("gone");
      },
    });
    expect(await sendSave(api, "org", "d", request, "staying")).toEqual({
      kind: "unanswered",
      reason: "network",
      retryAfterMs: null,
    });
  });

  it("a page of something between here and the server decides nothing about the work", async () => {
    const page = (status: number) => () =>
      new Response("<html>", { status, headers: { "Content-Type": "text/html" } });
    for (const status of [403, 404, 502]) {
      expect(await outcome(page(status))).toMatchObject({ kind: "unanswered", reason: "server" });
    }
    expect(await outcome(page(413))).toMatchObject({ kind: "refused" });
  });

  it("a fault of our own is shown and not repeated for ever", () => {
    expect(outcomeOf(new RangeError("x"))).toMatchObject({ kind: "refused" });
  });
});

describe("outliving the page", () => {
  const sent = async (bpmnXml: string, mode: "staying" | "leaving") => {
    const { api, asked } = against(() => Response.json(summary));
    await sendSave(api, "org", "d", { ...request, bpmnXml }, mode);
    return asked[0]?.keepalive;
  };

  it("only when leaving, and only as much as browsers allow", async () => {
    expect(await sent("<a/>", "staying")).toBe(false);
    expect(await sent("<a/>", "leaving")).toBe(true);
    expect(await sent("x".repeat(59_000), "leaving")).toBe(true);
    expect(await sent("x".repeat(61_000), "leaving")).toBe(false);
    // Bytes count, not letters.
    expect(await sent("ä".repeat(31_000), "leaving")).toBe(false);
  });
});
