// The merged drawing as it would be stored with the choices made so far. It is asked of the server, because only the
// server merges; while an answer is on its way the last one stays.
import { useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { type Choice, type Dispute, decide } from "../api/draft";
import { describeError } from "../api/problem";
import type { Mark, MarkedCanvas } from "./compare-viewer";

const calmMs = 250;

export type Preview = { bpmnXml: string | null; problem: string | null };

// usePreview asks for the merged document after every choice, once the person pauses.
export function usePreview(
  organizationId: string,
  diagramId: string,
  { draftId, currentVersion }: Dispute,
  choices: Readonly<Record<string, Choice>>,
  // While a decision is being stored, or another way is under way, there is nothing more to preview: with it the draft goes.
  wanted: boolean,
  onAgain: (dispute: Dispute) => void,
): Preview {
  const api = useApi();
  const [preview, setPreview] = useState<Preview>({ bpmnXml: null, problem: null });
  const again = useRef(onAgain);
  const first = useRef(true);
  useEffect(() => {
    again.current = onAgain;
  }, [onAgain]);

  useEffect(() => {
    if (!wanted) return;
    const controller = new AbortController();
    const { signal } = controller;
    const ask = async () => {
      try {
        const asked = { draftId, currentVersion, choices, preview: true } as const;
        const decided = await decide(api, organizationId, diagramId, asked, signal);
        if (signal.aborted) return;
        if (decided.kind === "again") again.current(decided.dispute);
        else setPreview({ bpmnXml: decided.saved.bpmnXml ?? null, problem: null });
      } catch (error) {
        if (!signal.aborted) setPreview((last) => ({ ...last, problem: describeError(error) }));
      }
    };
    const timer = setTimeout(() => void ask(), first.current ? 0 : calmMs);
    first.current = false;
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api, organizationId, diagramId, draftId, currentVersion, choices, wanted]);
  return preview;
}

type ResolverDrawingProps = {
  bpmnXml: string | null;
  marks: readonly Mark[];
  // The element that the present conflict is about.
  chosen: string | null;
  onPick: (id: string) => void;
};

type Viewer = typeof import("./compare-viewer");

export function ResolverDrawing({ bpmnXml, marks, chosen, onPick }: ResolverDrawingProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  const shown = useRef(chosen);
  const drawing = useRef(Promise.resolve());
  const fitted = useRef(false);
  const [opened, setOpened] = useState<{ viewer: Viewer; canvas: MarkedCanvas } | null>(null);
  const [drawn, setDrawn] = useState<object | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    pick.current = onPick;
    shown.current = chosen;
  }, [onPick, chosen]);

  useEffect(() => {
    const container = sheet.current;
    if (!container) return;
    let gone = false;
    let close = () => {};
    void import("./compare-viewer").then((viewer) => {
      if (gone) return;
      const canvas = viewer.openMarked(container);
      canvas.onPick((id) => pick.current(id));
      const observer = new ResizeObserver(() => {
        viewer.refit([canvas], shown.current);
      });
      observer.observe(container);
      close = () => {
        observer.disconnect();
        canvas.destroy();
      };
      setOpened({ viewer, canvas });
    });
    return () => {
      gone = true;
      fitted.current = false;
      close();
      setOpened(null);
    };
  }, []);

  useEffect(() => {
    if (!opened || bpmnXml === null) return;
    let gone = false;
    const { viewer, canvas } = opened;
    drawing.current = drawing.current.then(async () => {
      if (gone) return;
      const [view, plane] = fitted.current ? [canvas.view(), canvas.plane()] : [null, ""];
      try {
        await canvas.importXml(bpmnXml);
        if (gone) return;
        if (view) {
          canvas.openPlane(plane);
          canvas.look(view);
        } else {
          viewer.fitTogether([canvas]);
        }
        fitted.current = true;
        setFault(null);
      } catch (error) {
        if (!gone) setFault(error instanceof Error ? error.message : String(error));
      }
      if (!gone) setDrawn({});
    });
    return () => {
      gone = true;
    };
  }, [opened, bpmnXml]);

  useEffect(() => {
    if (opened && drawn) opened.canvas.mark(marks);
  }, [opened, drawn, marks]);

  useEffect(() => {
    if (!opened || !drawn) return;
    if (chosen !== null) opened.viewer.showTogether([opened.canvas], chosen);
    else opened.canvas.choose(null);
  }, [opened, drawn, chosen]);

  return (
    <section
      aria-label="What would be stored"
      aria-busy={drawn === null}
      className="relative isolate min-h-0 min-w-0 flex-1 bg-paper"
    >
      <div ref={sheet} className="absolute inset-0" />
      {fault !== null && (
        <p className="wrap-anywhere absolute inset-0 flex items-center justify-center bg-surface p-6 text-center text-muted">
          The merged document can’t be drawn: {fault}
        </p>
      )}
    </section>
  );
}
