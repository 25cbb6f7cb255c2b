// Opens a document: loads the editor or the reader, draws, and for an editor starts the edit session.
import type { Api } from "../api/client";
import { type Diagram, getDiagram } from "../api/diagram";
import type { EventFeed } from "../api/events";
import { sha256 } from "./baseline";
import type { BpmnCanvas, Editing, ImportWarning } from "./bpmn-canvas";
import { Company } from "./company";
import { connectSession, followEvents } from "./connect-session";
import { type DraftStore, holdSession, newSessionId, type StoredDraft, titleOf } from "./draft-store";
import type { EditStart, StoredVersion } from "./edit-ports";
import { EditSession } from "./edit-session";
import { putAndTell } from "./foreign-notice";
import { sendSave } from "./save-port";

export type OpenMode = "reading" | "editing";

// The warnings are what the editor cannot show. It stays stored as it is, whatever is edited.
export type Drawing = { canvas: BpmnCanvas; warnings: readonly ImportWarning[] } & (
  | { kind: "reading" }
  | { kind: "editing"; editing: Editing; session: EditSession; company: Company }
);

export type Opening = {
  api: Api;
  events: EventFeed;
  organizationId: string;
  userId: string;
  diagram: Diagram;
  drafts: DraftStore;
  // Takes the name of the session when it has ended.
  ended: Set<string>;
  mode: OpenMode;
  // A draft left behind that the person wants to go on with.
  draft: StoredDraft | null;
  container: HTMLElement;
  signal: AbortSignal;
};

// openDrawing resolves with the drawing, null when it was aborted meanwhile. Aborting later closes it.
export async function openDrawing(opening: Opening): Promise<Drawing | null> {
  const drawing = opening.mode === "reading" ? await openForReading(opening) : await openForEditing(opening);
  return opening.signal.aborted ? null : drawing;
}

async function openForReading({ container, diagram, signal }: Opening): Promise<Drawing | null> {
  const { openViewer } = await import("./bpmn-viewer");
  if (signal.aborted) return null;
  const canvas = openViewer(container);
  signal.addEventListener("abort", () => canvas.destroy());
  const warnings = await canvas.importXml(diagram.bpmnXml);
  return { kind: "reading", canvas, warnings };
}

async function openForEditing(opening: Opening): Promise<Drawing | null> {
  const { container, diagram, draft, signal } = opening;
  const { openModeler } = await import("./bpmn-modeler");
  if (signal.aborted) return null;
  const canvas = openModeler(container);
  const { editing } = canvas;
  if (!editing) throw new Error("the editor does not edit");

  const opened = await load(canvas, diagram, draft).catch((error: unknown) => {
    canvas.destroy();
    throw error;
  });
  if (signal.aborted) {
    canvas.destroy();
    return null;
  }

  const sessionId = draft?.sessionId ?? newSessionId();
  const release = holdSession(sessionId);
  const session = startSession(opening, canvas, editing, sessionId, opened.start);
  const stopCommands = editing.onCommand(() => session.commandDone());
  const disconnect = connectSession(session, opening.api, opening.userId);
  const stopEvents = followEvents(session, opening.events, diagram.id);
  // What was saved between the loading of the document and now.
  session.foreignSaved(Number.POSITIVE_INFINITY);
  const { api, events, organizationId } = opening;
  const company = new Company({ api, events, organizationId, diagramId: diagram.id, session: sessionId });
  const stopSelection = editing.onSelection((ids) => company.select(ids));
  const stopCompany = company.subscribe(() => {
    session.setCompany(company.others().length > 0);
    editing.showCompany(company.others());
  });
  company.join(signal);
  signal.addEventListener("abort", () => {
    disconnect();
    stopEvents();
    stopSelection();
    stopCompany();
    const closed = session.close();
    stopCommands();
    release();
    opening.ended.add(sessionId);
    void closed.finally(() => canvas.destroy());
  });
  return { kind: "editing", canvas, warnings: opened.warnings, editing, session, company };
}

type Loaded = { warnings: readonly ImportWarning[]; start: EditStart };

// load draws the stored document, or the draft that is to be gone on with, and says what the session starts from.
async function load(canvas: BpmnCanvas, diagram: Diagram, draft: StoredDraft | null): Promise<Loaded> {
  const { version, title } = diagram;
  const savedAt = Date.parse(diagram.updatedAt);
  if (draft?.baselineXml !== undefined) {
    const { baseVersion, baselineXml, request = null } = draft;
    const restored = { title: titleOf(draft, title), request };
    const warnings = await canvas.importXml(draft.bpmnXml);
    return {
      warnings,
      start: { version: baseVersion, title, savedAt, baselineXml, shownXml: null, restored },
    };
  }
  const warnings = await canvas.importXml(diagram.bpmnXml);
  // What the editor makes of the stored document before anybody has touched it.
  const baselineXml = await canvas.exportXml();
  if (draft) await canvas.importXml(draft.bpmnXml);
  const restored = draft ? { title: titleOf(draft, title), request: null } : null;
  return { warnings, start: { version, title, savedAt, baselineXml, shownXml: diagram.bpmnXml, restored } };
}

function startSession(
  opening: Opening,
  canvas: BpmnCanvas,
  editing: Editing,
  sessionId: string,
  start: EditStart,
): EditSession {
  const { api, organizationId, diagram, drafts } = opening;
  return new EditSession(
    {
      exportXml: () => canvas.exportXml(),
      position: () => editing.position(),
      commitPending: () => editing.commitPending(),
      save: (request, mode) => sendSave(api, organizationId, diagram.id, request, mode),
      head: () => readHead(api, organizationId, diagram.id),
      put: (foreign) => putAndTell(editing, foreign),
      digest: sha256,
      drafts: drafts.port(sessionId),
      now: () => Date.now(),
      schedule(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      random: () => Math.random(),
    },
    start,
  );
}

async function readHead(api: Api, organizationId: string, id: string): Promise<StoredVersion | null> {
  try {
    return await getDiagram(api, organizationId, id);
  } catch {
    // The next event, or the answer to the next save, brings it.
    return null;
  }
}
