// Files dropped or pasted on an open drawing: the person decides whether they become a diagram of their own or take
// the place of this one's content. Replacing stores a new version, and undo stores the former one again.
import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";
import { useApi } from "../api/api-context";
import { diagramKeys, getDiagram, saveDiagram, uploadDiagram } from "../api/diagram";
import { ApiError, describeError } from "../api/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { notifyDone, notifyError } from "../ui/toaster";
import { type ReadFile, readBpmnFile, titleOf } from "./bpmn-file";
import { useOpenDiagram } from "./copies";
import type { EditSession } from "./edit-session";
import type { Refusal } from "./edit-state";
import { refusalsOf } from "./save-port";
import { Refusals } from "./session-dialogs";

type IncomingFileProps = {
  area: RefObject<HTMLElement | null>;
  session: EditSession;
  organizationId: string;
  diagramId: string;
  onReopen: () => Promise<void>;
};

type Incoming = { file: File; read: ReadFile };

export function IncomingFile({ area, session, organizationId, diagramId, onReopen }: IncomingFileProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const openDiagram = useOpenDiagram(organizationId);
  const [over, setOver] = useState(false);
  const [incoming, setIncoming] = useState<Incoming | null>(null);
  const [busy, setBusy] = useState<"replace" | "new" | null>(null);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const target = area.current;
    if (!target) return;
    const take = async (file: File) => {
      const read = await readBpmnFile(file);
      setProblem(null);
      setRefusals(read.kind === "refused" ? [read.refusal] : []);
      setIncoming({ file, read });
    };
    return listenForFiles(target, setOver, (file) => void take(file));
  }, [area]);

  const run = async (kind: "replace" | "new", action: () => Promise<void>) => {
    setBusy(kind);
    setProblem(null);
    setRefusals([]);
    try {
      await action();
    } catch (error) {
      if (error instanceof ApiError && error.errors.length > 0) setRefusals(refusalsOf(error));
      else setProblem(error instanceof ApiError ? describeError(error) : String(error));
    } finally {
      setBusy(null);
    }
  };

  const makeNew = async ({ file }: Incoming) => {
    const created = await uploadDiagram(api, organizationId, { title: titleOf(file.name), bytes: file });
    void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
    setIncoming(null);
    void openDiagram(created.id);
  };

  const put = async (bpmnXml: string, expectedVersion: number) => {
    const saved = await saveDiagram(api, organizationId, diagramId, { bpmnXml, expectedVersion });
    await onReopen();
    return saved.version;
  };

  const replace = async (bpmnXml: string) => {
    await session.saveNow();
    if (session.snapshot().unsent) {
      setProblem("Your last changes are not saved yet. Save them first, then replace the content.");
      return;
    }
    const former = await getDiagram(api, organizationId, diagramId);
    const version = await put(bpmnXml, session.snapshot().version);
    notifyDone({
      text: "Content replaced",
      detail: `The former content is version ${former.version}.`,
      seconds: 10,
      action: {
        label: "Undo",
        run: () => {
          put(former.bpmnXml, version).catch((error: unknown) => notifyError({ text: describeError(error) }));
        },
      },
    });
  };

  const text = incoming?.read.kind === "text" ? incoming.read.bpmnXml : null;
  return (
    <>
      {over && (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute inset-3 z-20 flex items-center justify-center rounded-lg border-2 border-accent border-dashed bg-accent-soft/80"
        >
          <p className="rounded-md bg-raised px-3 py-2 font-medium">Drop a BPMN file</p>
        </div>
      )}
      <Dialog
        open={incoming !== null}
        onOpenChange={() => setIncoming(null)}
        title={incoming ? `What to do with ${incoming.file.name}?` : ""}
        footer={
          incoming && (
            <>
              <Button onClick={() => setIncoming(null)}>Cancel</Button>
              {text !== null && (
                <>
                  <Button busy={busy === "replace"} onClick={() => void run("replace", () => replace(text))}>
                    Replace the content
                  </Button>
                  <Button
                    variant="primary"
                    busy={busy === "new"}
                    onClick={() => void run("new", () => makeNew(incoming))}
                  >
                    New diagram
                  </Button>
                </>
              )}
            </>
          )
        }
      >
        <div className="flex flex-col gap-3">
          {problem && <Notice tone="danger">{problem}</Notice>}
          {refusals.length > 0 && <Refusals refusals={refusals} />}
          {text !== null && refusals.length === 0 && (
            <p>
              Make it a diagram of its own, or let it take the place of what is drawn here. The present
              content stays stored as an earlier version.
            </p>
          )}
        </div>
      </Dialog>
    </>
  );
}

// listenForFiles hears files dropped on the area, and files or BPMN text pasted outside of fields.
function listenForFiles(
  area: HTMLElement,
  onOver: (over: boolean) => void,
  onFile: (file: File) => void,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

  area.addEventListener(
    "dragover",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      onOver(true);
    },
    { signal },
  );
  area.addEventListener(
    "dragleave",
    (event) => {
      if (!(event.relatedTarget instanceof Node) || !area.contains(event.relatedTarget)) onOver(false);
    },
    { signal },
  );
  area.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      onOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) onFile(file);
    },
    { signal },
  );
  document.addEventListener(
    "paste",
    (event) => {
      const { target, clipboardData } = event;
      if (target instanceof HTMLElement && target.closest("input, textarea, [contenteditable]")) return;
      const file = clipboardData?.files[0] ?? pastedText(clipboardData?.getData("text/plain") ?? "");
      if (!file) return;
      event.preventDefault();
      onFile(file);
    },
    { signal },
  );
  return () => controller.abort();
}

function pastedText(text: string): File | null {
  return /^\s*<[\s\S]*definitions[\s>]/.test(text) ? new File([text], "Pasted diagram.bpmn") : null;
}
