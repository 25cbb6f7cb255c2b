// An older version, drawn over the present one for looking at. The editor stays open below it, as it was.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { type Version, versionQuery } from "../api/version";
import { Button, buttonStyle } from "../ui/button";
import type { BpmnCanvas } from "./bpmn-canvas";
import { CanvasControls } from "./canvas-controls";
import { authorWords, clockWords, dayWords } from "./version-words";

type HistoryPreviewProps = {
  organizationId: string;
  diagramId: string;
  version: Version;
  current: boolean;
  onRestore: ((version: Version) => void) | null;
  onClose: () => void;
};

export function HistoryPreview(props: HistoryPreviewProps) {
  const { organizationId, diagramId, version, current, onRestore, onClose } = props;
  const api = useApi();
  const content = useQuery(versionQuery(api, organizationId, diagramId, version.number));
  const sheet = useRef<HTMLDivElement>(null);
  const [canvas, setCanvas] = useState<BpmnCanvas | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const xml = content.data?.bpmnXml;
  useEffect(() => {
    if (xml === undefined || !sheet.current) return;
    const container = sheet.current;
    let gone = false;
    let opened: BpmnCanvas | null = null;
    setFault(null);
    void import("./bpmn-viewer").then(async ({ openViewer }) => {
      if (gone) return;
      opened = openViewer(container);
      try {
        await opened.importXml(xml);
        if (!gone) setCanvas(opened);
      } catch (error) {
        if (!gone) setFault(error instanceof Error ? error.message : String(error));
      }
    });
    return () => {
      gone = true;
      setCanvas(null);
      opened?.destroy();
    };
  }, [xml]);

  usePreviewKeys(onClose);

  const failure = content.error ? describeError(content.error) : fault;
  return (
    <section
      aria-label={`Version ${version.number}`}
      className="absolute inset-0 z-10 flex flex-col bg-paper"
    >
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-line border-b bg-accent-soft px-3 py-1.5">
        <p className="wrap-anywhere min-w-40 flex-1">
          <strong className="font-semibold">{version.label ?? `Version ${version.number}`}</strong>
          <span className="text-muted">
            {" "}
            {version.label === null ? "" : `version ${version.number}, `}
            {dayWords(version.createdAt, new Date())} {clockWords(version.createdAt)}, {authorWords(version)}
          </span>
        </p>
        {!current && (
          <Link
            to="/o/$organizationId/diagrams/$diagramId/compare"
            params={{ organizationId, diagramId }}
            search={{ from: version.number }}
            className={buttonStyle({ size: "small", className: "hover:bg-hover" })}
          >
            Compare with the current one
          </Link>
        )}
        {!current && onRestore && (
          <Button size="small" onClick={() => onRestore(version)}>
            Restore this version
          </Button>
        )}
        <Button size="small" variant="primary" onClick={onClose}>
          Back to the present
        </Button>
      </div>
      <div className="relative isolate min-h-0 flex-1">
        <div ref={sheet} className="absolute inset-0" aria-busy={!canvas && failure === null} />
        {canvas && <CanvasControls canvas={canvas} />}
        {failure !== null && (
          <p className="wrap-anywhere absolute inset-0 flex items-center justify-center bg-surface p-6 text-center text-muted">
            {failure === "no diagram to display" ? "This version holds no drawing." : failure}
          </p>
        )}
      </div>
    </section>
  );
}

// While an older version lies over the editor, keys must not edit what cannot be seen.
function usePreviewKeys(onClose: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && /^[zy]$/i.test(event.key)) event.preventDefault();
      const inLayer =
        event.target instanceof Element &&
        event.target.closest("[role=menu], [role=dialog], [role=alertdialog], input") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !inLayer) onClose();
    };
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, [onClose]);
}
