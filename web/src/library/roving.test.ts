// @vitest-environment node
import { describe, expect, it } from "vitest";
import { moveInGrid } from "./roving";

// Eleven items in four columns:
//   0  1  2  3
//   4  5  6  7
//   8  9 10
describe("moveInGrid", () => {
  it.each([
    ["ArrowRight", 0, 1],
    ["ArrowRight", 3, 4],
    ["ArrowRight", 10, 10],
    ["ArrowLeft", 0, 0],
    ["ArrowLeft", 4, 3],
    ["ArrowDown", 1, 5],
    ["ArrowDown", 6, 10],
    ["ArrowDown", 7, 10],
    ["ArrowDown", 8, 8],
    ["ArrowUp", 2, 2],
    ["ArrowUp", 10, 6],
    ["Home", 7, 0],
    ["End", 2, 10],
    ["Enter", 2, undefined],
    ["a", 2, undefined],
  ])("%s from %i", (key, from, to) => {
    expect(moveInGrid(key, from, 11, 4)).toBe(to);
  });

  it("goes one by one in a list, and nowhere in an empty one", () => {
    expect(moveInGrid("ArrowDown", 0, 3, 1)).toBe(1);
    expect(moveInGrid("ArrowDown", 2, 3, 1)).toBe(2);
    expect(moveInGrid("ArrowDown", 0, 0, 1)).toBeUndefined();
  });
});
