// Restoring: asked once, because everybody who has the diagram open sees it, and undone by one press.
import { useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context";
import { diagramKeys } from "../api/diagram";
import { describeError } from "../api/problem";
import { restoreVersion, type Version, versionKeys } from "../api/version";
import { AlertDialog } from "../ui/alert-dialog";
import { notifyDone, notifyError } from "../ui/toaster";
import type { EditSession } from "./edit-session";

type HistoryRestoreProps = {
  organizationId: string;
  diagramId: string;
  session: EditSession;
  version: Version | null;
  onDone: () => void;
};

export function HistoryRestore(props: HistoryRestoreProps) {
  const { organizationId, diagramId, session, version, onDone } = props;
  const api = useApi();
  const queryClient = useQueryClient();

  const bring = async (from: number, expected: number) => {
    const saved = await restoreVersion(api, organizationId, diagramId, from, expected);
    void queryClient.invalidateQueries({ queryKey: versionKeys.all(organizationId, diagramId) });
    void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
    // The open drawing takes it on as it takes on what others save.
    session.foreignSaved(saved.version);
    return saved.version;
  };
  const restore = async (wanted: Version) => {
    try {
      await session.saveNow();
      const { unsent, version: former } = session.snapshot();
      if (unsent) {
        notifyError({
          text: "Your last changes are not saved yet",
          detail: "Save them first; then they are kept as a version of their own.",
        });
        return;
      }
      const made = await bring(wanted.number, former);
      notifyDone({
        text: `Version ${wanted.number} is restored`,
        detail: `It is version ${made} now; what was there before is version ${former}.`,
        seconds: 10,
        action: {
          label: "Undo",
          run: () => {
            bring(former, made).catch((error: unknown) =>
              notifyError({ text: "That could not be undone", detail: describeError(error) }),
            );
          },
        },
      });
    } catch (error) {
      notifyError({ text: "The version could not be restored", detail: describeError(error) });
    }
  };

  return (
    <AlertDialog
      open={version !== null}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={`Restore ${version?.label ?? `version ${version?.number ?? ""}`}?`}
      description="The diagram becomes what it was then, as a new version. Everything since stays in the history, and the restore itself can be undone."
      confirm="Restore"
      onConfirm={() => {
        if (version) void restore(version);
      }}
    />
  );
}
