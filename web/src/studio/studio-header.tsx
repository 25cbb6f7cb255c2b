// What the studio puts into the page's header: title, status and commands. On small screens the commands get a row
// of their own below it.
import { CircleHelp, History, PanelRight, Redo2, Save, Undo2 } from "lucide-react";
import { type ReactNode, type RefCallback, useCallback, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { HeaderSlot } from "../ui/header-slot";
import { IconButton } from "../ui/icon-button";
import type { BpmnCanvas, Editing } from "./bpmn-canvas";
import type { Company } from "./company";
import { CompanyAvatars } from "./company-avatars";
import type { EditSession } from "./edit-session";
import { ExportMenu } from "./export-menu";
import { SaveStatus } from "./save-status";
import { useEditSnapshot, useMedia, useUndoable } from "./studio-hooks";
import { pageKeys, shortcutText } from "./studio-keys";
import { TitleField } from "./title-field";

type EditorHeaderProps = {
  canvas: BpmnCanvas;
  editing: Editing;
  session: EditSession;
  company: Company;
  history: boolean;
  onHistory: () => void;
  properties: boolean;
  onProperties: (shown: boolean) => void;
  onHelp: () => void;
  onDetails: () => void;
  // pdf gives a stored version as PDF.
  pdf: (version: number) => Promise<Blob>;
};

// EditorHeader itself follows nothing: with others present something changes several times a second, and only what
// shows it is to be drawn again.
export function EditorHeader(props: EditorHeaderProps) {
  const { canvas, editing, session, company, properties, onProperties, onHelp, onDetails, pdf } = props;
  return (
    <HeaderFrame
      title={<SessionTitle session={session} />}
      status={<SessionStatus session={session} onDetails={onDetails} />}
    >
      <CompanyAvatars company={company} />
      <UndoButtons editing={editing} />
      <IconButton label="Save" shortcut={shortcutText(pageKeys.save)} onClick={() => void session.saveNow()}>
        <Save aria-hidden="true" />
      </IconButton>
      <ExportMenu
        canvas={canvas}
        title={() => session.snapshot().title}
        beforeExport={() => editing.commitPending()}
        storedPdf={async () => {
          await session.saveNow();
          const { unsent, version } = session.snapshot();
          return unsent ? null : pdf(version);
        }}
      />
      <HelpButton onHelp={onHelp} />
      <HistoryButton history={props.history} onHistory={props.onHistory} />
      <IconButton label="Properties" aria-pressed={properties} onClick={() => onProperties(!properties)}>
        <PanelRight aria-hidden="true" />
      </IconButton>
    </HeaderFrame>
  );
}

function SessionTitle({ session }: { session: EditSession }) {
  const { title } = useEditSnapshot(session);
  return <TitleField title={title} onRename={(next) => session.rename(next)} />;
}

function SessionStatus({ session, onDetails }: { session: EditSession; onDetails: () => void }) {
  return <SaveStatus snapshot={useEditSnapshot(session)} onDetails={onDetails} />;
}

function UndoButtons({ editing }: { editing: Editing }) {
  const { canUndo, canRedo } = useUndoable(editing);
  return (
    <>
      <IconButton
        label="Undo"
        shortcut={shortcutText(pageKeys.undo)}
        disabled={!canUndo}
        onClick={() => editing.undo()}
      >
        <Undo2 aria-hidden="true" />
      </IconButton>
      <IconButton
        label="Redo"
        shortcut={shortcutText(pageKeys.redo)}
        disabled={!canRedo}
        onClick={() => editing.redo()}
      >
        <Redo2 aria-hidden="true" />
      </IconButton>
    </>
  );
}

type ReaderHeaderProps = {
  canvas: BpmnCanvas;
  title: string;
  history: boolean;
  onHistory: () => void;
  onHelp: () => void;
  pdf: () => Promise<Blob>;
};

export function ReaderHeader({ canvas, title, history, onHistory, onHelp, pdf }: ReaderHeaderProps) {
  return (
    <HeaderFrame
      title={
        <span className="truncate px-1.5" title={title}>
          {title}
        </span>
      }
      status={<span className="whitespace-nowrap px-1.5 text-muted text-xs">Read only</span>}
    >
      <ExportMenu canvas={canvas} title={() => title} beforeExport={() => {}} storedPdf={pdf} />
      <HelpButton onHelp={onHelp} />
      <HistoryButton history={history} onHistory={onHistory} />
    </HeaderFrame>
  );
}

// PlainHeader holds the title's place while nothing is open yet.
export function PlainHeader({ title }: { title: string }) {
  return (
    <HeaderSlot name="title">
      <h1 className="truncate px-1.5 font-semibold">{title}</h1>
    </HeaderSlot>
  );
}

type HeaderFrameProps = { title: ReactNode; status: ReactNode; children: ReactNode };

function HeaderFrame({ title, status, children }: HeaderFrameProps) {
  const narrow = useMedia("(max-width: 767px)");
  const commands = useMovable("flex shrink-0 items-center gap-1");
  const place = <span ref={commands.place} className="contents" />;
  return (
    <>
      <HeaderSlot name="title">
        <h1 className="flex min-w-0 items-center font-semibold">{title}</h1>
        {!narrow && <span className="ml-2 flex shrink-0 items-center">{status}</span>}
      </HeaderSlot>
      {narrow ? (
        <div className="flex h-10 shrink-0 items-center gap-1 border-line border-b bg-surface px-2">
          <div className="flex min-w-0 flex-1 items-center">{status}</div>
          {place}
        </div>
      ) : (
        <HeaderSlot name="actions">
          {place}
          <span aria-hidden="true" className="mx-1 h-5 w-px bg-line" />
        </HeaderSlot>
      )}
      {createPortal(children, commands.element)}
    </>
  );
}

// useMovable gives an element to render into that goes wherever place is, as it stands: an open menu stays open, and
// what has the focus keeps it.
function useMovable(className: string): { element: HTMLElement; place: RefCallback<HTMLElement> } {
  const [element] = useState(() => {
    const created = document.createElement("div");
    created.className = className;
    return created;
  });
  const focused = useRef<HTMLElement | null>(null);
  const place = useCallback(
    (spot: HTMLElement | null) => {
      if (spot) {
        spot.append(element);
        focused.current?.focus();
        focused.current = null;
      } else if (document.activeElement instanceof HTMLElement && element.contains(document.activeElement)) {
        focused.current = document.activeElement;
      }
    },
    [element],
  );
  return { element, place };
}

function HistoryButton({ history, onHistory }: { history: boolean; onHistory: () => void }) {
  return (
    <IconButton
      label="History"
      shortcut={shortcutText(pageKeys.history)}
      aria-pressed={history}
      onClick={onHistory}
    >
      <History aria-hidden="true" />
    </IconButton>
  );
}

function HelpButton({ onHelp }: { onHelp: () => void }) {
  return (
    <IconButton label="Keyboard shortcuts" shortcut={shortcutText(pageKeys.help)} onClick={onHelp}>
      <CircleHelp aria-hidden="true" />
    </IconButton>
  );
}
