// A ModelSync brings into one document (the canvas) what was changed between two others: known, what the canvas was
// based on, and target. It goes node by node and field by field:
//
// - the canvas still has what was known: it takes the target's value;
// - the canvas has the target's value already: nothing is to do;
// - the canvas has something else: the person has changed it meanwhile, and it stays. These are told as left.
//
// Elements keep their identity, so that what refers to them (graphics, the command stack) still does. Only what
// differs between known and target is looked at; whatever the canvas holds besides stays as it is.
import {
  content,
  copyOf,
  idOf,
  isModdle,
  isNode,
  items,
  type Moddle,
  type Model,
  type Node,
  namesOf,
  type Tree,
  treeOf,
  written,
} from "./moddle-tree";

// Left is a field that the person has changed, too. An empty field is the whole element.
export type Left = { element: Moddle; field: string };

export type Applied = {
  // Everything that now holds something else, with what was added.
  touched: ReadonlySet<Moddle>;
  removed: ReadonlySet<Moddle>;
  // Elements of another type than before, by the objects that had stood for them.
  replaced: ReadonlyMap<Moddle, Moddle>;
};

type Edit = { key: string; name: string };

export class ModelSync {
  readonly left: Left[] = [];
  readonly #model: Model;
  readonly #canvas: Tree;
  readonly #known: Tree;
  readonly #target: Tree;
  // The canvas's element by key, as it becomes.
  readonly #elements = new Map<string, Moddle>();

  readonly #adds: Node[] = [];
  readonly #moves: Node[] = [];
  readonly #types: Node[] = [];
  readonly #removes = new Set<string>();
  readonly #edits: Edit[] = [];

  readonly #touched = new Set<Moddle>();
  readonly #removed = new Set<Moddle>();
  readonly #replaced = new Map<Moddle, Moddle>();

  constructor(canvas: Moddle, known: Moddle, target: Moddle) {
    if (!canvas.$model) throw new Error("the canvas has no model");
    this.#model = canvas.$model;
    this.#canvas = treeOf(canvas);
    this.#known = treeOf(known);
    this.#target = treeOf(target);
    for (const [key, { element }] of this.#canvas.nodes) this.#elements.set(key, element);
    this.#plan();
  }

  get isEmpty(): boolean {
    const lists = [this.#adds, this.#moves, this.#types, this.#edits];
    return this.#removes.size === 0 && lists.every((list) => list.length === 0);
  }

  // apply changes the canvas's document. To be called once.
  apply(): Applied {
    for (const node of this.#types) this.#changeType(node);
    for (const node of this.#adds) this.#add(node);
    for (const node of this.#moves) this.#move(node);
    for (const key of this.#removes) this.#remove(key);
    for (const edit of this.#edits) this.#edit(edit);
    this.#mendReferences();
    return { touched: this.#touched, removed: this.#removed, replaced: this.#replaced };
  }

  #plan(): void {
    const planned = new Set<string>();
    for (const [key, node] of this.#target.nodes) {
      const known = this.#known.nodes.get(key);
      const present = this.#canvas.nodes.get(key);
      if (!known && !present) {
        if (this.#hasPlace(node, planned)) {
          planned.add(key);
          this.#adds.push(node);
        }
      } else if (known && !present) {
        // The person has removed what somebody else has gone on with.
        if (!isDrawing(known.element) && this.#isEdited(node.element, known.element)) {
          this.left.push({ element: node.element, field: "" });
        }
      } else if (known && present) {
        this.#planPlace(node, known, present);
        this.#planFields(node, known, present);
      }
    }
    this.#planRemovals();
  }

  // hasPlace: what holds it is here, and so is what it draws and what it hangs on, unless the person has removed that.
  #hasPlace(node: Node, planned: ReadonlySet<string>): boolean {
    const { element, parent } = node;
    if (isDrawing(element)) {
      const drawn = element.bpmnElement;
      const key = isModdle(drawn) ? this.#target.keys.get(drawn) : undefined;
      if (key !== undefined && !this.#elements.has(key) && !planned.has(key)) return false;
    } else if (this.#isRemoved(parent) || endsOf(element).some((end) => this.#pointsToRemoved(end))) {
      this.left.push({ element, field: "" });
      return false;
    }
    return parent !== null && (this.#elements.has(parent) || planned.has(parent)) && this.#isFree(node);
  }

  // isRemoved: the person has removed it, and nobody else has.
  #isRemoved(key: string | null | undefined): boolean {
    if (typeof key !== "string" || this.#canvas.nodes.has(key)) return false;
    return this.#known.nodes.has(key) && this.#target.nodes.has(key);
  }

  #pointsToRemoved(value: unknown): boolean {
    return items(value).some((other) => isModdle(other) && this.#isRemoved(this.#target.keys.get(other)));
  }

  // isFree: what holds one element only does not hold one of the person's own.
  #isFree({ parent, slot }: Node): boolean {
    const holder = this.#elements.get(parent ?? "");
    const held = holder?.[slot];
    if (!isNode(held)) return true;
    const key = this.#canvas.keys.get(held) ?? "";
    const free = this.#known.nodes.has(key) && !this.#target.nodes.has(key);
    if (!free) this.left.push({ element: held, field: "" });
    return free;
  }

  #planPlace(target: Node, known: Node, present: Node): void {
    if (known.parent === target.parent && known.slot === target.slot) return;
    if (present.parent === target.parent && present.slot === target.slot) return;
    const stays = present.parent === known.parent && present.slot === known.slot;
    if (stays && !this.#isRemoved(target.parent)) this.#moves.push(target);
    else this.left.push({ element: present.element, field: "parent" });
  }

  #planFields(target: Node, known: Node, present: Node): void {
    const [after, before, now] = [target.element, known.element, present.element];
    if (after.$type !== before.$type && now.$type !== after.$type) {
      if (now.$type === before.$type) this.#types.push(target);
      else this.left.push({ element: now, field: "type" });
    }
    for (const name of namesOf(before, after)) {
      const [b, a] = [content(before, name), content(after, name)];
      if (items(b).some(isNode) && !isReference(before, name)) continue;
      if (items(a).some(isNode) && !isReference(after, name)) continue;
      const reference = isReference(after, name) || isReference(before, name);
      const wanted = written(a, reference);
      const old = written(b, reference);
      if (wanted === old) continue;
      // A declared prefix may be in use here.
      if (name.startsWith("@xmlns") && wanted === "") continue;
      const own = written(content(now, name), reference);
      if (own === wanted) continue;
      // Lists of references are sets; the sides of a set don't compete.
      const led = own === old && !(reference && this.#pointsToRemoved(a));
      if (led || (reference && isList(after, name))) this.#edits.push({ key: target.key, name });
      else this.left.push({ element: now, field: name });
    }
  }

  #planRemovals(): void {
    const gone: Node[] = [];
    for (const [key, known] of this.#known.nodes) {
      const present = this.#canvas.nodes.get(key);
      if (present && !this.#target.nodes.has(key)) {
        this.#removes.add(key);
        if (!isDrawing(known.element)) gone.push(present);
      }
    }
    // What the person has changed or hung something new on stays, with all that holds it.
    for (const { key, element } of gone) {
      const known = this.#known.nodes.get(key);
      if (known && this.#isEdited(element, known.element)) this.#keep(key);
    }
    for (const [key, { element, parent }] of this.#canvas.nodes) {
      if (this.#known.nodes.has(key) || isDrawing(element)) continue;
      if (parent !== null) this.#keep(parent);
      for (const other of referencesOf(element)) this.#keep(this.#canvas.keys.get(other) ?? "");
    }
  }

  #keep(key: string): void {
    const node = this.#canvas.nodes.get(key);
    if (!node) return;
    if (this.#removes.delete(key)) this.left.push({ element: node.element, field: "" });
    for (const [drawing, { element }] of this.#canvas.nodes) {
      if (this.#removes.has(drawing) && isDrawing(element) && element.bpmnElement === node.element) {
        this.#removes.delete(drawing);
      }
    }
    if (node.parent !== null && this.#removes.has(node.parent)) this.#keep(node.parent);
  }

  // isEdited: derived lists aside, the person has changed a field.
  #isEdited(now: Moddle, before: Moddle): boolean {
    if (now.$type !== before.$type) return true;
    for (const name of namesOf(now, before)) {
      const reference = isReference(now, name);
      if (reference && isList(now, name)) continue;
      const [own, old] = [content(now, name), content(before, name)];
      if (!reference && (items(own).some(isNode) || items(old).some(isNode))) continue;
      if (written(own, reference) !== written(old, reference)) return true;
    }
    return false;
  }

  #changeType({ key, element: target }: Node): void {
    const old = this.#elements.get(key);
    const before = this.#known.nodes.get(key)?.element;
    if (!old?.$parent || !before) return;
    const fresh = this.#model.create(target.$type);
    fresh.$parent = old.$parent;
    this.#elements.set(key, fresh);
    this.#replaced.set(old, fresh);
    this.#touched.add(fresh);
    for (const name of namesOf(old, target)) {
      const known = fresh.$descriptor.propertiesByName?.[name];
      const own = content(old, name);
      if (!isReference(old, name) && items(own).some(isNode)) {
        if (!known) continue;
        for (const child of items(own)) if (isModdle(child)) child.$parent = fresh;
        fresh.set(name, own);
        continue;
      }
      if (items(content(target, name)).some(isNode) && !isReference(target, name)) continue;
      const reference = isReference(old, name) || isReference(target, name);
      const edited = written(own, reference) !== written(content(before, name), reference);
      if ((edited || reference) && known && own !== undefined) fresh.set(name, own);
      if (edited && known) continue;
      if (reference && known) this.#edits.push({ key, name });
      else if (!reference) this.#set(fresh, name, copyOf(content(target, name), fresh));
    }
    const slot = this.#canvas.nodes.get(key)?.slot ?? "";
    const held = old.$parent[slot];
    if (Array.isArray(held)) held.splice(held.indexOf(old), 1, fresh);
    else old.$parent.set(slot, fresh);
    const id = idOf(fresh);
    if (id !== "") this.#model.ids.claim(id, fresh);
  }

  #add(node: Node): void {
    const fresh = this.#model.create(node.element.$type);
    this.#elements.set(node.key, fresh);
    this.#touched.add(fresh);
    for (const name of namesOf(node.element)) {
      const value = content(node.element, name);
      if (isReference(node.element, name)) this.#edits.push({ key: node.key, name });
      else if (!items(value).some(isNode)) this.#set(fresh, name, copyOf(value, fresh));
    }
    this.#attach(fresh, node);
    const id = idOf(fresh);
    if (id !== "" && !this.#model.ids.assigned(id)) this.#model.ids.claim(id, fresh);
  }

  #move(node: Node): void {
    const element = this.#elements.get(node.key);
    const slot = this.#canvas.nodes.get(node.key)?.slot;
    if (!element || slot === undefined || !this.#elements.has(node.parent ?? "")) return;
    detach(element, slot);
    this.#attach(element, node);
    this.#touched.add(element);
  }

  #remove(key: string): void {
    const node = this.#canvas.nodes.get(key);
    const element = this.#elements.get(key);
    if (!node || !element) return;
    detach(element, node.slot);
    this.#elements.delete(key);
    this.#removed.add(element);
    const id = idOf(element);
    if (id !== "") this.#model.ids.unclaim(id);
  }

  // attach puts an element where the target has it: behind the nearest brother before it that is here, too.
  #attach(element: Moddle, { key, parent, slot }: Node): void {
    const holder = this.#elements.get(parent ?? "");
    if (!holder) return;
    element.$parent = holder;
    this.#touched.add(holder);
    if (!isList(holder, slot)) {
      holder.set(slot, element);
      return;
    }
    const list = holder.get(slot) as Moddle[];
    const brothers = items(this.#target.nodes.get(parent ?? "")?.element[slot]).filter(isModdle);
    const own = brothers.findIndex((brother) => this.#target.keys.get(brother) === key);
    for (let index = own - 1; index >= 0; index -= 1) {
      const brother = brothers[index];
      const here = brother && this.#elements.get(this.#target.keys.get(brother) ?? "");
      const at = here ? list.indexOf(here) : -1;
      if (at >= 0) {
        list.splice(at + 1, 0, element);
        return;
      }
    }
    if (own === 0) list.unshift(element);
    else list.push(element);
  }

  #edit({ key, name }: Edit): void {
    const element = this.#elements.get(key);
    const target = this.#target.nodes.get(key)?.element;
    if (!element || !target) return;
    this.#touched.add(element);
    const value = content(target, name);
    if (!isReference(target, name) && !isReference(element, name)) {
      this.#set(element, name, copyOf(value, element));
      return;
    }
    const wanted = items(value)
      .filter(isModdle)
      .map((other) => this.#elements.get(this.#target.keys.get(other) ?? ""))
      .filter((other) => other !== undefined);
    if (!isList(target, name) && !isList(element, name)) {
      element.set(name, wanted[0]);
      return;
    }
    const before = this.#known.nodes.get(key)?.element;
    const old = new Set(
      items(before && content(before, name)).map((other) => (isModdle(other) ? idOf(other) : "")),
    );
    const present = items(content(element, name)).filter(isModdle);
    // What the person has added stays, what the person has taken out stays out.
    const ids = new Set(wanted.map(idOf));
    const own = present.filter((other) => ids.has(idOf(other)) || !old.has(idOf(other)));
    const here = new Set(own.map(idOf));
    const fresh = wanted.filter((other) => !here.has(idOf(other)) && !old.has(idOf(other)));
    const list = [...own, ...fresh];
    element.set(name, list.length > 0 ? list : undefined);
  }

  #set(element: Moddle, name: string, value: unknown): void {
    if (!name.startsWith("@")) element.set(name, value);
    else if (element.$attrs && value === undefined) delete element.$attrs[name.slice(1)];
    else if (element.$attrs) element.$attrs[name.slice(1)] = value;
  }

  // mendReferences lets nothing point to what is gone or has another object now.
  #mendReferences(): void {
    if (this.#replaced.size === 0 && this.#removed.size === 0) return;
    for (const element of this.#elements.values()) {
      for (const { name, isReference: reference } of element.$descriptor.properties ?? []) {
        if (!reference || !Object.hasOwn(element, name)) continue;
        const value = element[name];
        if (Array.isArray(value)) {
          const mended = value.map((other) => this.#replaced.get(other) ?? other);
          value.splice(0, value.length, ...mended.filter((other) => !this.#removed.has(other)));
        } else if (isModdle(value)) {
          const other = this.#replaced.get(value);
          if (other) element.set(name, other);
          else if (this.#removed.has(value)) element.set(name, undefined);
        }
      }
    }
  }
}

function isDrawing(element: Moddle): boolean {
  return element.$instanceOf("di:DiagramElement") || element.$instanceOf("di:Diagram");
}

function isReference(element: Moddle, name: string): boolean {
  return element.$descriptor.propertiesByName?.[name]?.isReference ?? false;
}

function isList(element: Moddle, name: string): boolean {
  return element.$descriptor.propertiesByName?.[name]?.isMany ?? false;
}

function referencesOf(element: Moddle): Moddle[] {
  return (element.$descriptor.properties ?? [])
    .filter(({ name, isReference: reference }) => reference && Object.hasOwn(element, name))
    .flatMap(({ name }) => items(element[name]).filter(isModdle));
}

// endsOf gives what an element hangs on. What comes in and goes out follows from the flows.
function endsOf(element: Moddle): unknown[] {
  return (element.$descriptor.properties ?? [])
    .filter(({ name, isReference: reference }) => reference && name !== "incoming" && name !== "outgoing")
    .filter(({ name }) => Object.hasOwn(element, name))
    .map(({ name }) => element[name]);
}

function detach(element: Moddle, slot: string): void {
  const held = element.$parent?.[slot];
  if (Array.isArray(held)) {
    const at = held.indexOf(element);
    if (at >= 0) held.splice(at, 1);
  } else if (held === element) {
    element.$parent?.set(slot, undefined);
  }
}
