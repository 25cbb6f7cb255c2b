import { Map as MapIcon, Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { useEffect } from "react";
import { IconButton } from "../ui/icon-button";
import type { BpmnCanvas } from "./bpmn-canvas";
import { usePreference } from "./preferences";
import { useZoom } from "./studio-hooks";
import { sheetKeys, shortcutText } from "./studio-keys";

// CanvasControls stand at the bottom right, left of the bpmn.io watermark and never over it.
export function CanvasControls({ canvas }: { canvas: BpmnCanvas }) {
  const scale = useZoom(canvas);
  const [minimap, setMinimap] = usePreference("minimap", (stored) => stored === "true");

  useEffect(() => canvas.setMinimap(minimap ? "open" : "closed"), [canvas, minimap]);

  return (
    <div
      role="toolbar"
      aria-label="View"
      className="absolute right-20 bottom-3 z-10 flex items-center rounded-md border border-line bg-raised [&_button]:size-7"
    >
      <span className="laneway-minimap-switch flex items-center">
        <IconButton label="Minimap" aria-pressed={minimap} onClick={() => setMinimap(!minimap)}>
          <MapIcon aria-hidden="true" />
        </IconButton>
        <span aria-hidden="true" className="mx-0.5 h-4 w-px bg-line" />
      </span>
      <IconButton
        label="Zoom out"
        shortcut={shortcutText(sheetKeys.zoomOut)}
        onClick={() => canvas.zoomOut()}
      >
        <ZoomOut aria-hidden="true" />
      </IconButton>
      <span className="w-10 text-center text-muted text-xs tabular-nums">{Math.round(scale * 100)} %</span>
      <IconButton label="Zoom in" shortcut={shortcutText(sheetKeys.zoomIn)} onClick={() => canvas.zoomIn()}>
        <ZoomIn aria-hidden="true" />
      </IconButton>
      <IconButton label="Fit the drawing" onClick={() => canvas.fit()}>
        <Maximize aria-hidden="true" />
      </IconButton>
    </div>
  );
}
