// Readers whose elements can be marked, and that can be moved together. Loaded lazily.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { BpmnCanvas } from "./bpmn-canvas";
import type { Element, Services, Viewbox } from "./bpmn-services";
import { type MarkKind, markSign } from "./change-mark";
import "./bpmn-theme.css";
import "./compare-theme.css";

export type Mark = { id: string; kind: MarkKind };

type Box = { x: number; y: number; width: number; height: number };

const planeSuffix = "_plane";
const signs = "laneway-sign";
const chosenMarker = "laneway-chosen";
const padding = 40;

export class MarkedCanvas extends BpmnCanvas {
  readonly #viewer: NavigatedViewer;
  #marks: readonly Mark[] = [];
  #chosen: string | null = null;
  #main: Element | null = null;
  // The view that shows everything, as it was set; while it is still that one, nobody has chosen another.
  #whole: { x: number; y: number; scale: number } | null = null;

  constructor(viewer: NavigatedViewer) {
    super(viewer, null);
    this.#viewer = viewer;
  }

  override async importXml(xml: string) {
    this.#marks = [];
    this.#chosen = null;
    const warnings = await super.importXml(xml);
    this.#main = this.#get("canvas").getRootElement();
    return warnings;
  }

  // mark shows what is given, and nothing of what was marked before.
  mark(marks: readonly Mark[]): void {
    const canvas = this.#get("canvas");
    this.#get("overlays").remove({ type: signs });
    for (const { element, kind } of this.#drawn(this.#marks)) canvas.removeMarker(element, markerOf(kind));
    this.#marks = marks;
    for (const { element, kind } of this.#drawn(marks)) {
      canvas.addMarker(element, markerOf(kind));
      this.#get("overlays").add(element, signs, {
        position: signPlace(element),
        html: markSign(kind),
        scale: { min: 0.8, max: 1.25 },
      });
    }
  }

  // choose makes one element stand out; null makes none.
  choose(id: string | null): void {
    const canvas = this.#get("canvas");
    const before = this.#chosen === null ? undefined : this.#element(this.#chosen);
    if (before) canvas.removeMarker(before, chosenMarker);
    this.#chosen = id;
    const element = id === null ? undefined : this.#element(id);
    if (element) canvas.addMarker(element, chosenMarker);
  }

  // reveal opens the plane that an element is drawn on and gives its place there, null for one that is not drawn.
  reveal(id: string): Box | null {
    const element = this.#element(id);
    const root = element && this.#get("canvas").findRoot(element);
    if (!element || !root) return null;
    if (root !== this.#get("canvas").getRootElement()) this.#get("canvas").setRootElement(root);
    return boxOf(element);
  }

  // onPick calls with the id of what somebody presses.
  onPick(listener: (id: string) => void): void {
    this.#get("eventBus").on("element.click", ({ element }: { element: Element }) => {
      listener(element.id.replace(/_label$/, ""));
    });
  }

  onView(listener: () => void): () => void {
    const events = ["canvas.viewbox.changed", "root.set"];
    this.#get("eventBus").on(events, listener);
    return () => this.#get("eventBus").off(events, listener);
  }

  // measure takes in how much room there is; by itself that happens only after the next frame.
  measure(): void {
    this.#get("canvas").resized();
  }

  view(): Viewbox {
    return this.#get("canvas").viewbox();
  }

  // look shows the part of the sheet that begins at a point, at a scale.
  look({ x, y, scale }: { x: number; y: number; scale: number }): void {
    const now = this.view();
    if (near(now.x, x) && near(now.y, y) && near(now.scale, scale)) return;
    const { width, height } = now.outer;
    this.#get("canvas").viewbox({ x, y, width: width / scale, height: height / scale });
  }

  // lookAtWhole shows what holds everything.
  lookAtWhole(at: { x: number; y: number; scale: number }): void {
    this.look(at);
    this.#whole = at;
  }

  showsWhole(): boolean {
    const { x, y, scale } = this.view();
    const whole = this.#whole;
    // What the drawing tells of its view is rounded.
    const same = whole && Math.abs(whole.x - x) < 2 && Math.abs(whole.y - y) < 2;
    return same === true && Math.abs(whole.scale - scale) < 0.002;
  }

  // plane names the plane that is open: an element that has one of its own, "" for the main one.
  plane(): string {
    const { id } = this.#get("canvas").getRootElement();
    return id.endsWith(planeSuffix) ? id : "";
  }

  // openPlane opens a plane where it exists.
  openPlane(name: string): void {
    const root = name === "" ? this.#main : this.#element(name);
    if (root && root !== this.#get("canvas").getRootElement()) this.#get("canvas").setRootElement(root);
  }

  #drawn(marks: readonly Mark[]): { element: Element; kind: MarkKind }[] {
    return marks.flatMap(({ id, kind }) => {
      const element = this.#element(id);
      return element ? [{ element, kind }] : [];
    });
  }

  #element(id: string): Element | undefined {
    return this.#get("elementRegistry").get(id);
  }

  #get<Name extends keyof Services>(name: Name): Services[Name] {
    return this.#viewer.get<Services[Name]>(name);
  }
}

export function openMarked(container: HTMLElement): MarkedCanvas {
  return new MarkedCanvas(new NavigatedViewer({ container }));
}

// keepTogether lets each canvas follow the other: same place, same scale, same plane.
export function keepTogether(a: MarkedCanvas, b: MarkedCanvas): () => void {
  const follow = (leader: MarkedCanvas, follower: MarkedCanvas) => () => {
    follower.openPlane(leader.plane());
    follower.look(leader.view());
  };
  const stops = [a.onView(follow(a, b)), b.onView(follow(b, a))];
  return () => {
    for (const stop of stops) stop();
  };
}

// fitTogether shows all of both drawings, never larger than natural.
export function fitTogether(canvases: readonly MarkedCanvas[]): void {
  for (const canvas of canvases) canvas.measure();
  const boxes = canvases
    .map((canvas) => canvas.view().inner)
    .filter(({ width, height }) => width > 0 && height > 0);
  const at = viewOf(canvases, boxes, 1);
  if (at) for (const canvas of canvases) canvas.lookAtWhole(at);
}

// refit follows a change of the room: an element that was shown stays in sight, a view of the whole stays one.
export function refit(canvases: readonly MarkedCanvas[], shown: string | null): void {
  if (shown !== null) showTogether(canvases, shown);
  else if (canvases.every((canvas) => canvas.showsWhole())) fitTogether(canvases);
}

// showTogether brings an element to the middle of every canvas. Where it lies at two places, both are in sight.
export function showTogether(canvases: readonly MarkedCanvas[], id: string): void {
  for (const canvas of canvases) canvas.choose(id);
  const boxes = canvases.map((canvas) => canvas.reveal(id)).filter((box) => box !== null);
  const scale = Math.max(canvases[0]?.view().scale ?? 1, 0.6);
  const at = viewOf(canvases, boxes, scale);
  if (at) for (const canvas of canvases) canvas.look(at);
}

// viewOf is the view that has all boxes in its middle, at most at a scale.
function viewOf(canvases: readonly MarkedCanvas[], boxes: readonly Box[], most: number) {
  const first = canvases[0];
  if (!first || boxes.length === 0) return null;
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - left;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - top;
  const { outer } = first.view();
  if (outer.width === 0 || outer.height === 0) return null;
  const room = {
    width: Math.max(outer.width - 2 * padding, 40),
    height: Math.max(outer.height - 2 * padding, 40),
  };
  const scale = Math.min(most, room.width / (width || 1), room.height / (height || 1));
  const x = left + width / 2 - outer.width / 2 / scale;
  const y = top + height / 2 - outer.height / 2 / scale;
  return { x, y, scale };
}

function markerOf(kind: MarkKind): string {
  return `laneway-mark-${kind}`;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.001;
}

function boxOf({ x = 0, y = 0, width = 0, height = 0, waypoints }: Element): Box {
  if (!waypoints) return { x, y, width, height };
  const xs = waypoints.map((point) => point.x);
  const ys = waypoints.map((point) => point.y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

// The sign of a shape sits on its upper left corner, that of a connection on its middle.
function signPlace(element: Element): { top: number; left: number } {
  const { waypoints } = element;
  if (!waypoints) return { top: -10, left: -10 };
  const box = boxOf(element);
  const at = Math.floor((waypoints.length - 1) / 2);
  const [a, b] = [waypoints[at], waypoints[at + 1]];
  if (!a || !b) return { top: 0, left: 0 };
  return { top: (a.y + b.y) / 2 - box.y - 10, left: (a.x + b.x) / 2 - box.x - 10 };
}
