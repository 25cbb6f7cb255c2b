// The studio of one opened diagram. It first looks for work that an ended session left in this browser, then opens
// the drawing once: nothing that happens later, least of all a save, imports over what is being drawn.
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import type { Diagram } from "../api/diagram";
import { useEvents } from "../api/events-context";
import type { Organization } from "../api/session";
import { exportPdf, type Version } from "../api/version";
import { studioDrawn, studioWaits } from "../sight/studio-load";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { usePageTitle } from "../ui/page-title";
import { CanvasControls } from "./canvas-controls";
import { waitingWork } from "./conflict-watch";
import { useOpenDiagram, useSaveCopy } from "./copies";
import { downloadXml } from "./download";
import { DraftList } from "./draft-list";
import { DraftStore, type StoredDraft } from "./draft-store";
import type { EditSession } from "./edit-session";
import { EditorWatch } from "./editor-watch";
import { HistoryPanel } from "./history-panel";
import { HistoryPreview } from "./history-preview";
import { HistoryRestore } from "./history-restore";
import { ImportNotice } from "./import-notice";
import { type Drawing, type OpenMode, openDrawing } from "./open-drawing";
import { usePreference } from "./preferences";
import { PropertiesPane } from "./properties-pane";
import { ShortcutsDialog } from "./shortcuts-dialog";
import { EditorHeader, PlainHeader, ReaderHeader } from "./studio-header";
import { useMedia, useStoredVersion } from "./studio-hooks";
import { useHelpKey, useHistoryKey } from "./studio-keys";

type StudioProps = {
  organizationId: string;
  userId: string;
  role: Organization["role"];
  diagram: Diagram;
  // Edit sessions that have ended on this page.
  ended: Set<string>;
  // Reads the stored head again and opens it in place of this studio.
  onReopen: () => Promise<void>;
};

type Plan =
  | { step: "looking" }
  | { step: "asking"; drafts: readonly StoredDraft[] }
  | { step: "opening"; mode: OpenMode; draft: StoredDraft | null };

type Opened =
  | { status: "opening" }
  | { status: "open"; drawing: Drawing }
  | { status: "failed"; reason: string };

const openStored: Plan = { step: "opening", mode: "editing", draft: null };
const openToRead: Plan = { step: "opening", mode: "reading", draft: null };

export function Studio({ organizationId, userId, role, diagram, ended, onReopen }: StudioProps) {
  const api = useApi();
  const events = useEvents();
  // Whatever is fetched later: this is what was opened.
  const [head] = useState(diagram);
  const drafts = useMemo(
    () => new DraftStore({ userId, organizationId, diagramId: head.id }),
    [userId, organizationId, head],
  );
  const editable = role !== "viewer";
  const [plan, setPlan] = useState<Plan>(editable ? { step: "looking" } : openToRead);
  const [opened, setOpened] = useState<Opened>({ status: "opening" });
  const [help, setHelp] = useState(false);
  const [details, setDetails] = useState(false);
  const [properties, setProperties] = usePreference("properties", propertiesShown);
  const [history, setHistory] = usePreference("history", (stored) => stored === "true");
  const [shown, setShown] = useState<Version | null>(null);
  const [restoring, setRestoring] = useState<Version | null>(null);
  const narrow = useMedia("(max-width: 767px)");
  const area = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (plan.step !== "looking") return;
    let gone = false;
    const waiting = () => waitingWork(api, organizationId, head.id);
    void findDrafts(drafts, ended, head, waiting).then((found) => {
      if (found.length > 0) studioWaits();
      if (!gone) setPlan(found.length > 0 ? { step: "asking", drafts: found } : openStored);
    });
    return () => {
      gone = true;
    };
  }, [plan, drafts, ended, head, api, organizationId]);

  // A layout effect ends while the page still stands: what is half typed in it can be read.
  useLayoutEffect(() => {
    if (plan.step !== "opening" || !sheet.current) return;
    const controller = new AbortController();
    const { signal } = controller;
    const { mode, draft } = plan;
    setOpened({ status: "opening" });
    openDrawing({
      ...{ api, events, organizationId, userId, diagram: head, drafts, ended, mode, draft, signal },
      container: sheet.current,
    }).then(
      (drawing) => {
        if (!drawing) return;
        setOpened({ status: "open", drawing });
        studioDrawn();
      },
      (error: unknown) => {
        if (!signal.aborted) setOpened({ status: "failed", reason: reasonOf(error) });
      },
    );
    return () => controller.abort();
  }, [plan, api, events, organizationId, userId, drafts, ended, head]);

  const drawing = opened.status === "open" ? opened.drawing : null;
  const reading = drawing?.kind === "reading" ? drawing : null;
  const editor = drawing?.kind === "editing" ? drawing : null;

  const pdf = (version: number) => exportPdf(api, organizationId, head.id, version);
  const toggleHistory = () => {
    setHistory(!history);
    setShown(null);
  };

  usePageTitle(head.title);
  useHistoryKey(toggleHistory);
  useHelpKey(() => setHelp(true));
  // The keys of the sheet work at once, without a click on it.
  useEffect(() => drawing?.canvas.takeFocus(), [drawing]);
  useLinkedElement(drawing);

  return (
    <div ref={area} className="relative flex h-full flex-col">
      {!drawing && <PlainHeader title={head.title} />}
      {reading && (
        <ReaderHeader
          canvas={reading.canvas}
          title={head.title}
          history={history}
          onHistory={toggleHistory}
          onHelp={() => setHelp(true)}
          pdf={() => pdf(head.version)}
        />
      )}
      {editor && (
        <EditorHeader
          canvas={editor.canvas}
          editing={editor.editing}
          session={editor.session}
          company={editor.company}
          history={history}
          onHistory={toggleHistory}
          properties={properties}
          onProperties={setProperties}
          onHelp={() => setHelp(true)}
          onDetails={() => setDetails(true)}
          pdf={pdf}
        />
      )}
      {drawing && drawing.warnings.length > 0 && <ImportNotice warnings={drawing.warnings} />}
      <div className="flex min-h-0 flex-1 flex-col md:flex-row">
        {/* Whatever bpmn-js stacks above its sheet stays below dialogs and menus. */}
        <div className="relative isolate min-h-0 min-w-0 flex-1 bg-paper [container:sheet/size]">
          <div ref={sheet} className="absolute inset-0" inert={shown !== null} />
          {drawing && <CanvasControls canvas={drawing.canvas} />}
          {opened.status === "failed" && <Undrawable head={head} reason={opened.reason} />}
          {shown && (
            <StoredVersion session={editor?.session ?? null} opened={head.version}>
              {(stored) => (
                <HistoryPreview
                  organizationId={organizationId}
                  diagramId={head.id}
                  version={shown}
                  current={shown.number === stored}
                  onRestore={editor ? setRestoring : null}
                  onClose={() => setShown(null)}
                />
              )}
            </StoredVersion>
          )}
        </div>
        {editor && properties && !shown && !(narrow && history) && (
          <PropertiesPane editing={editor.editing} />
        )}
        {drawing && history && (
          <StoredVersion session={editor?.session ?? null} opened={head.version}>
            {(stored) => (
              <HistoryPanel
                organizationId={organizationId}
                diagramId={head.id}
                version={stored}
                shown={shown}
                onShow={setShown}
                onRestore={editor ? setRestoring : null}
                onClose={toggleHistory}
              />
            )}
          </StoredVersion>
        )}
      </div>
      {editor && (
        <EditorWatch
          session={editor.session}
          editing={editor.editing}
          area={area}
          organizationId={organizationId}
          diagramId={head.id}
          details={details}
          onDetails={setDetails}
          onReopen={onReopen}
        />
      )}
      {editor && (
        <HistoryRestore
          organizationId={organizationId}
          diagramId={head.id}
          session={editor.session}
          version={restoring}
          onDone={() => setRestoring(null)}
        />
      )}
      {plan.step === "asking" && (
        <FoundDrafts
          found={plan.drafts}
          store={drafts}
          organizationId={organizationId}
          storedVersion={head.version}
          onFound={(left) => setPlan(left.length > 0 ? { step: "asking", drafts: left } : openStored)}
          onRestore={(draft) => setPlan({ step: "opening", mode: "editing", draft })}
          onLater={() => setPlan(openStored)}
        />
      )}
      <ShortcutsDialog open={help} onOpenChange={setHelp} editable={editor !== null} />
    </div>
  );
}

type StoredVersionProps = {
  session: EditSession | null;
  opened: number;
  children: (version: number) => ReactNode;
};

// StoredVersion follows the version that is stored, so that the studio around it need not: with others present a new
// one comes several times a second.
function StoredVersion({ session, opened, children }: StoredVersionProps) {
  return children(useStoredVersion(session, opened));
}

// On a small screen the drawing needs the room more; a choice once made holds on every screen.
function propertiesShown(stored: string | null): boolean {
  return stored === null ? matchMedia("(min-width: 1100px)").matches : stored === "true";
}

// findDrafts gives what is left behind and differs from what is stored. A draft that is stored already comes from a
// save whose answer got lost with its tab: nothing is left of it to ask about. What waits on the server for the
// decision of a conflict is asked about there.
async function findDrafts(
  store: DraftStore,
  ended: ReadonlySet<string>,
  head: Diagram,
  waiting: () => Promise<ReadonlySet<string>>,
): Promise<StoredDraft[]> {
  try {
    const found = await store.leftBehind(ended);
    if (found.length === 0) return found;
    const elsewhere = await waiting();
    const stored = found.filter(
      ({ bpmnXml, title }) =>
        (bpmnXml === head.bpmnXml && title === head.title) ||
        (elsewhere.has(bpmnXml) && title === head.title),
    );
    await Promise.all(stored.map(({ sessionId }) => store.remove(sessionId)));
    return found.filter((draft) => !stored.includes(draft));
  } catch {
    // A browser that keeps no drafts has none to offer.
    return [];
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === "no diagram to display"
    ? "The document is valid, but it holds no drawing (no BPMN diagram interchange)."
    : message;
}

// useLinkedElement shows the element that the address names: #element=ID.
function useLinkedElement(drawing: Drawing | null): void {
  useEffect(() => {
    if (!drawing) return;
    const show = () => {
      const id = new URLSearchParams(location.hash.slice(1)).get("element");
      if (id) drawing.canvas.show(id);
    };
    show();
    addEventListener("hashchange", show);
    return () => removeEventListener("hashchange", show);
  }, [drawing]);
}

function Undrawable({ head, reason }: { head: Diagram; reason: string }) {
  return (
    <div className="absolute inset-0 flex flex-col items-center justify-center gap-4 bg-surface p-6 text-center">
      <h2 className="wrap-anywhere font-semibold text-xl">This document can’t be drawn</h2>
      <p className="wrap-anywhere max-w-md text-muted">{reason}</p>
      <Button onClick={() => downloadXml(head.title, head.bpmnXml)}>Download the document</Button>
    </div>
  );
}

type FoundDraftsProps = {
  found: readonly StoredDraft[];
  store: DraftStore;
  organizationId: string;
  storedVersion: number;
  onFound: (left: readonly StoredDraft[]) => void;
  onRestore: (draft: StoredDraft) => void;
  onLater: () => void;
};

function FoundDrafts(props: FoundDraftsProps) {
  const { found, store, organizationId, storedVersion, onFound, onRestore, onLater } = props;
  const openDiagram = useOpenDiagram(organizationId);
  const saveCopy = useSaveCopy(organizationId);
  return (
    <Dialog
      open
      stays
      onOpenChange={() => {}}
      title="Work of yours is kept in this browser"
      description="It was not saved. What is stored stays as it is until you decide."
      size="medium"
      footer={<Button onClick={onLater}>Decide later</Button>}
    >
      <div className="mt-4">
        <DraftList
          drafts={found}
          storedVersion={storedVersion}
          onRestore={onRestore}
          onCopy={async (draft) => {
            const id = await saveCopy(draft);
            await store.remove(draft.sessionId);
            void openDiagram(id);
          }}
          onDiscard={async (draft) => {
            await store.remove(draft.sessionId);
            onFound(found.filter((other) => other !== draft));
          }}
        />
      </div>
    </Dialog>
  );
}
