// A BpmnCanvas is an open drawing: what the studio's controls need of bpmn-js, for reading and for editing alike.
// Code outside the lazy chunks knows bpmn-js only through this file's types.
import type BaseViewer from "bpmn-js/lib/BaseViewer";
import type { Services, Viewbox } from "./bpmn-services";
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

  constructor(viewer: BaseViewer, editing: Editing | null) {
    this.#viewer = viewer;
    this.editing = editing;
    hideUnsafeColors((viewer as unknown as { _moddle: Parameters<typeof hideUnsafeColors>[0] })._moddle);
    this.#service("canvas").getContainer().querySelector("svg")?.setAttribute("aria-label", "Drawing");
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
    return this.#service("canvas").zoom();
  }

  // fit shows the whole drawing, never larger than natural, beside palette and controls instead of below them.
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

  // resized tells the drawing that its room has changed.
  resized(): void {
    this.#service("canvas").resized();
  }

  focus(): void {
    this.#service("canvas").focus();
  }

  destroy(): void {
    this.#viewer.destroy();
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
