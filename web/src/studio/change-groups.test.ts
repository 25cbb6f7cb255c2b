import { expect, test } from "vitest";
import type { DocumentChange } from "../api/version";
import { type ChangeGroup, countChanges, groupChanges } from "./change-groups";
import type { ValueWords } from "./change-words";
import { outlineOf } from "./document-outline";

const before = outlineOf(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="D">
  <message id="M" name="Order" />
  <process id="P">
    <laneSet id="LS"><lane id="L1" name="Sales" /><lane id="L2" name="Store" /></laneSet>
    <userTask id="T1" name="Check stock" />
    <subProcess id="S" name="Pack"><task id="T3" name="Fold" /></subProcess>
    <boundaryEvent id="B" attachedToRef="T1"><timerEventDefinition id="TD"><timeDuration>PT5M</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="F" sourceRef="T1" targetRef="S" />
  </process>
  <di:BPMNDiagram><di:BPMNPlane bpmnElement="P">
    <di:BPMNShape bpmnElement="T1" /><di:BPMNShape bpmnElement="S" /><di:BPMNShape bpmnElement="B" />
    <di:BPMNShape bpmnElement="L1" /><di:BPMNShape bpmnElement="L2" /><di:BPMNEdge bpmnElement="F" />
  </di:BPMNPlane></di:BPMNDiagram>
</definitions>`);
const after = outlineOf(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="D">
  <process id="P"><userTask id="T1" name="Count stock" /><task id="T2" name="Pay" /></process>
  <di:BPMNDiagram><di:BPMNPlane bpmnElement="P">
    <di:BPMNShape bpmnElement="T1" /><di:BPMNShape bpmnElement="T2" />
  </di:BPMNPlane></di:BPMNDiagram>
</definitions>`);

function change(given: Partial<DocumentChange> & Pick<DocumentChange, "op" | "element">): DocumentChange {
  return { elementType: "", elementName: "", kind: "changed", ...given };
}

function shown(value: ValueWords): string {
  return value.form === "none" ? "nothing" : value.text;
}

function told(groups: readonly ChangeGroup[]): string[] {
  return groups.flatMap(({ kind, type, name, lines }) => [
    `${kind} ${type} ${name}`,
    ...lines.map((line) => `  ${line.field}: ${shown(line.before)} → ${shown(line.after)}`),
  ]);
}

test("what belongs to an element is told with it", () => {
  const groups = groupChanges(
    [
      change({ op: "set", element: "TD", path: "timeDuration#text", before: "PT5M", after: "PT1H" }),
      change({ op: "set", element: "#di(B)", path: "#position", before: "100,200", after: "140.5,200" }),
      change({ op: "set", element: "B", path: "@cancelActivity", before: "true", after: "false" }),
    ],
    before,
    before,
  );
  expect(told(groups)).toEqual([
    "changed boundaryEvent ",
    "  timer: duration: PT5M → PT1H",
    "  position: 100, 200 → 140.5, 200",
    "  interrupting: yes → no",
  ]);
  expect(groups[0]?.layout).toBe(false);
});

test("references, lanes and kinds are told by name", () => {
  const groups = groupChanges(
    [
      change({ op: "set", element: "F", path: "@targetRef", before: "S", after: "T2" }),
      change({ op: "set", element: "T1", path: "#lane(P)", before: "L1", after: "L2" }),
      change({ op: "set", element: "T1", path: "#type", before: "task", after: "userTask" }),
      change({ op: "set", element: "T1", path: "@name", before: "Check stock", after: "Count stock" }),
    ],
    before,
    after,
  );
  expect(told(groups)).toEqual([
    "changed sequenceFlow Check stock → Pack",
    "  to: “Pack” → “Pay”",
    "changed userTask Count stock",
    "  lane: “Sales” → “Store”",
    "  kind of element: Task → User task",
    "  name: Check stock → Count stock",
  ]);
});

test("an element that came or went is one entry, without its drawing", () => {
  const groups = groupChanges(
    [
      change({ op: "add", element: "T2", parent: "P", after: "<task id='T2' />" }),
      change({ op: "add", element: "#di(T2)", parent: "#plane(root)", after: "<di />" }),
      change({ op: "remove", element: "T3", parent: "S", before: "<task id='T3' name='Fold' />" }),
      change({ op: "remove", element: "S", parent: "P", before: "<subProcess />" }),
      change({ op: "remove", element: "#di(S)", parent: "#plane(root)", before: "<di />" }),
    ],
    before,
    after,
  );
  expect(groups.map(({ id, kind, drawnBefore, drawnAfter }) => [id, kind, drawnBefore, drawnAfter])).toEqual([
    ["T2", "added", false, true],
    ["S", "removed", true, false],
  ]);
});

test("what only the drawing shows comes last and is layout", () => {
  const groups = groupChanges(
    [
      change({ op: "set", element: "#di(T1)", path: "#position", before: "1,1", after: "2,2" }),
      change({ op: "set", element: "#di(F)", path: "#waypoints", before: "1,1 2,2", after: "1,1 2,2 3,3" }),
      change({ op: "set", element: "#di(S)", path: "@{urn:color}background-color", after: "#eeeeee" }),
      change({ op: "set", element: "M", path: "@name", before: "Order", after: "Offer" }),
    ],
    before,
    before,
  );
  expect(told(groups)).toEqual([
    "changed message Order",
    "  name: Order → Offer",
    "moved userTask Check stock",
    "  position: 1, 1 → 2, 2",
    "moved sequenceFlow Check stock → Pack",
    "  route: 2 points → 3 points",
    "changed subProcess Pack",
    "  fill colour: nothing → #eeeeee",
  ]);
  expect(groups.map(({ layout }) => layout)).toEqual([false, true, true, true]);
  expect(countChanges(groups)).toEqual({ added: 0, removed: 0, changed: 2, moved: 2 });
});

test("a move to another parent is no layout", () => {
  const [group] = groupChanges(
    [change({ op: "move", element: "T1", before: "P", after: "S" })],
    before,
    before,
  );
  expect(group?.kind).toBe("moved");
  expect(group?.layout).toBe(false);
  expect(group?.lines.map((line) => `${line.field}: ${shown(line.after)}`)).toEqual(["inside: “Pack”"]);
});

test("changes of the document itself have an entry of their own", () => {
  const groups = groupChanges(
    [
      change({ op: "set", element: "#definitions", path: "@exporterVersion", before: "1", after: "2" }),
      change({ op: "set", element: "#diagram(root)", path: "@name", before: "a", after: "b" }),
    ],
    before,
    before,
  );
  expect(told(groups)).toEqual(["changed definitions ", "  exporter version: 1 → 2", "  name: a → b"]);
});
