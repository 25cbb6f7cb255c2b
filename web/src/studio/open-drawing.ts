// Opens a document: loads the editor or the reader, draws, and for an editor starts the edit session.
import type { Api } from "../api/client";
import type { Diagram } from "../api/diagram";
import type { BpmnCanvas, Editing, ImportWarning } from "./bpmn-canvas";
import { connectSession } from "./connect-session";
import { type DraftStore, holdSession, newSessionId, type StoredDraft } from "./draft-store";
import { EditSession } from "./edit-session";
import { sendSave } from "./save-port";

// How a document is to be opened. "editing-after-consent": the person has seen the import warnings.
export type OpenMode = "reading" | "editing" | "editing-after-consent";

export type Drawing =
  | { kind: "reading"; canvas: BpmnCanvas; warnings: readonly ImportWarning[] }
  | { kind: "editing"; canvas: BpmnCanvas; editing: Editing; session: EditSession };

export type Opening = {
  api: Api;
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

// openDrawing resolves with the drawing, null when it was aborted meanwhile. Aborting later closes it. In the mode
// "editing" a document that the editor cannot read in full is opened for reading, with the warnings.
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

  const opened = await (async () => {
    const warnings = await canvas.importXml(diagram.bpmnXml);
    if (warnings.length > 0 && opening.mode === "editing" && !draft) return null;
    // What the editor makes of the stored document before anybody has touched it.
    const baselineXml = await canvas.exportXml();
    if (draft) await canvas.importXml(draft.bpmnXml);
    return { baselineXml };
  })().catch((error: unknown) => {
    canvas.destroy();
    throw error;
  });
  if (signal.aborted || !opened) {
    canvas.destroy();
    return signal.aborted ? null : openForReading(opening);
  }

  const sessionId = draft?.sessionId ?? newSessionId();
  const release = holdSession(sessionId);
  const session = startSession(opening, canvas, editing, sessionId, opened.baselineXml);
  const stopCommands = editing.onCommand(() => session.commandDone());
  const disconnect = connectSession(session, opening.api, opening.userId);
  signal.addEventListener("abort", () => {
    disconnect();
    stopCommands();
    session.dispose();
    release();
    opening.ended.add(sessionId);
    canvas.destroy();
  });
  return { kind: "editing", canvas, editing, session };
}

function startSession(
  opening: Opening,
  canvas: BpmnCanvas,
  editing: Editing,
  sessionId: string,
  baselineXml: string,
): EditSession {
  const { api, organizationId, diagram, drafts, draft } = opening;
  return new EditSession(
    {
      exportXml: () => canvas.exportXml(),
      position: () => editing.position(),
      commitPending: () => editing.commitPending(),
      save: (request, mode) => sendSave(api, organizationId, diagram.id, request, mode),
      drafts: drafts.port(sessionId),
      now: () => Date.now(),
      schedule(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      random: () => Math.random(),
    },
    {
      version: diagram.version,
      title: diagram.title,
      savedAt: Date.parse(diagram.updatedAt),
      baselineXml,
      restored: draft ? { title: draft.title } : null,
    },
  );
}
