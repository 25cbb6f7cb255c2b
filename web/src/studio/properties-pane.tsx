import { type CSSProperties, type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { Editing } from "./bpmn-canvas";
import { usePreference } from "./preferences";

const width = { least: 240, usual: 288, most: 560, step: 16 };

// PropertiesPane holds the properties panel: at the right of the drawing, on small screens below it. It takes room
// from the drawing instead of covering it, so that the watermark stays in sight.
export function PropertiesPane({ editing }: { editing: Editing }) {
  const host = useRef<HTMLDivElement>(null);
  const [wide, setWide] = usePreference("properties.width", (stored) =>
    within(Number(stored ?? width.usual)),
  );
  const start = useRef<{ x: number; wide: number } | null>(null);

  useEffect(() => {
    if (!host.current) return;
    editing.showProperties(host.current);
    return () => {
      editing.commitPending();
      editing.hideProperties();
    };
  }, [editing]);

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, wide };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (start.current) setWide(within(start.current.wide + start.current.x - event.clientX));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowLeft: width.step, ArrowRight: -width.step }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setWide(within(wide + step));
  };

  return (
    <aside
      aria-label="Properties"
      className="relative flex h-[44%] min-h-0 shrink-0 border-line border-t bg-surface md:h-full md:w-(--pane) md:border-t-0 md:border-l"
      style={{ "--pane": `${wide}px` } as CSSProperties}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that can be moved is no rule */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the properties"
        aria-valuenow={wide}
        aria-valuemin={width.least}
        aria-valuemax={width.most}
        tabIndex={0}
        className="absolute inset-y-0 -left-1 z-10 hidden w-2 cursor-col-resize touch-none hover:bg-accent/30 focus-visible:bg-accent/40 md:block"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          start.current = null;
        }}
        onPointerCancel={() => {
          start.current = null;
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={host} className="min-w-0 flex-1 overflow-hidden" />
    </aside>
  );
}

function within(wanted: number): number {
  return Number.isFinite(wanted) ? Math.min(Math.max(wanted, width.least), width.most) : width.usual;
}
