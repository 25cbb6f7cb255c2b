// A CanvasSync puts on an open drawing what others have changed: the document and what is drawn of it take on exactly
// what is stored, field by field, outside of the person's own history. View, selection, an open text editor, undo and
// redo stay.
import { mendHistory, passOverEmptied } from "./canvas-history";
import { drawnElements } from "./drawn-elements";
import type { Foreign } from "./edit-ports";
import { idOf, isModdle, items, type Moddle } from "./moddle-tree";
import { type Left, ModelSync } from "./model-sync";
import { SheetSync } from "./sheet-sync";
import type { GetService } from "./sync-services";

// Overridden is something that somebody else has changed, too, and that stays as the person has it.
export type Overridden = { elementId: string; name: string; field: string };

export type PutOutcome =
  | { kind: "put"; overridden: readonly Overridden[]; emptiedSteps: number }
  // Somebody has changed what the person is just changing: nothing was put.
  | { kind: "waiting" };

type Editor = { get: GetService; getDefinitions(): Moddle | undefined };

export class CanvasSync {
  readonly #editor: Editor;
  // What was put last is what is known next time.
  #last: { xml: string; read: Moddle } | null = null;

  constructor(editor: Editor) {
    this.#editor = editor;
    passOverEmptied(editor.get);
  }

  // put changes the drawing once what the person is just dragging lies where it belongs.
  async put({ known, target, isUnsent }: Foreign): Promise<PutOutcome> {
    const last = this.#last?.xml === known ? this.#last.read : null;
    const [before, after] = await Promise.all([last ?? this.#read(known), this.#read(target)]);
    this.#last = { xml: target, read: after };
    await this.#stillness();
    const definitions = this.#editor.getDefinitions();
    if (!definitions) throw new Error("nothing is drawn");
    const sync = new ModelSync(definitions, before, after);
    if (sync.left.length > 0 && isUnsent()) return { kind: "waiting" };
    const overridden = sync.left.map(describe);
    if (sync.isEmpty) return { kind: "put", overridden, emptiedSteps: 0 };

    const { get } = this.#editor;
    const drawnBefore = drawnElements(definitions);
    const applied = sync.apply();
    const change = new SheetSync(get, drawnBefore, drawnElements(definitions), applied).run();
    const emptiedSteps = mendHistory(get, change, applied.replaced);
    if (emptiedSteps > 0) get("eventBus").fire("commandStack.changed", { trigger: "mended" });
    return { kind: "put", overridden, emptiedSteps };
  }

  async #read(xml: string): Promise<Moddle> {
    const { rootElement } = await this.#editor.get("moddle").fromXML(xml);
    // What an import does with a drawing that says not of what, and with collapsed sub-processes without a plane.
    nameRoot(rootElement);
    this.#editor.get("subprocessCompatibility")._handleImport(rootElement);
    return rootElement;
  }

  #stillness(): Promise<void> {
    const { get } = this.#editor;
    if (!get("dragging").context()) return Promise.resolve();
    return new Promise((done) => {
      const ended = () => {
        if (get("dragging").context()) return;
        get("eventBus").off("drag.cleanup", later);
        done();
      };
      // The end of a drag does its command before anybody else may change something.
      const later = () => setTimeout(ended);
      get("eventBus").on("drag.cleanup", later);
    });
  }
}

function nameRoot(definitions: Moddle): void {
  const [first] = items(definitions.diagrams).filter(isModdle);
  const plane = first?.plane;
  if (!isModdle(plane) || plane.bpmnElement) return;
  const roots = items(definitions.rootElements).filter(isModdle);
  const root = roots.find((one) => one.$instanceOf("bpmn:Process") || one.$instanceOf("bpmn:Collaboration"));
  if (root) plane.set("bpmnElement", root);
}

function describe({ element, field }: Left): Overridden {
  let named: Moddle | undefined = element.$instanceOf("di:DiagramElement")
    ? (element.bpmnElement as Moddle | undefined)
    : element;
  while (named && idOf(named) === "" && named.$parent) named = named.$parent;
  const name = typeof named?.name === "string" ? named.name : "";
  return { elementId: named ? idOf(named) : "", name, field };
}
