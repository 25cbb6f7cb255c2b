// A BpmnCanvas is an open drawing: what the studio's controls need of bpmn-js, for reading and for editing alike.
// Code outside the lazy chunks knows bpmn-js only through this file's types.
import type BaseViewer from "bpmn-js/lib/BaseViewer";
import type { Present } from "../api/presence";
import type { Services, Viewbox } from "./bpmn-services";
import type { PutOutcome } from "./canvas-sync";
import type { Foreign } from "./edit-ports";
import { hideUnsafeColors } from "./safe-colors";

// ImportWarning is something that the editor could not read as it stands in the document.
export type ImportWarning = { message: string; elementId: string | null };

// Editing is what only an editor can do. A reader has none.
export type Editing = {
  position(): string;
  canUndo(): boolean;
  canRedo(): boolean;
  undo(): void;
  redo(): void;
  // Finishes half-typed labels and properties, so that they become commands.
  commitPending(): void;
  // Puts on the drawing what others have changed.
  put(foreign: Foreign): Promise<PutOutcome>;
  // Marks what others have selected.
  showCompany(others: readonly Present[]): void;
  // Calls with the ids of what is selected whenever that changes.
  onSelection(listener: (ids: string[]) => void): () => void;
  showProperties(parent: HTMLElement): void;
  hideProperties(): void;
  // Calls after every command, undo and redo; gives the way to stop.
  onCommand(listener: () => void): () => void;
};

const xmlOptions = { format: true, preamble: true };
const fitPadding = { top: 32, right: 32, bottom: 72, left: 32 };

export class BpmnCanvas {
  readonly editing: Editing | null;
  readonly #viewer: BaseViewer;
  readonly #room = new ResizeObserver(() => this.#resized());
  // What bpmn-js would have to lay out the whole drawing for, once more after every change.
  #zoom = 1;
  // The view as fit() left it. While it is still that one, nobody has chosen another.
  #fitted: Pick<Viewbox, "x" | "y" | "scale"> | null = null;

  constructor(viewer: BaseViewer, editing: Editing | null) {
    this.#viewer = viewer;
    this.editing = editing;
    hideUnsafeColors((viewer as unknown as { _moddle: Parameters<typeof hideUnsafeColors>[0] })._moddle);
    const container = this.#service("canvas").getContainer();
    container.querySelector("svg")?.setAttribute("aria-label", "Drawing");
    this.#room.observe(container);
    this.onZoom((scale) => {
      this.#zoom = scale;
    });
  }

  // importXml draws a document and fits it into the window. It throws when nothing can be drawn.
  async importXml(xml: string): Promise<ImportWarning[]> {
    const { warnings } = await this.#viewer.importXML(xml);
    this.fit();
    return warnings.map(readWarning);
  }

  async exportXml(): Promise<string> {
    const { xml } = await this.#viewer.saveXML(xmlOptions);
    if (xml === undefined) throw new Error("the editor gave no document");
    return xml;
  }

  async exportSvg(): Promise<string> {
    const { svg } = await this.#viewer.saveSVG();
    return svg;
  }

  zoomIn(): void {
    this.#service("zoomScroll").stepZoom(1);
  }

  zoomOut(): void {
    this.#service("zoomScroll").stepZoom(-1);
  }

  // zoom is the present scale, 1 = natural size.
  zoom(): number {
    return this.#zoom;
  }

  // fit shows the whole drawing, never larger than natural, beside palette and controls instead of below them. A view
  // that was fitted and not touched since is fitted again whenever its room changes.
  fit(): void {
    const canvas = this.#service("canvas");
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    if (outer.width === 0 || outer.height === 0) return;
    const left = fitPadding.left + paletteWidth(canvas.getContainer());
    const room = {
      width: Math.max(outer.width - left - fitPadding.right, 80),
      height: Math.max(outer.height - fitPadding.top - fitPadding.bottom, 80),
    };
    const scale = Math.min(1, room.width / (inner.width || 1), room.height / (inner.height || 1));
    canvas.viewbox({
      x: inner.x - (left + (room.width - inner.width * scale) / 2) / scale,
      y: inner.y - (fitPadding.top + (room.height - inner.height * scale) / 2) / scale,
      width: outer.width / scale,
      height: outer.height / scale,
    });
    this.#fitted = canvas.viewbox();
  }

  onZoom(listener: (scale: number) => void): () => void {
    const heard = ({ viewbox }: { viewbox: Viewbox }) => listener(viewbox.scale);
    this.#service("eventBus").on("canvas.viewbox.changed", heard);
    return () => this.#service("eventBus").off("canvas.viewbox.changed", heard);
  }

  // show selects an element, on whichever plane it lies, and brings it into view.
  show(elementId: string): void {
    const element = this.#service("elementRegistry").get(elementId);
    if (!element) return;
    const canvas = this.#service("canvas");
    const root = canvas.findRoot(element);
    if (root) canvas.setRootElement(root);
    // The box is in pixels of the window, so the way to the middle is divided by the scale.
    const box = canvas.getAbsoluteBBox(element);
    const { x, y, width, height, scale, outer } = canvas.viewbox();
    canvas.viewbox({
      x: x + (box.x + box.width / 2 - outer.width / 2) / scale,
      y: y + (box.y + box.height / 2 - outer.height / 2) / scale,
      width,
      height,
    });
    if (this.editing) this.#service("selection").select(element);
    else canvas.getGraphics(element).classList.add("laneway-shown");
  }

  setMinimap(state: "open" | "closed"): void {
    if (state === "open") this.#service("minimap").open();
    else this.#service("minimap").close();
  }

  // takeFocus gives the keyboard to the sheet, unless somebody has gone elsewhere on the page already.
  takeFocus(): void {
    const holder = document.activeElement;
    if (holder === null || holder === document.body || holder.tagName === "MAIN") {
      this.#service("canvas").focus();
    }
  }

  destroy(): void {
    this.#room.disconnect();
    this.#viewer.destroy();
  }

  #resized(): void {
    const { clientWidth, clientHeight } = this.#service("canvas").getContainer();
    // Nothing can be kept in sight where there is no room; the next size tells more.
    if (clientWidth === 0 || clientHeight === 0) return;
    if (this.#untouched() && !this.#busy()) this.fit();
    else this.#service("canvas").resized();
  }

  #untouched(): boolean {
    if (!this.#fitted) return false;
    const { x, y, scale } = this.#service("canvas").viewbox();
    return x === this.#fitted.x && y === this.#fitted.y && scale === this.#fitted.scale;
  }

  // Under a hand that drags, or that types a label, the drawing stays where it is.
  #busy(): boolean {
    const labels = this.#viewer.get<Services["directEditing"] | null>("directEditing", false);
    const dragging = this.#viewer.get<Services["dragging"] | null>("dragging", false);
    return labels?.isActive() === true || dragging?.context() != null;
  }

  #service<Name extends keyof Services>(name: Name): Services[Name] {
    return this.#viewer.get<Services[Name]>(name);
  }
}

// The palette floats over the left edge, in one column or two.
function paletteWidth(container: HTMLElement): number {
  return container.querySelector<HTMLElement>(".djs-palette.open")?.offsetWidth ?? 0;
}

function readWarning(warning: unknown): ImportWarning {
  const { message, element } = warning as { message?: unknown; element?: { id?: unknown } };
  return {
    message: firstLine(typeof message === "string" ? message : "unreadable content"),
    elementId: typeof element?.id === "string" ? element.id : null,
  };
}

// Some warnings carry the whole element or a stack after their first line.
function firstLine(text: string): string {
  const line = text.split("\n", 1)[0]?.trim() ?? "";
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
