// The reader: bpmn-js without anything that could change a document. Loaded lazily.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import editorActionsModule from "diagram-js/lib/features/editor-actions";
import keyboardModule from "diagram-js/lib/features/keyboard";
import minimapModule from "diagram-js-minimap";
import { BpmnCanvas } from "./bpmn-canvas";
import "./bpmn-theme.css";

// openViewer makes an empty reader in a container.
export function openViewer(container: HTMLElement): BpmnCanvas {
  const viewer = new NavigatedViewer({
    container,
    // The first two bring the keys of zooming; of other actions there are none without an editor.
    additionalModules: [keyboardModule, editorActionsModule, minimapModule],
  });
  return new BpmnCanvas(viewer, null);
}
