// The dialogs of an edit session: what happened to the work, and the ways on. Closing one decides nothing; the
// status beside the title opens it again. None of the ways throws work away.
import { type ReactNode, useState } from "react";
import { describeError } from "../api/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { placeText } from "./bpmn-file";
import { useOpenDiagram, useSaveCopy } from "./copies";
import { downloadXml } from "./download";
import type { EditSession } from "./edit-session";
import type { EditState, GoneReason, Refusal } from "./edit-state";

type SessionDialogsProps = {
  session: EditSession;
  state: EditState;
  organizationId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

export function SessionDialogs(props: SessionDialogsProps) {
  const { session, state, open, onOpenChange } = props;
  const saveCopy = useSaveCopy(props.organizationId);
  const openDiagram = useOpenDiagram(props.organizationId);
  const ways = useWays();

  const copy = (label: string, variant: "primary" | "secondary" = "secondary") => (
    <Button
      variant={variant}
      busy={ways.busy === "copy"}
      onClick={() =>
        ways.go("copy", async () => {
          const id = await saveCopy(await session.work());
          await session.discard();
          void openDiagram(id);
        })
      }
    >
      {label}
    </Button>
  );
  const download = (
    <Button
      variant="ghost"
      onClick={() =>
        ways.go("download", async () => {
          const { title, bpmnXml } = await session.work();
          downloadXml(title, bpmnXml);
        })
      }
    >
      Download mine
    </Button>
  );
  const frame = (title: string, body: ReactNode, footer: ReactNode) => (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        ways.clear();
        onOpenChange(next);
      }}
      title={title}
      size="medium"
      footer={footer}
    >
      <div className="flex flex-col gap-3">
        {ways.problem && <Notice tone="danger">{ways.problem}</Notice>}
        {body}
      </div>
    </Dialog>
  );

  switch (state.status) {
    case "refused":
      return frame(
        "The document was not accepted",
        <>
          <p>
            Your work is still here and you can go on. It is sent again after your next change, or when you
            save.
          </p>
          <Refusals refusals={state.refusals} />
        </>,
        <>
          {download}
          <Button
            variant="primary"
            onClick={() => {
              onOpenChange(false);
              void session.saveNow();
            }}
          >
            Try again
          </Button>
        </>,
      );
    case "gone":
      return frame(
        goneTitle[state.reason],
        <p>{goneBody[state.reason]} Your work is still here and kept in this browser.</p>,
        <>
          {download}
          <Button
            onClick={() => {
              onOpenChange(false);
              void session.saveNow();
            }}
          >
            Try again
          </Button>
          {copy("Save as a copy", "primary")}
        </>,
      );
    default:
      return null;
  }
}

const goneTitle: Record<GoneReason, string> = {
  trashed: "This diagram is in the trash",
  missing: "This diagram is gone",
  forbidden: "You may not save this diagram any more",
};

const goneBody: Record<GoneReason, string> = {
  trashed: "Somebody moved it to the trash. Restore it there and try again, or save yours as a copy.",
  missing: "It was deleted for good, or you are no longer a member of its organization.",
  forbidden: "Your role in this organization has changed.",
};

// useWays runs one way out at a time and keeps the reason when it fails.
function useWays() {
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const go = async (name: string, way: () => Promise<void>) => {
    setBusy(name);
    setProblem(null);
    try {
      await way();
    } catch (error) {
      setProblem(error instanceof Error && error.name === "Error" ? error.message : describeError(error));
    } finally {
      setBusy(null);
    }
  };
  return {
    busy,
    problem,
    go: (name: string, way: () => Promise<void>) => void go(name, way),
    clear: () => setProblem(null),
  };
}

export function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {refusals.map((refusal) => (
        <li key={`${refusal.code}:${refusal.line}:${refusal.detail}`}>
          <Notice tone="warning">
            <span className="wrap-anywhere">{refusal.detail}</span>
            <span className="block text-muted text-xs">{placeText(refusal)}</span>
          </Notice>
        </li>
      ))}
    </ul>
  );
}
