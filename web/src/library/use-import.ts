import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useApi } from "../api/api-context";
import { createDiagram, diagramKeys, uploadDiagram } from "../api/diagram";
import { newKey } from "../api/idempotency";
import { acrossExpiry } from "../api/session";
import { dismissToast, notify } from "../ui/toaster";
import { type ImportItem, ImportRun, type Upload } from "./import-run";
import {
  hasFiles,
  type ImportSource,
  isTyping,
  sourceFromText,
  sourcesFromFiles,
  titleOf,
} from "./import-source";

const toastId = "import";
const nothing: readonly ImportItem[] = [];

type ImportControl = {
  run: ImportRun | undefined;
  items: readonly ImportItem[];
  // shown: the result needs to be seen. One document that came through as it was is just opened.
  shown: boolean;
  start: (sources: readonly ImportSource[]) => void;
  close: () => void;
};

// useImport runs imports into an organization, and there into a project where one is given. onOpen gets the id of a
// single document that came through.
export function useImport(
  organizationId: string,
  projectId: string | undefined,
  onOpen: (diagramId: string) => void,
): ImportControl {
  const api = useApi();
  const queryClient = useQueryClient();
  const [run, setRun] = useState<ImportRun>();
  const [shown, setShown] = useState(false);
  const items = useSyncExternalStore(run?.subscribe ?? subscribeNothing, run?.items ?? readNothing);

  const upload = useCallback<Upload>(
    async (source, { repair, idempotencyKey }) => {
      const title = titleOf(source.name);
      const into = projectId ? { projectId } : {};
      if (source.kind === "text") {
        const diagram = { title, bpmnXml: source.text, ...(repair ? { repair } : {}), ...into };
        return acrossExpiry(api, () => createDiagram(api, organizationId, diagram, idempotencyKey));
      }
      // Read first: a file that can't be read must not look like a network that is gone.
      const bytes = new Uint8Array(await source.file.arrayBuffer());
      const document = { title, bytes, repair, ...into };
      return acrossExpiry(api, () => uploadDiagram(api, organizationId, document, idempotencyKey));
    },
    [api, organizationId, projectId],
  );

  const close = () => {
    setRun(undefined);
    setShown(false);
  };
  const start = (sources: readonly ImportSource[]) => {
    if (sources.length === 0) return;
    const present =
      run ??
      new ImportRun({
        upload,
        newKey,
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        onSettled: (settled) => {
          dismissToast(toastId);
          void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
          const opened = singleSuccess(settled);
          if (opened === undefined) {
            setShown(true);
            return;
          }
          close();
          onOpen(opened);
        },
      });
    if (!run && sources.length === 1)
      notify({ id: toastId, text: `Importing ${sources[0]?.name}`, seconds: 0 });
    setRun(present);
    if (run || sources.length > 1) setShown(true);
    present.add(sources);
  };

  return { run, items, shown, start, close };
}

// singleSuccess is the id of the one document of a run that is stored just as it came.
function singleSuccess(items: readonly ImportItem[]): string | undefined {
  const [item] = items;
  if (items.length !== 1 || item?.outcome.status !== "done") return undefined;
  const { diagram } = item.outcome;
  return (diagram.repairs ?? []).length === 0 ? diagram.id : undefined;
}

// useIncoming takes what is dropped anywhere on the page or pasted outside a text field. It tells whether files are
// being dragged over the window.
export function useIncoming(enabled: boolean, onSources: (sources: ImportSource[]) => void): boolean {
  const [dragging, setDragging] = useState(false);
  const receive = useRef(onSources);
  useEffect(() => {
    receive.current = onSources;
  });

  useEffect(() => {
    if (!enabled) return;
    // Enter and leave come for every element passed; the count is 0 only outside the window.
    let depth = 0;
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth += 1;
      setDragging(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth = Math.max(depth - 1, 0);
      if (depth === 0) setDragging(false);
    };
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer) || !event.dataTransfer) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      // Otherwise the browser would leave the page and show the file.
      event.preventDefault();
      depth = 0;
      setDragging(false);
      receive.current(sourcesFromFiles(event.dataTransfer?.files ?? []));
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isTyping(event.target) || !event.clipboardData) return;
      const { files } = event.clipboardData;
      const text = files.length > 0 ? undefined : sourceFromText(event.clipboardData.getData("text/plain"));
      const sources = text ? [text] : sourcesFromFiles(files);
      if (sources.length === 0) return;
      event.preventDefault();
      receive.current(sources);
    };
    addEventListener("dragenter", onEnter);
    addEventListener("dragleave", onLeave);
    addEventListener("dragover", onOver);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    return () => {
      removeEventListener("dragenter", onEnter);
      removeEventListener("dragleave", onLeave);
      removeEventListener("dragover", onOver);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    };
  }, [enabled]);
  return dragging;
}

function subscribeNothing(): () => void {
  return () => {};
}

function readNothing(): readonly ImportItem[] {
  return nothing;
}
