// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ApiError, describeError, errorFromResponse, offlineError } from "./problem";
import { problem } from "./testing";

describe("errorFromResponse", () => {
  const cases: [string, Response, Partial<ApiError>][] = [
    ["takes the kind from the type", problem(403, "quota-exceeded"), { status: 403, kind: "quota-exceeded" }],
    ["keeps two kinds of one status apart", problem(403, "forbidden"), { kind: "forbidden" }],
    [
      "tells a missing baseline from a missing version",
      problem(428, "baseline-required"),
      { kind: "baseline-required" },
    ],
    ["goes by the status where the type says nothing", problem(409, "something-new"), { kind: "conflict" }],
    [
      "takes an absolute type too",
      problem(404, "x", { type: "https://a.example/problems/not-found" }),
      { kind: "not-found" },
    ],
    ["reads Retry-After", problem(503, "unavailable", {}, { "Retry-After": "7" }), { retryAfter: 7 }],
    [
      "leaves a Retry-After that is a date",
      problem(503, "unavailable", {}, { "Retry-After": "Mon, 1 Jan" }),
      { retryAfter: undefined },
    ],
    ["knows the request", problem(500, "internal"), { kind: "internal", requestId: "req-1" }],
    [
      "takes a proxy's page for what its status says",
      new Response("<html>", { status: 502 }),
      { kind: "unavailable", requestId: undefined },
    ],
    [
      "survives a body that is not what it says",
      new Response("{", { status: 500, headers: { "Content-Type": "application/problem+json" } }),
      { kind: "internal" },
    ],
    [
      "survives a body that is no object",
      new Response("[1]", { status: 422, headers: { "Content-Type": "application/json" } }),
      { kind: "invalid", errors: [] },
    ],
    ["calls an odd status unknown", new Response("", { status: 418 }), { kind: "unknown" }],
    ["calls an odd failure internal", new Response("", { status: 599 }), { kind: "internal" }],
  ];
  it.each(cases)("%s", async (_, response, expected) => {
    const error = await errorFromResponse(response);
    expect(error).toBeInstanceOf(ApiError);
    for (const [name, value] of Object.entries(expected))
      expect(error[name as keyof ApiError]).toEqual(value);
  });

  it("gives the fields at fault and the members of the kind", async () => {
    const errors = [
      { field: "bpmnXml", code: "content_lost", detail: "a comment", elementId: "T1", line: 3 },
    ];
    const error = await errorFromResponse(
      problem(422, "invalid", { errors, currentVersion: 9, expectedVersion: 7 }),
    );
    expect(error.errors).toEqual(errors);
    expect(error.has("content_lost")).toBe(true);
    expect(error.has("trashed")).toBe(false);
    expect(error.problem.currentVersion).toBe(9);
  });
});

describe("describeError", () => {
  it.each([
    [
      "prefers what is said about a field",
      problem(422, "invalid", { detail: "no", errors: [{ field: "title", code: "x", detail: "too long" }] }),
      "too long",
    ],
    [
      "then the detail",
      problem(403, "quota-exceeded", { detail: "5 of 5 diagrams on the free plan" }),
      "5 of 5 diagrams on the free plan",
    ],
    [
      "names the request of a fault",
      problem(500, "internal", { detail: "secret" }),
      "The server failed on this (request req-1).",
    ],
    [
      "says how long to wait",
      problem(429, "rate-limited", {}, { "Retry-After": "12" }),
      "Too many requests. Try again in 12 s.",
    ],
  ])("%s", async (_, response, text) => {
    expect(describeError(await errorFromResponse(response))).toBe(text);
  });

  it("does not show the text of a fault in the page", () => {
    expect(describeError(new TypeError("x is undefined"))).not.toContain("undefined");
    expect(describeError(offlineError(new TypeError("fetch failed")))).toContain("can’t be reached");
  });
});
