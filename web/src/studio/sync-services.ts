// The services of bpmn-js that bringing a drawing up to date needs, as narrow as it uses them.
import type { Moddle } from "./moddle-tree";

type Point = { x: number; y: number };
type Bounds = Point & { width: number; height: number };

// SheetElement is what diagram-js draws. Its relations (parent and children, host and attachers, label and target,
// the ends of connections) are kept up on both sides by diagram-js itself.
export type SheetElement = Partial<Bounds> & {
  id: string;
  type?: string;
  businessObject?: Moddle;
  di?: Moddle;
  parent?: SheetElement | null;
  children?: SheetElement[];
  label?: SheetElement | null;
  labelTarget?: SheetElement | null;
  labels?: SheetElement[];
  host?: SheetElement | null;
  attachers?: SheetElement[];
  incoming?: SheetElement[];
  outgoing?: SheetElement[];
  source?: SheetElement | null;
  target?: SheetElement | null;
  waypoints?: Point[];
  collapsed?: boolean;
  hidden?: boolean;
  isFrame?: boolean;
};

export type StackEntry = { command: string; context: Record<string, unknown>; id?: number };

export type SyncServices = {
  moddle: { fromXML(xml: string): Promise<{ rootElement: Moddle }> };
  canvas: {
    viewbox(): Bounds;
    viewbox(box: Bounds): unknown;
    getRootElement(): SheetElement;
    setRootElement(root: SheetElement): void;
    removeRootElement(root: SheetElement): void;
    removeShape(shape: SheetElement): void;
    removeConnection(connection: SheetElement): void;
    findRoot(element: SheetElement): SheetElement | undefined;
  };
  elementRegistry: {
    get(id: string): SheetElement | undefined;
    filter(test: (element: SheetElement) => boolean): SheetElement[];
  };
  bpmnImporter: {
    add(element: Moddle, di: Moddle, parent?: SheetElement): SheetElement;
    addLabel(element: Moddle, di: Moddle, target: SheetElement): SheetElement;
    _getSource(element: Moddle): SheetElement;
    _getTarget(element: Moddle): SheetElement;
  };
  textRenderer: {
    getDimensions(text: string, options: object): Bounds;
    getExternalLabelBounds(bounds: Bounds, text: string): Bounds;
    getExternalStyle(): object;
  };
  eventBus: {
    on(event: string, listener: (event: never) => void): void;
    off(event: string, listener: (event: never) => void): void;
    fire(event: string, data?: object): unknown;
  };
  dragging: { context(): object | null };
  directEditing: { isActive(): boolean; cancel(): void; _active?: { element: SheetElement } };
  drilldownOverlayBehavior: {
    _canDrillDown(element: SheetElement): unknown;
    _addOverlay(element: SheetElement): void;
    _removeOverlay(element: SheetElement): void;
  };
  subprocessCompatibility: { _handleImport(definitions: Moddle): void };
  commandStack: {
    register(command: string, handler: object): void;
    undo(): void;
    redo(): void;
    canUndo(): boolean;
    canRedo(): boolean;
    _stack: StackEntry[];
    _stackIdx: number;
  };
};

export type GetService = <Name extends keyof SyncServices>(name: Name) => SyncServices[Name];
