import { describe, expect, test } from "vitest";
import { fieldWords, typeIcon, typeWords, valueWords, xmlWords } from "./change-words";
import { diffWords } from "./word-diff";

test.each([
  ["@name", "name"],
  ["documentation#text", "documentation"],
  ["documentation[]", "documentation"],
  ["conditionExpression#text", "condition"],
  ["conditionExpression@language", "condition: language"],
  ["timerEventDefinition/timeDuration#text", "timer: duration"],
  ["#position", "position"],
  ["#lane(Process_1)", "lane"],
  ["BPMNLabel#position", "label position"],
  ["@{urn:camunda}assignee", "assignee"],
  ["@messageRef", "message"],
  ["extensionElements/{urn:v}property[name=a%5D]@value", "property “a]”: value"],
  ["script#text", "script"],
  ["#type", "kind of element"],
  ["multiInstanceLoopCharacteristics/loopCardinality#text", "repetition: loop cardinality"],
])("%s is the %s", (path, words) => {
  expect(fieldWords(path)).toBe(words);
});

test("kinds of elements have names and signs", () => {
  expect(typeWords("bpmn:UserTask")).toBe("User task");
  expect(typeWords("timerEventDefinition")).toBe("Timer event");
  expect(typeWords("participant")).toBe("Pool");
  expect(typeIcon("bpmn:ExclusiveGateway")).toBe("bpmn-icon-gateway-xor");
  expect(typeIcon("somethingElse")).toBe("bpmn-icon-screw-wrench");
});

describe("values", () => {
  const naming = (id: string) => (id === "T" ? { type: "task", name: "Pay" } : undefined);

  test("what is empty is nothing", () => {
    expect(valueWords("@name", null, naming)).toEqual({ form: "none" });
    expect(valueWords("@name", "", naming)).toEqual({ form: "none" });
  });
  test("an id that nobody knows is shown as it is", () => {
    expect(valueWords("@default", "F9", naming)).toEqual({ form: "short", text: "F9" });
    expect(valueWords("@targetRef", "T", naming)).toEqual({ form: "short", text: "“Pay”" });
  });
  test("a long text is a text", () => {
    const text = "Wait until the customer has answered, at most two days.";
    expect(valueWords("documentation#text", text, naming)).toEqual({ form: "text", text });
  });
  test("XML is summed up", () => {
    expect(xmlWords("<a:timeDuration xmlns:a='urn:a'>PT5M</a:timeDuration>")).toBe("PT5M");
    expect(xmlWords("<userTask name='Check' id='T'/>")).toBe("User task “Check”");
    expect(xmlWords("<listener><script>log()</script></listener>")).toBe("Listener: log()");
    expect(xmlWords("<broken")).toBe("<broken");
  });
});

describe("the words that differ", () => {
  test("in the middle of a sentence", () => {
    expect(diffWords("Wait two days for them.", "Wait five days for us.")).toEqual([
      { change: "same", text: "Wait " },
      { change: "removed", text: "two " },
      { change: "added", text: "five " },
      { change: "same", text: "days for " },
      { change: "removed", text: "them" },
      { change: "added", text: "us" },
      { change: "same", text: "." },
    ]);
  });
  test("both texts can be read from the pieces", () => {
    const [a, b] = ["x > 1 and\n y < 2", "x >= 1 or\n\n y < 3 – ja"];
    const pieces = diffWords(a, b);
    const read = (without: string) =>
      pieces.filter(({ change }) => change !== without).map(({ text }) => text);
    expect(read("added").join("")).toBe(a);
    expect(read("removed").join("")).toBe(b);
  });
  test("two long texts without a common word end in time", () => {
    const pieces = diffWords("a ".repeat(20_000), "b ".repeat(20_000));
    expect(pieces.map(({ change }) => change)).toEqual(["removed", "added"]);
  });
});
