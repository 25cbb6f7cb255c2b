// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { DiagramSummary } from "../api/diagram";
import { flatten, type Pages, withDiagram, withoutDiagram } from "./list-cache";

const summary = (id: string, title = id) => ({ id, title }) as DiagramSummary;
const pages = (...ids: string[][]): Pages => ({
  pages: ids.map((page) => ({ data: page.map((id) => summary(id)), nextCursor: null, hasMore: false })),
  pageParams: ids.map(() => null),
});
const idsOf = (list: Pages | undefined) => flatten(list).map(({ id }) => id);

describe("changes to loaded lists", () => {
  it("takes one out of whichever page it is in, and leaves the original alone", () => {
    const before = pages(["a", "b"], ["c"]);
    expect(idsOf(withoutDiagram(before, "c"))).toEqual(["a", "b"]);
    expect(idsOf(before)).toEqual(["a", "b", "c"]);
  });

  it("changes one in place", () => {
    const after = withDiagram(pages(["a", "b"]), summary("b", "New title"));
    expect(flatten(after).map(({ title }) => title)).toEqual(["a", "New title"]);
  });

  it("shows a diagram once that moved between two loads", () => {
    expect(idsOf(pages(["a", "b"], ["b", "c"]))).toEqual(["a", "b", "c"]);
  });

  it("has nothing to change where nothing is loaded", () => {
    expect(withoutDiagram(undefined, "a")).toBeUndefined();
    expect(flatten(undefined)).toEqual([]);
  });
});
