import { describe, expect, it } from "vitest";
import { isTyping, sourceFromText, titleOf } from "./import-source";

describe("titleOf", () => {
  it.each([
    ["Invoice approval.bpmn", "Invoice approval"],
    ["A.1.0.bpmn20.xml", "A.1.0"],
    ["order.BPMN", "order"],
    ["model.xml", "model"],
    ["no ending", "no ending"],
    ["v1.2", "v1.2"],
    [".bpmn", "Untitled diagram"],
    ["  .xml", "Untitled diagram"],
    ["a\u0000b\n.bpmn", "a b"],
    [`${"x".repeat(300)}.bpmn`, "x".repeat(200)],
    [`${"🦆".repeat(300)}.bpmn`, "🦆".repeat(200)],
  ])("%j", (name, title) => {
    expect(titleOf(name)).toBe(title);
  });
});

describe("sourceFromText", () => {
  it.each([
    ['<?xml version="1.0"?><definitions/>', true],
    ["\uFEFF<?xml?>", true],
    ["\n  <bpmn:definitions>", true],
    ["<definitions>", true],
    ["<!-- made by hand --><definitions/>", true],
    ["<div>hello</div>", false],
    ["hello <definitions>", false],
    ["", false],
  ])("%j: %s", (text, taken) => {
    expect(sourceFromText(text) !== undefined).toBe(taken);
  });
});

describe("isTyping", () => {
  it("is true in text fields only", () => {
    expect(isTyping(document.createElement("input"))).toBe(true);
    expect(isTyping(document.createElement("textarea"))).toBe(true);
    expect(isTyping(document.createElement("button"))).toBe(false);
    expect(isTyping(null)).toBe(false);
  });
});
