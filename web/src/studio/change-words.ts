// The words for what a document's fields and values are: paths and XML become what a person would say.
import type { Outline } from "./document-outline";

// Naming finds what a person calls the element with an id.
export type Naming = (id: string) => { type: string; name: string } | undefined;

// namingOf looks an id up in one outline after the other.
export function namingOf(...outlines: readonly Outline[]): Naming {
  return (id) => {
    for (const outline of outlines) {
      const found = outline.get(id);
      if (found) return found;
    }
    return undefined;
  };
}

const typeNames: Record<string, string> = {
  task: "Task",
  adHocSubProcess: "Ad-hoc sub-process",
  subProcess: "Sub-process",
  participant: "Pool",
  sequenceFlow: "Flow",
  messageFlow: "Message flow",
  textAnnotation: "Annotation",
  eventBasedGateway: "Event-based gateway",
  dataObjectReference: "Data object",
  dataStoreReference: "Data store",
  definitions: "Document",
  multiInstanceLoopCharacteristics: "Repetition",
  standardLoopCharacteristics: "Loop",
  ioSpecification: "Inputs and outputs",
};

// typeWords names a kind of element: "User task" for userTask or bpmn:userTask.
export function typeWords(type: string): string {
  const local = type.slice(type.indexOf(":") + 1).replace(/^\{[^}]*\}/, "");
  const plain = local.charAt(0).toLowerCase() + local.slice(1);
  if (plain === "") return "Element";
  const known = typeNames[plain];
  if (known) return known;
  const words = split(plain.replace(/EventDefinition$/, "Event"));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// A name is what people gave, else the kind says enough.
export function elementWords(naming: Naming, id: string): string {
  const found = naming(id);
  if (!found) return id;
  return found.name === "" ? typeWords(found.type) : `“${found.name}”`;
}

const attributeNames: Record<string, string> = {
  isExecutable: "executable",
  sourceRef: "from",
  targetRef: "to",
  attachedToRef: "attached to",
  cancelActivity: "interrupting",
  isInterrupting: "interrupting",
  default: "default flow",
  processRef: "process",
  bpmnElement: "shown element",
  isExpanded: "expanded",
  isMarkerVisible: "marker shown",
  isHorizontal: "horizontal",
  triggeredByEvent: "triggered by event",
  isSequential: "one after the other",
  isForCompensation: "for compensation",
  isCollection: "collection",
  stroke: "line colour",
  fill: "fill colour",
  "border-color": "line colour",
  "background-color": "fill colour",
  color: "text colour",
};

const childNames: Record<string, string> = {
  conditionExpression: "condition",
  timeDuration: "timer: duration",
  timeDate: "timer: date",
  timeCycle: "timer: cycle",
  multiInstanceLoopCharacteristics: "repetition",
  standardLoopCharacteristics: "loop",
  ioSpecification: "inputs and outputs",
  BPMNLabel: "label",
};

const fieldNames: Record<string, string> = {
  "#type": "kind of element",
  "#position": "position",
  "#size": "size",
  "#waypoints": "route",
};

// A step is a child on the way to a field, without its namespace; key tells it from its brothers.
type Step = { local: string; key: string };

// fieldWords names a field of an element: "condition" for conditionExpression#text.
export function fieldWords(path: string): string {
  const { steps, field } = takeApart(path);
  const words = steps
    .filter(({ local }) => local !== "extensionElements" && !local.endsWith("EventDefinition"))
    .map(({ local, key }) => {
      const name = childNames[local] ?? split(local);
      return key === "" ? name : `${name} “${key}”`;
    });
  if (field.startsWith("#lane(")) words.push("lane");
  else if (field.startsWith("@")) words.push(attributeWords(field.slice(1)));
  else if (fieldNames[field]) words.push(fieldNames[field]);
  if (words.length === 0) return steps.length > 0 ? split(steps.at(-1)?.local ?? "") : "content";
  const joined = words[0] === "label" ? words.join(" ") : words.join(": ");
  return joined;
}

function attributeWords(attribute: string): string {
  const local = attribute.replace(/^\{[^}]*\}/, "");
  return attributeNames[local] ?? split(local.replace(/Ref$/, ""));
}

function takeApart(path: string): { steps: Step[]; field: string } {
  const field = /(?:[@#](?:\{[^}]*\})?[^@#/\]]*|#lane\(.*\))$/.exec(path)?.[0] ?? "";
  const steps: Step[] = [];
  const way = path.slice(0, path.length - field.length);
  for (const [, local = "", key = ""] of way.matchAll(
    /(?:\{[^}]*\})?([^/[\]{}]+)(?:\[(?:[a-zA-Z]+=)?([^\]]*)\])?/g,
  )) {
    const counted = /^\d*$/.test(key);
    steps.push({ local, key: counted ? "" : key.replaceAll("%5D", "]").replaceAll("%25", "%") });
  }
  return { steps, field };
}

function split(camel: string): string {
  return camel
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[-_]+/g, " ")
    .toLowerCase();
}

// ValueWords is a value as it is shown: a word or number, or a longer text that was written by somebody.
export type ValueWords = { form: "none" } | { form: "short" | "text"; text: string };

const none: ValueWords = { form: "none" };

// valueWords tells a field's value. What is empty is told as nothing.
export function valueWords(path: string, value: string | null | undefined, naming: Naming): ValueWords {
  if (value === null || value === undefined || value === "") return none;
  const { steps, field } = takeApart(path);
  if (value.startsWith("<")) return written(xmlWords(value));
  if (field === "#type") return short(typeWords(value));
  if (field === "#position") return short(value.replace(",", ", "));
  if (field === "#size") return short(value.replace(",", " × "));
  if (field === "#waypoints") return short(`${value.trim().split(/\s+/).length} points`);
  if (field.startsWith("#lane(") || isReference(field, steps)) {
    const names = value.split(/\s+/).map((id) => elementWords(naming, id));
    return short(names.join(", "));
  }
  if (value === "true") return short("yes");
  if (value === "false") return short("no");
  return written(value);
}

function isReference(field: string, steps: readonly Step[]): boolean {
  if (field.startsWith("@")) return /Ref$|^@default$|^@bpmnElement$/.test(field);
  return field === "#text" && /Refs?$/.test(steps.at(-1)?.local ?? "");
}

function short(text: string): ValueWords {
  return { form: "short", text };
}

function written(text: string): ValueWords {
  return text === "" ? none : text.length > 48 || text.includes("\n") ? { form: "text", text } : short(text);
}

// xmlWords sums up a piece of XML: the texts inside of it, else kind and name of what it is.
export function xmlWords(xml: string): string {
  const document = new DOMParser().parseFromString(`<list>${xml}</list>`, "application/xml");
  if (document.getElementsByTagName("parsererror").length > 0) return xml;
  return [...document.documentElement.children].map(describe).join("\n");
}

function describe(element: Element): string {
  const text = element.textContent?.trim() ?? "";
  if (element.children.length === 0 && text !== "") return text;
  const name = element.getAttribute("name") ?? "";
  const kind = typeWords(element.localName);
  const head = name === "" ? kind : `${kind} “${name}”`;
  const inside = [...element.children].map(describe).filter((part) => part !== "");
  return inside.length > 0 && inside.length <= 3 ? `${head}: ${inside.join(", ")}` : head;
}

const icons: Record<string, string> = {
  task: "task",
  userTask: "user-task",
  serviceTask: "service-task",
  scriptTask: "script-task",
  manualTask: "manual-task",
  sendTask: "send-task",
  receiveTask: "receive-task",
  businessRuleTask: "business-rule-task",
  callActivity: "call-activity",
  subProcess: "subprocess-expanded",
  transaction: "transaction",
  adHocSubProcess: "ad-hoc-subprocess",
  startEvent: "start-event-none",
  endEvent: "end-event-none",
  intermediateThrowEvent: "intermediate-event-none",
  intermediateCatchEvent: "intermediate-event-none",
  boundaryEvent: "intermediate-event-none",
  exclusiveGateway: "gateway-xor",
  inclusiveGateway: "gateway-or",
  parallelGateway: "gateway-parallel",
  complexGateway: "gateway-complex",
  eventBasedGateway: "gateway-eventbased",
  sequenceFlow: "connection",
  messageFlow: "connection",
  association: "connection",
  dataInputAssociation: "connection",
  dataOutputAssociation: "connection",
  participant: "participant",
  lane: "lane",
  dataObjectReference: "data-object",
  dataObject: "data-object",
  dataStoreReference: "data-store",
  textAnnotation: "text-annotation",
  group: "group",
};

// typeIcon is the class of the sign that the palette has for a kind of element.
export function typeIcon(type: string): string {
  const local = type.slice(type.indexOf(":") + 1);
  return `bpmn-icon-${icons[local.charAt(0).toLowerCase() + local.slice(1)] ?? "screw-wrench"}`;
}
