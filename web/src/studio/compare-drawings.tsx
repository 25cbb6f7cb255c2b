// Two drawings beside each other, moved as one. The reader of drawings is loaded when the first is to be shown.
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { IconButton } from "../ui/icon-button";
import type { ChangeGroup } from "./change-groups";
import type { Mark, MarkedCanvas } from "./compare-viewer";
import { useZoom } from "./studio-hooks";

export type Side = { caption: string; bpmnXml: string };

type CompareDrawingsProps = {
  before: Side;
  after: Side;
  groups: readonly ChangeGroup[];
  chosen: string | null;
  // Somebody pressed an element on one of the sheets.
  onPick: (id: string) => void;
};

type Viewer = typeof import("./compare-viewer");
type Pair = { viewer: Viewer; before: MarkedCanvas; after: MarkedCanvas };
type Undrawable = { before: string | null; after: string | null };

export function CompareDrawings({ before, after, groups, chosen, onPick }: CompareDrawingsProps) {
  const sheetBefore = useRef<HTMLDivElement>(null);
  const sheetAfter = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  const shown = useRef(chosen);
  const drawing = useRef(Promise.resolve());
  const [pair, setPair] = useState<Pair | null>(null);
  const [drawn, setDrawn] = useState<object | null>(null);
  const [undrawable, setUndrawable] = useState<Undrawable>({ before: null, after: null });

  useEffect(() => {
    pick.current = onPick;
    shown.current = chosen;
  }, [onPick, chosen]);

  useEffect(() => {
    const [left, right] = [sheetBefore.current, sheetAfter.current];
    if (!left || !right) return;
    let gone = false;
    let close = () => {};
    void import("./compare-viewer").then((viewer) => {
      if (gone) return;
      const canvases = { before: viewer.openMarked(left), after: viewer.openMarked(right) };
      const both = [canvases.before, canvases.after];
      for (const canvas of both) canvas.onPick((id) => pick.current(id));
      const part = viewer.keepTogether(canvases.before, canvases.after);
      const observer = new ResizeObserver(() => {
        viewer.refit(both, shown.current);
      });
      observer.observe(left);
      observer.observe(right);
      close = () => {
        observer.disconnect();
        part();
        for (const canvas of both) canvas.destroy();
      };
      setPair({ viewer, ...canvases });
    });
    return () => {
      gone = true;
      close();
      setPair(null);
    };
  }, []);

  useEffect(() => {
    if (!pair) return;
    let gone = false;
    setDrawn(null);
    const draw = async (canvas: MarkedCanvas, xml: string) => {
      try {
        await canvas.importXml(xml);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    // One after the other: the canvases follow each other's view, and none can draw two documents at once.
    drawing.current = drawing.current.then(async () => {
      if (gone) return;
      const faults = {
        before: await draw(pair.before, before.bpmnXml),
        after: await draw(pair.after, after.bpmnXml),
      };
      if (gone) return;
      pair.viewer.fitTogether([pair.before, pair.after]);
      setUndrawable(faults);
      setDrawn({});
    });
    return () => {
      gone = true;
    };
  }, [pair, before.bpmnXml, after.bpmnXml]);

  useEffect(() => {
    if (!pair || !drawn) return;
    const marks = groups.map(({ id, kind }): Mark => ({ id, kind }));
    pair.before.mark(marks);
    pair.after.mark(marks);
  }, [pair, drawn, groups]);

  useEffect(() => {
    if (!pair || !drawn) return;
    const both = [pair.before, pair.after];
    if (chosen !== null) pair.viewer.showTogether(both, chosen);
    else for (const canvas of both) canvas.choose(null);
  }, [pair, drawn, chosen]);

  const group = groups.find(({ id }) => id === chosen);
  return (
    <div className="relative flex min-h-0 min-w-0 flex-1 flex-col lg:flex-row">
      <Pane
        side={before}
        sheet={sheetBefore}
        fault={undrawable.before}
        missing={group?.drawnAfter === true && !group.drawnBefore}
      />
      <Pane
        side={after}
        sheet={sheetAfter}
        fault={undrawable.after}
        missing={group?.drawnBefore === true && !group.drawnAfter}
        className="max-lg:border-t lg:border-l"
      />
      {pair && drawn && (
        <Zoom canvas={pair.after} onFit={() => pair.viewer.fitTogether([pair.before, pair.after])} />
      )}
    </div>
  );
}

type PaneProps = {
  side: Side;
  sheet: RefObject<HTMLDivElement | null>;
  fault: string | null;
  // The chosen element is not on this sheet.
  missing: boolean;
  className?: string;
};

function Pane({ side, sheet, fault, missing, className }: PaneProps) {
  return (
    <section
      aria-label={side.caption}
      className={`relative isolate min-h-0 min-w-0 flex-1 border-line bg-paper ${className ?? ""}`}
    >
      <div ref={sheet} className="absolute inset-0" />
      <h2 className="pointer-events-none absolute top-2 left-2 z-10 max-w-[calc(100%-1rem)] truncate rounded-md border border-line bg-raised px-2 py-1 font-medium text-xs">
        {side.caption}
        {missing && <span className="font-normal text-muted"> · not in this one</span>}
      </h2>
      {fault !== null && (
        <p className="wrap-anywhere absolute inset-0 flex items-center justify-center bg-surface p-6 text-center text-muted">
          {fault === "no diagram to display"
            ? "This document holds no drawing."
            : `This document can’t be drawn: ${fault}`}
        </p>
      )}
    </section>
  );
}

function Zoom({ canvas, onFit }: { canvas: MarkedCanvas; onFit: () => void }) {
  const scale = useZoom(canvas);
  return (
    <div
      role="toolbar"
      aria-label="View"
      className="absolute right-20 bottom-3 z-10 flex items-center rounded-md border border-line bg-raised [&_button]:size-7"
    >
      <IconButton label="Zoom out" onClick={() => canvas.zoomOut()}>
        <ZoomOut aria-hidden="true" />
      </IconButton>
      <span className="w-10 text-center text-muted text-xs tabular-nums">{Math.round(scale * 100)} %</span>
      <IconButton label="Zoom in" onClick={() => canvas.zoomIn()}>
        <ZoomIn aria-hidden="true" />
      </IconButton>
      <IconButton label="Fit both drawings" onClick={onFit}>
        <Maximize aria-hidden="true" />
      </IconButton>
    </div>
  );
}
