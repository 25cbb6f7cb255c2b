// What of a document the editor draws: found by bpmn-js's own walk through it, so that bringing a drawing up to date
// and importing it anew come to the same.
import BpmnTreeWalker from "bpmn-js/lib/import/BpmnTreeWalker";
import { idOf, isModdle, items, type Moddle, treeOf } from "./moddle-tree";

export type Drawn = {
  // As the element registry has it: a sub-process that has a plane of its own is a root there, with a suffix.
  id: string;
  kind: "root" | "shape" | "connection";
  element: Moddle;
  di: Moddle;
  // The id of what contains it on the sheet, null for a root.
  parent: string | null;
};

type Context = { id: string; businessObject: Moddle };

// drawnElements lists what is drawn in the order in which it is drawn, roots before what lies on them.
export function drawnElements(definitions: Moddle): Map<string, Drawn> {
  const drawn = new Map<string, Drawn>();
  const note = (
    id: string,
    kind: Drawn["kind"],
    element: Moddle,
    di: Moddle,
    parent: string | null,
  ): Context => {
    if (!drawn.has(id)) drawn.set(id, { id, kind, element, di, parent });
    return { id, businessObject: element };
  };
  const walker = new BpmnTreeWalker({
    root: (element: Moddle, di: Moddle) =>
      note(
        element.$instanceOf("bpmn:SubProcess") ? `${idOf(element)}_plane` : idOf(element),
        "root",
        element,
        di,
        null,
      ),
    element: (element: Moddle, di: Moddle, parent: Context | undefined) => {
      const kind = di.$instanceOf("bpmndi:BPMNEdge") ? "connection" : "shape";
      return note(idOf(element), kind, element, di, parent?.id ?? null);
    },
    // Whatever is wrong with a document was told when it was opened.
    error: () => undefined,
  });
  // The walk notes for every node the lanes that it is in, each time anew.
  for (const { element } of treeOf(definitions).nodes.values()) {
    if (element.$instanceOf("bpmn:FlowNode") && Array.isArray(element.lanes)) element.lanes.length = 0;
  }
  for (const diagram of shownDiagrams(definitions)) walker.handleDefinitions(definitions, diagram);
  return drawn;
}

// shownDiagrams: the first one, and those of sub-processes in what it draws.
function shownDiagrams(definitions: Moddle): Moddle[] {
  const [first, ...others] = items(definitions.diagrams).filter(isModdle);
  const root = rootOf(first);
  if (!first || !root) return [];
  const collaboration = root.$instanceOf("bpmn:Collaboration")
    ? root
    : items(definitions.rootElements)
        .filter(isModdle)
        .find((other) => processesOf(other).includes(root));
  const inside = new Set([root, ...(collaboration ? processesOf(collaboration) : [])].flatMap(selfAndInside));
  const seen = new Set([root]);
  const shown = [first];
  for (const diagram of others) {
    const drawn = rootOf(diagram);
    if (!drawn || !inside.has(drawn) || seen.has(drawn)) continue;
    seen.add(drawn);
    shown.push(diagram);
  }
  return shown;
}

function rootOf(diagram: Moddle | undefined): Moddle | undefined {
  const plane = diagram?.plane;
  const root = isModdle(plane) ? plane.bpmnElement : undefined;
  return isModdle(root) ? root : undefined;
}

function processesOf(collaboration: Moddle): Moddle[] {
  return items(collaboration.participants)
    .filter(isModdle)
    .map(({ processRef }) => processRef)
    .filter(isModdle);
}

function selfAndInside(element: Moddle): Moddle[] {
  return [element, ...items(element.flowElements).filter(isModdle).flatMap(selfAndInside)];
}
