// The editor: bpmn-js with properties panel, minimap and toolbars. Loaded lazily.
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from "bpmn-js-properties-panel";
import minimapModule from "diagram-js-minimap";
import { BpmnCanvas, type Editing } from "./bpmn-canvas";
import type { Services } from "./bpmn-services";
import { CanvasSync } from "./canvas-sync";
import { CompanyMarks } from "./company-marks";
import type { Moddle } from "./moddle-tree";
import { toolbarModule } from "./palette-toolbar";
import "./bpmn-theme.css";

// openModeler makes an empty editor in a container.
export function openModeler(container: HTMLElement): BpmnCanvas {
  const modeler = new Modeler({
    container,
    canvas: { autoFocus: true },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      minimapModule,
      toolbarModule,
    ],
  });
  const service = <Name extends keyof Services>(name: Name) => modeler.get<Services[Name]>(name);

  const sync = new CanvasSync({
    get: (name) => modeler.get(name),
    getDefinitions: () => modeler.getDefinitions() as unknown as Moddle | undefined,
  });

  const marks = new CompanyMarks(modeler.get("canvas"), modeler.get("elementRegistry"));

  const editing: Editing = {
    position() {
      const { _stack, _stackIdx } = service("commandStack");
      return String(_stack[_stackIdx]?.id ?? 0);
    },
    canUndo: () => service("commandStack").canUndo(),
    canRedo: () => service("commandStack").canRedo(),
    undo: () => service("commandStack").undo(),
    redo: () => service("commandStack").redo(),
    commitPending() {
      const labels = service("directEditing");
      if (labels.isActive()) labels.complete();
      commitField();
    },
    put: (foreign) => sync.put(foreign),
    showCompany: (others) => marks.show(others),
    onSelection(listener) {
      const heard = ({ newSelection }: { newSelection: { id: string }[] }) =>
        listener(newSelection.map(({ id }) => id));
      service("eventBus").on("selection.changed", heard);
      return () => service("eventBus").off("selection.changed", heard);
    },
    showProperties: (parent) => service("propertiesPanel").attachTo(parent),
    hideProperties: () => service("propertiesPanel").detach(),
    onCommand(listener) {
      service("eventBus").on("commandStack.changed", listener);
      return () => service("eventBus").off("commandStack.changed", listener);
    },
  };
  return new BpmnCanvas(modeler, editing);
}

// The properties panel turns what is typed into a command when the field loses the focus. The focus goes back at
// once, so that somebody who pressed Ctrl+S can type on.
function commitField(): void {
  const field = document.activeElement;
  if (!(field instanceof HTMLElement) || !field.closest(".bio-properties-panel")) return;
  field.blur();
  field.focus({ preventScroll: true });
}
