// A SheetSync makes the drawing what an import of its changed document would draw, and leaves alone whatever that
// change is not about: nothing is laid out, nothing is cleared, and no command is done.
import { isExpanded } from "bpmn-js/lib/util/DiUtil";
import { getExternalLabelBounds, getLabel, isLabelExternal } from "bpmn-js/lib/util/LabelUtil";
import type { Drawn } from "./drawn-elements";
import { idOf, isModdle, type Moddle } from "./moddle-tree";
import type { Applied } from "./model-sync";
import type { GetService, SheetElement } from "./sync-services";

export type SheetChange = {
  // Elements that are no longer on the sheet, and those that are new to it.
  gone: ReadonlySet<SheetElement>;
  come: ReadonlySet<SheetElement>;
  // What stands in for an element that is gone, as the pool does for the process that it took in.
  stands: ReadonlyMap<SheetElement, SheetElement>;
};

export class SheetSync {
  readonly #get: GetService;
  readonly #before: ReadonlyMap<string, Drawn>;
  readonly #after: ReadonlyMap<string, Drawn>;
  readonly #applied: Applied;
  readonly #gone = new Set<SheetElement>();
  readonly #come = new Set<SheetElement>();
  readonly #redraw = new Set<SheetElement>();
  readonly #stands = new Map<SheetElement, SheetElement>();

  constructor(
    get: GetService,
    before: ReadonlyMap<string, Drawn>,
    after: ReadonlyMap<string, Drawn>,
    applied: Applied,
  ) {
    this.#get = get;
    this.#before = before;
    this.#after = after;
    this.#applied = applied;
  }

  run(): SheetChange {
    const former = [...this.#before.values()].filter(({ id, kind }) => this.#after.get(id)?.kind !== kind);
    // What is drawn in another way makes room first.
    for (const drawn of former) if (this.#after.has(drawn.id)) this.#remove(drawn);
    for (const drawn of this.#after.values()) if (drawn.kind !== "connection") this.#bring(drawn);
    for (const drawn of this.#after.values()) if (drawn.kind === "connection") this.#bring(drawn);
    this.#showOtherRoot(former);
    for (const kind of ["connection", "shape", "root"]) {
      for (const drawn of former.toReversed()) if (drawn.kind === kind) this.#remove(drawn);
    }
    this.#noteDependents();
    for (const element of this.#redraw) this.#label(element);
    for (const element of [...this.#redraw, ...this.#come]) this.#drilldown(element);
    this.#show();
    return { gone: this.#gone, come: this.#come, stands: this.#stands };
  }

  // show draws again. bpmn-js then measures labels and writes the result into the document, which would look like an
  // edit of the person's own: what is stored stays.
  #show(): void {
    const elements = [...this.#redraw].filter((element) => !this.#gone.has(element));
    const labels = elements.flatMap(({ labelTarget, di }) => (labelTarget && di ? [di] : []));
    const stored = labels.map((di) => ({ di, label: di.label, bounds: boundsOf(di) }));
    this.#get("eventBus").fire("elements.changed", { elements });
    for (const { di, label, bounds } of stored) {
      if (label === undefined) di.set("label", undefined);
      else if (isModdle(label) && isModdle(label.bounds)) Object.assign(label.bounds, bounds);
    }
  }

  #on(id: string | null): SheetElement | undefined {
    return id === null ? undefined : this.#get("elementRegistry").get(id);
  }

  #bring(drawn: Drawn): void {
    const present = this.#on(drawn.id);
    if (!present) this.#add(drawn);
    else if (drawn.kind !== "root") this.#update(present, drawn);
  }

  #add({ id, element, di, parent }: Drawn): void {
    const holder = this.#on(parent);
    const known = this.#before.has(id) && !this.#touches(element, di);
    // An import that could not draw it will not be able to now.
    if (known || (parent !== null && !holder)) return;
    try {
      const added = this.#get("bpmnImporter").add(element, di, holder);
      this.#come.add(added);
      if (added.label) this.#come.add(added.label);
    } catch {
      // Without an end or a host bpmn-js draws nothing; so does an import.
    }
  }

  #update(present: SheetElement, drawn: Drawn): void {
    const { element, di, parent } = drawn;
    const retyped = present.businessObject !== element;
    if (retyped) {
      present.businessObject = element;
      present.type = element.$type;
      if (present.label) present.label.businessObject = element;
    }
    present.di = di;
    if (present.label) present.label.di = di;
    const moved = this.#before.get(drawn.id)?.parent !== parent;
    if (moved) this.#reparent(present, element);
    if (!retyped && !moved && !this.#touches(element, di)) return;
    this.#redraw.add(present);
    if (drawn.kind === "connection") this.#connect(present, element, di);
    else this.#place(present, element, di);
  }

  #touches(element: Moddle, di: Moddle): boolean {
    const { touched } = this.#applied;
    return touched.has(element) || touched.has(di) || (isModdle(di.label) && touched.has(di.label));
  }

  #reparent(present: SheetElement, element: Moddle): void {
    const holder = this.#on(this.#after.get(present.id)?.parent ?? null);
    if (!holder) return;
    // Associations of data lie above everything, as the importer has it.
    const parent = element.$instanceOf("bpmn:DataAssociation")
      ? this.#get("canvas").findRoot(holder)
      : holder;
    present.parent = parent ?? holder;
    if (element.$instanceOf("bpmn:Lane")) toFront(present.parent.children, present);
    for (const label of present.labels ?? []) label.parent = present.parent;
    this.#hide(present);
  }

  #hide(element: SheetElement): void {
    const hidden = Boolean(element.parent?.hidden || element.parent?.collapsed);
    element.hidden = hidden;
    this.#redraw.add(element);
    for (const label of element.labels ?? []) label.hidden = hidden || !getLabel(element as never);
    for (const child of element.children ?? []) this.#hide(child);
  }

  #place(shape: SheetElement, element: Moddle, di: Moddle): void {
    const bounds = di.bounds as Record<"x" | "y" | "width" | "height", number> | undefined;
    if (bounds) {
      shape.x = Math.round(bounds.x);
      shape.y = Math.round(bounds.y);
      shape.width = Math.round(bounds.width);
      shape.height = Math.round(bounds.height);
    }
    shape.isFrame = element.$instanceOf("bpmn:Group");
    const collapsed = !isExpanded(element as never, di as never);
    if (Boolean(shape.collapsed) !== collapsed) {
      shape.collapsed = collapsed;
      for (const child of shape.children ?? []) this.#hide(child);
    }
    const host = element.$instanceOf("bpmn:BoundaryEvent") ? element.attachedToRef : null;
    const wanted = isModdle(host) ? this.#on(idOf(host)) : null;
    if ((shape.host ?? null) !== (wanted ?? null)) shape.host = wanted ?? null;
  }

  #connect(connection: SheetElement, element: Moddle, di: Moddle): void {
    const importer = this.#get("bpmnImporter");
    try {
      const [source, target] = [importer._getSource(element), importer._getTarget(element)];
      if (connection.source !== source) connection.source = source;
      if (connection.target !== target) connection.target = target;
    } catch {
      // An end that is not drawn: the line stays where it was, as it cannot be drawn anew.
    }
    const waypoints = (di.waypoint ?? []) as { x: number; y: number }[];
    if (waypoints.length < 2) return;
    connection.waypoints = waypoints.map(({ x, y }) => ({ x, y }));
    // The importer says so of every line that it has drawn, and bpmn-js then finds out where it docks.
    this.#get("eventBus").fire("bpmnElement.added", { element: connection });
  }

  // showOtherRoot leaves a plane that goes away, without moving the view.
  #showOtherRoot(former: readonly Drawn[]): void {
    const canvas = this.#get("canvas");
    const shown = canvas.getRootElement();
    for (const { id, kind, di, element } of former) {
      const old = kind === "root" ? this.#on(id) : undefined;
      if (!old) continue;
      const [main] = this.#after.values();
      const same = [...this.#after.values()].find((other) => other.kind === "root" && other.di === di);
      const next = this.#on(same?.id ?? main?.id ?? null);
      const pool = [...this.#after.values()].find((other) => other.element.processRef === element);
      const standIn = this.#on(pool?.id ?? null) ?? (same ? next : undefined);
      if (standIn) this.#stands.set(old, standIn);
      if (old !== shown || !next) continue;
      const { x, y, width, height } = canvas.viewbox();
      canvas.setRootElement(next);
      if (same) canvas.viewbox({ x, y, width, height });
    }
    for (const { id, kind, element } of former) {
      // A pool that is gone leaves its content on the sheet.
      if (kind !== "shape" || !isModdle(element.processRef)) continue;
      const [old, root] = [this.#on(id), this.#on(idOf(element.processRef))];
      if (old && root) this.#stands.set(old, root);
    }
  }

  #remove({ id, kind }: Drawn): void {
    const element = this.#on(id);
    if (!element || this.#gone.has(element)) return;
    const canvas = this.#get("canvas");
    const editing = this.#get("directEditing");
    const edited = editing.isActive() ? editing._active?.element : undefined;
    if (edited && (edited === element || edited.labelTarget === element)) editing.cancel();
    for (const label of [...(element.labels ?? [])]) this.#removeLabel(label);
    this.#gone.add(element);
    if (kind === "root") {
      canvas.removeRootElement(element);
      return;
    }
    element.host = null;
    for (const attacher of [...(element.attachers ?? [])]) attacher.host = null;
    if (kind === "connection") {
      element.source = null;
      element.target = null;
      canvas.removeConnection(element);
    } else {
      canvas.removeShape(element);
    }
  }

  #removeLabel(label: SheetElement): void {
    this.#gone.add(label);
    label.labelTarget = null;
    this.#get("canvas").removeShape(label);
  }

  // noteDependents finds what looks different because of something that is not drawn itself.
  #noteDependents(): void {
    const registry = this.#get("elementRegistry");
    for (const touched of this.#applied.touched) {
      if (touched.$instanceOf("bpmn:DataObject") || touched.$instanceOf("bpmn:CategoryValue")) {
        const refers = ({ businessObject }: SheetElement) =>
          businessObject?.dataObjectRef === touched || businessObject?.categoryValueRef === touched;
        for (const element of registry.filter(refers)) this.#redraw.add(element);
        continue;
      }
      for (let holder: Moddle | undefined = touched; holder; holder = holder.$parent) {
        const drawn = registry.get(idOf(holder));
        if (drawn?.businessObject === holder) {
          if (drawn.parent) this.#redraw.add(drawn);
          break;
        }
      }
    }
    for (const element of [...this.#redraw]) {
      // Markers of default and conditional flows depend on where they begin.
      for (const flow of element.outgoing ?? []) this.#redraw.add(flow);
    }
    for (const element of [...this.#redraw]) {
      if (this.#gone.has(element) || !element.parent) this.#redraw.delete(element);
    }
  }

  #label(element: SheetElement): void {
    const { businessObject, di } = element;
    if (!businessObject || !di || element.labelTarget || !this.#touches(businessObject, di)) return;
    const text = isLabelExternal(businessObject as never) ? getLabel(element as never) : "";
    const { label } = element;
    if (!text) {
      if (label) this.#removeLabel(label);
      return;
    }
    if (!label) {
      this.#come.add(this.#get("bpmnImporter").addLabel(businessObject, di, element));
      return;
    }
    // As the importer has it: the width is kept, the height follows the text.
    const renderer = this.#get("textRenderer");
    let bounds = getExternalLabelBounds(di as never, element as never);
    if (isModdle(di.label) && di.label.bounds && bounds.width > 0) {
      const size = renderer.getDimensions(text, { box: bounds, style: renderer.getExternalStyle() });
      bounds = { ...bounds, height: Math.ceil(size.height) };
    } else {
      bounds = renderer.getExternalLabelBounds(bounds, text);
    }
    label.x = Math.round(bounds.x);
    label.y = Math.round(bounds.y);
    label.width = Math.round(bounds.width);
    label.height = Math.round(bounds.height);
    label.hidden = Boolean(element.hidden);
    this.#redraw.add(label);
  }

  #drilldown(element: SheetElement): void {
    if (!element.businessObject?.$instanceOf("bpmn:SubProcess") || element.labelTarget || !element.parent)
      return;
    const overlays = this.#get("drilldownOverlayBehavior");
    if (overlays._canDrillDown(element) && element.collapsed) overlays._addOverlay(element);
    else overlays._removeOverlay(element);
  }
}

function boundsOf({ label }: Moddle): object {
  const bounds = isModdle(label) ? label.bounds : undefined;
  if (!isModdle(bounds)) return {};
  const { x, y, width, height } = bounds;
  return { x, y, width, height };
}

function toFront(list: SheetElement[] | undefined, element: SheetElement): void {
  const at = list?.indexOf(element) ?? -1;
  if (!list || at < 0) return;
  list.splice(at, 1);
  list.unshift(element);
}
