// A document as bpmn-moddle holds it, looked at as a set of nodes: everything that has an identity of its own, found
// by a key that is the same in every reading of the document. What has none (bounds, waypoints, extension elements)
// is a value of the node that holds it.

// Moddle is an element of bpmn-moddle, as far as it is used here.
export type Moddle = {
  readonly $type: string;
  readonly $descriptor: {
    isGeneric?: boolean;
    ns: { uri?: string };
    properties?: readonly Property[];
    propertiesByName?: Record<string, Property>;
    idProperty?: object;
  };
  readonly $attrs?: Record<string, unknown>;
  readonly $model?: Model;
  $parent?: Moddle;
  $instanceOf(type: string): boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  [name: string]: unknown;
};

export type Property = {
  name: string;
  isMany?: boolean;
  isReference?: boolean;
  isVirtual?: boolean;
};

export type Model = {
  create(type: string, attributes?: object): Moddle;
  createAny(type: string, uri: string, properties?: object): Moddle;
  ids: { claim(id: string, element: Moddle): void; unclaim(id: string): void; assigned(id: string): unknown };
};

export type Node = {
  key: string;
  element: Moddle;
  // The key of the node that contains this one, and the property that does so.
  parent: string | null;
  slot: string;
};

export type Tree = {
  nodes: ReadonlyMap<string, Node>;
  keys: ReadonlyMap<Moddle, string>;
};

export function isModdle(value: unknown): value is Moddle {
  return typeof value === "object" && value !== null && "$type" in value;
}

// isNode: has an identity of its own.
export function isNode(value: unknown): value is Moddle {
  return isModdle(value) && !value.$descriptor.isGeneric && value.$descriptor.idProperty !== undefined;
}

// items gives what a property holds, as a list.
export function items(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

// treeOf finds all nodes, containers before what they contain. Elements are keyed by id, drawings by their plane and
// what they draw, and the rest by its place.
export function treeOf(definitions: Moddle): Tree {
  const nodes = new Map<string, Node>();
  const keys = new Map<Moddle, string>();

  const visit = (element: Moddle, key: string, parent: string | null, slot: string) => {
    nodes.set(key, { key, element, parent, slot });
    keys.set(element, key);
    const counts = new Map<string, number>();
    for (const property of element.$descriptor.properties ?? []) {
      if (property.isReference || property.isVirtual || !Object.hasOwn(element, property.name)) continue;
      for (const child of items(element[property.name])) {
        if (!isNode(child)) continue;
        const wanted = keyOf(child, key, property.name);
        const count = counts.get(wanted.byPlace) ?? 0;
        counts.set(wanted.byPlace, count + 1);
        const placed = `${wanted.byPlace}#${count}`;
        const own = wanted.own === null || nodes.has(wanted.own) ? placed : wanted.own;
        visit(child, own, key, property.name);
      }
    }
  };
  visit(definitions, "definitions", null, "");
  return { nodes, keys };
}

function keyOf(child: Moddle, parent: string, slot: string): { own: string | null; byPlace: string } {
  const byPlace = `${parent}/${slot}:${child.$type}`;
  if (child.$instanceOf("bpmndi:BPMNDiagram")) {
    const plane = child.plane;
    const root = isModdle(plane) ? plane.bpmnElement : undefined;
    const first = items(child.$parent?.diagrams)[0] === child;
    if (first) return { own: "drawing", byPlace };
    return { own: isModdle(root) ? `drawing of ${idOf(root)}` : null, byPlace };
  }
  if (child.$instanceOf("di:DiagramElement")) {
    const drawn = child.bpmnElement;
    const named = slot === "planeElement" && isModdle(drawn);
    return { own: named ? `${parent}/${idOf(drawn)}` : null, byPlace };
  }
  const id = idOf(child);
  return { own: id === "" ? null : `id:${id}`, byPlace };
}

export function idOf(element: Moddle): string {
  return typeof element.id === "string" ? element.id : "";
}

// namesOf gives the names of everything that an element holds besides nodes: properties, and attributes that
// bpmn-moddle does not know, these with an @ in front.
export function namesOf(...elements: Moddle[]): Set<string> {
  const names = new Set<string>();
  for (const element of elements) {
    for (const { name, isVirtual } of element.$descriptor.properties ?? []) {
      if (!isVirtual && Object.hasOwn(element, name)) names.add(name);
    }
    for (const name of Object.keys(element.$attrs ?? {})) names.add(`@${name}`);
  }
  return names;
}

export function content(element: Moddle, name: string): unknown {
  return name.startsWith("@") ? element.$attrs?.[name.slice(1)] : element[name];
}

// written tells a value in a form in which equal values are equal texts. References are told by what they point to.
export function written(value: unknown, reference: boolean): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((one) => written(one, reference)).join("\u0001");
  if (!isModdle(value)) return String(value);
  if (reference) return `@${idOf(value)}`;
  return `${value.$type}{${parts(value).join("\u0002")}}`;
}

function parts(element: Moddle): string[] {
  if (element.$descriptor.isGeneric) {
    return Object.keys(element)
      .filter((name) => !name.startsWith("$") || name === "$children" || name === "$body")
      .sort()
      .map((name) => `${name}=${written(element[name], false)}`);
  }
  return [...namesOf(element)].sort().map((name) => {
    const reference = element.$descriptor.propertiesByName?.[name]?.isReference ?? false;
    return `${name}=${written(content(element, name), reference)}`;
  });
}

// copyOf makes the same value anew, for another document.
export function copyOf(value: unknown, parent: Moddle): unknown {
  if (Array.isArray(value)) return value.map((one) => copyOf(one, parent));
  if (!isModdle(value)) return value;
  const model = parent.$model;
  if (!model) throw new Error(`${parent.$type} belongs to no model`);
  const { isGeneric, ns } = value.$descriptor;
  const copy = isGeneric ? model.createAny(value.$type, ns.uri ?? "") : model.create(value.$type);
  copy.$parent = parent;
  const holder = isGeneric ? parent : copy;
  const names = isGeneric
    ? Object.keys(value).filter((name) => !name.startsWith("$") || name === "$children" || name === "$body")
    : [...namesOf(value)];
  for (const name of names) {
    const inner = copyOf(content(value, name), holder);
    if (name.startsWith("@") && copy.$attrs) copy.$attrs[name.slice(1)] = inner;
    else if (isGeneric) copy[name] = inner;
    else copy.set(name, inner);
  }
  if (isGeneric) {
    for (const child of items(copy.$children)) if (isModdle(child)) child.$parent = copy;
  }
  return copy;
}
