// The services of bpmn-js that the studio uses, as narrow as it uses them. bpmn-js hands services out by name, so
// this is the one place where a name is tied to a type.

export type Element = {
  id: string;
  type?: string;
  businessObject?: { name?: string; $type?: string };
  parent?: Element | null;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  // Only connections have these.
  waypoints?: { x: number; y: number }[];
};

export type Viewbox = {
  x: number;
  y: number;
  width: number;
  height: number;
  scale: number;
  inner: { x: number; y: number; width: number; height: number };
  outer: { width: number; height: number };
};

export type Services = {
  canvas: {
    viewbox(): Viewbox;
    viewbox(box: { x: number; y: number; width: number; height: number }): Viewbox;
    zoom(): number;
    focus(): void;
    resized(): void;
    getContainer(): HTMLElement;
    getGraphics(element: Element): SVGElement;
    getRootElement(): Element;
    setRootElement(root: Element): void;
    findRoot(element: Element): Element | undefined;
    addMarker(element: Element, marker: string): void;
    removeMarker(element: Element, marker: string): void;
    getAbsoluteBBox(element: Element): { x: number; y: number; width: number; height: number };
  };
  commandStack: {
    canUndo(): boolean;
    canRedo(): boolean;
    undo(): void;
    redo(): void;
    // Not part of the documented surface, but the only identity of a position: every action carries the id of the
    // command that a person did, and ids are never used twice.
    _stack: { id?: number }[];
    _stackIdx: number;
  };
  directEditing: { isActive(): boolean; complete(): void };
  dragging: {
    context(): { prefix: string; data: { context?: { canExecute?: unknown } } } | null;
    hover(event: { element: Element; gfx: SVGElement }): void;
    out(event: object): void;
    move(event: MouseEvent): void;
    end(event: MouseEvent): void;
    cancel(): void;
  };
  elementRegistry: { get(id: string): Element | undefined };
  eventBus: {
    on(event: string | string[], listener: (event: never) => void): void;
    off(event: string | string[], listener: (event: never) => void): void;
  };
  minimap: { open(): void; close(): void };
  overlays: {
    add(
      element: Element,
      type: string,
      overlay: {
        position: { top: number; left: number };
        html: HTMLElement;
        scale: { min: number; max: number };
      },
    ): string;
    remove(filter: { type: string }): void;
  };
  propertiesPanel: { attachTo(parent: HTMLElement): void; detach(): void };
  selection: { get(): Element[]; select(element: Element | null): void };
  zoomScroll: { stepZoom(delta: number): void };
};
