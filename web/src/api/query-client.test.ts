// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ApiError, errorFromResponse, offlineError } from "./problem";
import { createQueryClient, isTransient } from "./query-client";
import { problem } from "./testing";

describe("isTransient", () => {
  it.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [409, false],
    [422, false],
    [429, true],
    [500, true],
    [503, true],
    [507, false],
  ])("%i: %s", async (status, expected) => {
    expect(isTransient(await errorFromResponse(problem(status, "x")))).toBe(expected);
  });

  it("goes by the status, not by digits in a text", async () => {
    const error = await errorFromResponse(problem(500, "internal", { detail: "trace 404404" }));
    expect(isTransient(error)).toBe(true);
    expect(isTransient(new Error("500"))).toBe(false);
    expect(isTransient(offlineError(new TypeError()))).toBe(true);
  });
});

describe("the query client", () => {
  const { queries, mutations } = createQueryClient().getDefaultOptions();

  it("repeats reads a few times, writes never", () => {
    const retry = queries?.retry as (failures: number, error: unknown) => boolean;
    const offline = offlineError(new TypeError());
    expect([0, 1, 2, 3].map((failures) => retry(failures, offline))).toEqual([true, true, true, false]);
    expect(mutations?.retry).toBe(false);
  });

  it("waits as long as the server asked", () => {
    const delay = queries?.retryDelay as (failures: number, error: unknown) => number;
    const busy = new ApiError({ status: 503, kind: "unavailable", problem: {}, retryAfter: 4 });
    expect(delay(0, busy)).toBe(4000);
    expect(delay(1, offlineError(null))).toBe(1000);
    expect(delay(20, offlineError(null))).toBe(30_000);
  });

  it("is a new one for every page", () => {
    expect(createQueryClient()).not.toBe(createQueryClient());
  });
});
