// The reader: bpmn-js without anything that could change a document. Loaded lazily.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import minimapModule from "diagram-js-minimap";
import { BpmnCanvas } from "./bpmn-canvas";
import "./bpmn-theme.css";

// openViewer makes an empty reader in a container.
export function openViewer(container: HTMLElement): BpmnCanvas {
  return new BpmnCanvas(new NavigatedViewer({ container, additionalModules: [minimapModule] }), null);
}
