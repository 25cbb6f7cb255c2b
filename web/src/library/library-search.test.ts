// @vitest-environment node
import { describe, expect, it } from "vitest";
import { deletionDate, formatAgo } from "./dates";
import { parseLibrarySearch } from "./library-search";

describe("parseLibrarySearch", () => {
  it.each([
    [{}, {}],
    [
      { q: "inv", sort: "title" },
      { q: "inv", sort: "title" },
    ],
    [{ sort: "updatedAt" }, {}],
    [{ sort: "createdAt" }, { sort: "createdAt" }],
    [{ sort: "drop table", q: ["a"] }, {}],
    [{ q: 2026 }, { q: "2026" }],
    [{ q: "  " }, {}],
    [{ q: "x".repeat(300) }, { q: "x".repeat(200) }],
  ])("%j", (search, parsed) => {
    expect(parseLibrarySearch(search)).toEqual(parsed);
  });
});

describe("dates", () => {
  it("deletes for good 30 days after", () => {
    expect(deletionDate("2026-11-22T20:00:00Z").toISOString()).toBe("2026-12-22T20:00:00.000Z");
  });

  it.each([
    ["2026-11-22T11:59:30Z", /just now/],
    ["2026-11-22T11:30:00Z", /30 minutes/],
    ["2026-11-22T09:00:00Z", /3 hours/],
    ["2026-11-21T11:00:00Z", /yesterday/],
    ["2026-11-01T11:00:00Z", /2026/],
    // A clock that is a little behind the server's.
    ["2026-11-22T12:00:20Z", /just now/],
  ])("says of %s: %s", (date, text) => {
    expect(formatAgo(new Date(date), new Date("2026-11-22T12:00:00Z"))).toMatch(text);
  });
});
