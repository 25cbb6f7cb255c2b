// What goes on around an open editor besides drawing: decisions to be made, files dropped, keys, and leaving.
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { type RefObject, useEffect } from "react";
import { diagramKeys } from "../api/diagram";
import { AlertDialog } from "../ui/alert-dialog";
import { usePageTitle } from "../ui/page-title";
import type { Editing } from "./bpmn-canvas";
import { ConflictWatch } from "./conflict-watch";
import type { EditSession } from "./edit-session";
import { IncomingFile } from "./incoming-file";
import { storedOf } from "./save-port";
import { hasDetails } from "./save-status";
import { SessionDialogs } from "./session-dialogs";
import { useEditSnapshot } from "./studio-hooks";
import { useEditKeys } from "./studio-keys";

type EditorWatchProps = {
  session: EditSession;
  editing: Editing;
  area: RefObject<HTMLElement | null>;
  organizationId: string;
  diagramId: string;
  // Whether the dialog about the present state is open.
  details: boolean;
  onDetails: (open: boolean) => void;
  onReopen: () => Promise<void>;
};

export function EditorWatch(props: EditorWatchProps) {
  const { session, editing, area, organizationId, diagramId, details, onDetails, onReopen } = props;
  const queryClient = useQueryClient();
  const { state, title, version } = useEditSnapshot(session);
  const decide = hasDetails(state);

  usePageTitle(title);
  useEditKeys(session, editing);

  // A state that needs a person shows its dialog once; closed, it waits behind the status.
  useEffect(() => onDetails(decide), [decide, onDetails]);

  // The lists around the studio are out of date with every version but the one that was opened.
  useEffect(() => {
    if (version > 0) void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
  }, [queryClient, organizationId, version]);

  const blocker = useBlocker({
    // Another element in the address is no leaving.
    shouldBlockFn: async ({ current, next }) =>
      current.pathname !== next.pathname && (await session.leave()) === "at-risk",
    enableBeforeUnload: false,
    withResolver: true,
  });

  return (
    <>
      <SessionDialogs
        session={session}
        state={state}
        organizationId={organizationId}
        open={details && decide}
        onOpenChange={onDetails}
      />
      <ConflictWatch
        organizationId={organizationId}
        diagramId={diagramId}
        title={title}
        session={{
          dispute: state.status === "conflict" ? state : null,
          work: () => session.work(),
          resolved: (saved) => void session.resolved(storedOf(saved)),
          follow: (saved) => session.foreignSaved(saved.version),
          leave: () => session.discard(),
        }}
        open={details}
        onOpenChange={onDetails}
      />
      <IncomingFile
        area={area}
        session={session}
        organizationId={organizationId}
        diagramId={diagramId}
        onReopen={onReopen}
      />
      <AlertDialog
        open={blocker.status === "blocked"}
        onOpenChange={(open) => {
          if (!open) blocker.reset?.();
        }}
        title="Leave without your last changes?"
        description="They could not be saved, and this browser could not keep them either. Export the drawing before you leave, or stay and try again."
        cancel="Stay"
        confirm="Leave and lose them"
        danger
        onConfirm={() => blocker.proceed?.()}
      />
    </>
  );
}
