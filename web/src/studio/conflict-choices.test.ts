import { afterEach, expect, test } from "vitest";
import type { Choice, Conflict } from "../api/draft";
import {
  beginDecision,
  choiceOfKey,
  chosenIn,
  type Decision,
  type DecisionStep,
  decide,
  forgetChoices,
  keepChoices,
  keptChoices,
  layoutChoiceOfKey,
  layoutOf,
  openCount,
} from "./conflict-choices";
import { groupConflicts } from "./conflict-words";

function conflict(id: string, given: Partial<Conflict> = {}): Conflict {
  return {
    id,
    class: "hard",
    kind: "edit_edit",
    elementId: id,
    elementType: "task",
    elementName: "",
    field: "@name",
    base: "a",
    ours: "b",
    theirs: "c",
    choices: (["ours", "theirs", "base"] as const).map((choice) => ({ choice, effect: "" })),
    chosen: null,
    ...given,
  };
}

const soft = conflict("S", { class: "soft", choices: [], chosen: "theirs" });
const five = [...["A", "B", "C", "D", "E"].map((id) => conflict(id)), soft];

function after(start: Decision, ...steps: readonly DecisionStep[]): Decision {
  return steps.reduce(decide, start);
}
const choose = (choice: Choice): DecisionStep => ({ type: "choose", choice });

test("one choice a conflict is enough: the next open one follows by itself", () => {
  const done = after(
    beginDecision(five, {}),
    choose("ours"),
    choose("theirs"),
    choose("base"),
    choose("ours"),
    choose("theirs"),
  );
  expect(done.choices).toEqual({ A: "ours", B: "theirs", C: "base", D: "ours", E: "theirs" });
  expect(openCount(done)).toBe(0);
  expect(done.at).toBe("E");
});

test("what is left behind comes again, and a choice can be changed", () => {
  const state = after(beginDecision(five, {}), { type: "go", id: "D" }, choose("ours"), choose("ours"));
  expect(state.at).toBe("A");
  const back = after(state, { type: "go", id: "D" }, choose("theirs"));
  expect(back.choices).toEqual({ D: "theirs", E: "ours" });
  expect(openCount(back)).toBe(3);
});

test("a choice that a conflict does not offer changes nothing", () => {
  const start = beginDecision(five, {});
  expect(decide(start, choose("both"))).toBe(start);
});

const place = conflict("P", {
  class: "soft",
  kind: "layout_merged",
  elementId: "#di(P)",
  field: "#position",
  chosen: "theirs",
});
const fitted = conflict("F", {
  class: "soft",
  kind: "layout_merged",
  field: "#waypoints",
  choices: (["ours", "theirs", "both"] as const).map((choice) => ({ choice, effect: "" })),
  chosen: "both",
});
const gone = conflict("G", { class: "soft", kind: "layout_merged", field: "", chosen: "ours" });

test("what a rule decided is reached behind what waits, and can be decided otherwise", () => {
  const start = beginDecision([conflict("A"), soft, place], {});
  expect(openCount(start)).toBe(1);
  expect(chosenIn(start, place)).toBe("theirs");
  const there = decide(start, { type: "move", by: 1 });
  expect(there.at).toBe("P");
  const decided = decide(there, choose("ours"));
  expect(decided).toMatchObject({ choices: { P: "ours" }, at: "P" });
  expect(chosenIn(decided, place)).toBe("ours");
  expect(openCount(decided)).toBe(1);
  // Only a person's choice is sent and kept.
  expect(decide(decided, { type: "renew", conflicts: [conflict("A"), place] }).choices).toEqual({
    P: "ours",
  });
  expect(beginDecision([place], {}).choices).toEqual({});
});

test("all layout: two drawings that compete, and neither what fits both nor what was removed", () => {
  const conflicts = [conflict("A"), place, fitted, gone, soft];
  const ids = layoutOf(conflicts).map(({ id }) => id);
  expect(ids).toEqual(["P"]);
  const state = decide(beginDecision(conflicts, {}), { type: "all", choice: "ours", ids });
  expect(state).toMatchObject({ choices: { P: "ours" }, at: "A" });
  expect(layoutChoiceOfKey({ key: "M", shiftKey: true })).toBe("ours");
  expect(layoutChoiceOfKey({ key: "T", shiftKey: true })).toBe("theirs");
  expect(layoutChoiceOfKey({ key: "M", shiftKey: false })).toBeNull();
  expect(layoutChoiceOfKey({ key: "B", shiftKey: true })).toBeNull();
});

test("the arrows stay in the list and never reach what leaves no choice", () => {
  const start = beginDecision(five, {});
  expect(decide(start, { type: "move", by: -1 }).at).toBe("A");
  const end = after(start, ...Array.from({ length: 9 }, (): DecisionStep => ({ type: "move", by: 1 })));
  expect(end.at).toBe("E");
  expect(decide(start, { type: "go", id: "S" })).toBe(start);
});

test("all at once, as far as they offer it", () => {
  const mixed = [conflict("A"), conflict("B", { choices: [{ choice: "ours", effect: "" }] })];
  const state = decide(beginDecision(mixed, {}), { type: "all", choice: "theirs", ids: ["A", "B"] });
  expect(state.choices).toEqual({ A: "theirs" });
  expect(state.at).toBe("B");
});

test("after the diagram moved on, the choices that still hold are kept", () => {
  const decided = after(beginDecision(five, {}), choose("ours"), choose("theirs"));
  const renewed = decide(decided, {
    type: "renew",
    conflicts: [conflict("A", { chosen: "ours" }), conflict("F"), soft],
  });
  expect(renewed.choices).toEqual({ A: "ours" });
  expect(renewed.at).toBe("F");
});

test("keys", () => {
  expect(["1", "M", "t", "3", "o", "x", "Enter"].map(choiceOfKey)).toEqual([
    "ours",
    "ours",
    "theirs",
    "both",
    "base",
    null,
    null,
  ]);
});

afterEach(() => sessionStorage.clear());

test("choices outlive a reload, nonsense does not", () => {
  keepChoices("draft", { A: "ours", B: "base" });
  expect(keptChoices("draft")).toEqual({ A: "ours", B: "base" });
  expect(beginDecision(five, keptChoices("draft")).at).toBe("C");
  sessionStorage.setItem("laneway.conflicts.other", '{"A":"everything","B":"theirs"}');
  expect(keptChoices("other")).toEqual({ B: "theirs" });
  sessionStorage.setItem("laneway.conflicts.broken", "{");
  expect(keptChoices("broken")).toEqual({});
  forgetChoices("draft");
  expect(keptChoices("draft")).toEqual({});
});

test("conflicts are grouped by the element that they are about", () => {
  const groups = groupConflicts(
    [
      conflict("1", { elementId: "Timer_1" }),
      conflict("2", { elementId: "#di(Event_1)", drawnElementId: "Event_1", field: "#position" }),
      conflict("3", { elementId: "Task_1", elementName: "Pay" }),
      conflict("4", { elementId: "#definitions" }),
    ],
    (id) => (id === "Timer_1" ? "Event_1" : id),
    (id) => (id === "Event_1" ? { type: "boundaryEvent", name: "Late" } : undefined),
  );
  expect(groups.map(({ id, name, conflicts }) => [id, name, conflicts.map((one) => one.id)])).toEqual([
    ["Event_1", "Late", ["1", "2"]],
    ["Task_1", "Pay", ["3"]],
    ["#document", "", ["4"]],
  ]);
});
