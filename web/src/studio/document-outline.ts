// An Outline is what a document's text says of its elements: kind, name, and where one of them is to be seen on the
// sheet. Changes and conflicts name elements by id; with two outlines they can be told in a person's words.

export type OutlineElement = {
  id: string;
  // type is the element's name in BPMN, such as userTask.
  type: string;
  name: string;
  // about is the element that a person would say this one belongs to: the event of a timer, itself for a task.
  about: string;
  drawn: boolean;
};

export class Outline {
  readonly #elements: ReadonlyMap<string, OutlineElement>;

  constructor(elements: ReadonlyMap<string, OutlineElement>) {
    this.#elements = elements;
  }

  get(id: string): OutlineElement | undefined {
    return this.#elements.get(id);
  }
}

const modelSpace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
const diagramSpace = "http://www.omg.org/spec/BPMN/20100524/DI";
// What is inside of these stands for itself.
const holders = new Set(["definitions", "process", "collaboration", "choreography", "category"]);

// outlineOf reads a document. A text that is no XML has an empty outline.
export function outlineOf(bpmnXml: string): Outline {
  const document = new DOMParser().parseFromString(bpmnXml, "application/xml");
  const drawn = new Set<string>();
  for (const local of ["BPMNShape", "BPMNEdge"]) {
    for (const drawing of document.getElementsByTagNameNS(diagramSpace, local)) {
      const shown = drawing.getAttribute("bpmnElement");
      if (shown) drawn.add(localId(shown));
    }
  }
  const elements = new Map<string, OutlineElement>();
  const named = new Map<string, Element>();
  for (const element of document.getElementsByTagNameNS(modelSpace, "*")) {
    const id = element.getAttribute("id");
    if (id) named.set(id, element);
  }
  for (const [id, element] of named) {
    elements.set(id, {
      id,
      type: element.localName,
      name: nameOf(element, named),
      about: aboutOf(element, drawn),
      drawn: drawn.has(id),
    });
  }
  return new Outline(elements);
}

// A reference may carry a prefix.
function localId(reference: string): string {
  return reference.slice(reference.indexOf(":") + 1);
}

function aboutOf(element: Element, drawn: ReadonlySet<string>): string {
  let about = "";
  for (let at: Element | null = element; at; at = at.parentElement) {
    const id = at.getAttribute("id") ?? "";
    if (drawn.has(id)) return id;
    if (holders.has(at.localName)) return about === "" ? id : about;
    if (id !== "" && at.localName !== "laneSet") about = id;
  }
  return about;
}

// nameOf is the name that people gave; a flow without one is named after its ends.
function nameOf(element: Element, named: ReadonlyMap<string, Element>): string {
  const own = ownName(element);
  if (own !== "") return own;
  const [from, to] = ["sourceRef", "targetRef"].map((end) => {
    const other = named.get(localId(element.getAttribute(end) ?? ""));
    return other ? ownName(other) : "";
  });
  if (!element.hasAttribute("sourceRef")) return "";
  if (from && to) return `${from} → ${to}`;
  return from ? `from ${from}` : to ? `to ${to}` : "";
}

function ownName(element: Element): string {
  const name = element.getAttribute("name") ?? element.getAttribute("value") ?? "";
  const text = name.trim() !== "" || element.localName !== "textAnnotation" ? name : element.textContent;
  const plain = (text ?? "").replace(/\s+/g, " ").trim();
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}
