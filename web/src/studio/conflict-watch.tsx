// Work that could not be merged and waits on the server: that of this session, or that of a tab which is gone. It is
// shown until it is decided, and never in the way of anything else.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useApi } from "../api/api-context";
import type { Api } from "../api/client";
import type { SavedDiagram } from "../api/diagram";
import {
  type Dispute,
  type Draft,
  discardDraft,
  draftKeys,
  draftsQuery,
  getDraft,
  listDrafts,
} from "../api/draft";
import { describeError } from "../api/problem";
import { versionKeys } from "../api/version";
import { AlertDialog } from "../ui/alert-dialog";
import { Button } from "../ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../ui/menu";
import { Notice } from "../ui/notice";
import { notifyDone, notifyError } from "../ui/toaster";
import { useOpenDiagram, useSaveCopy } from "./copies";
import { downloadXml } from "./download";
import { clockWords, countWords, dayWords } from "./version-words";

const ConflictResolver = lazy(async () => {
  const { ConflictResolver: component } = await import("./conflict-resolver");
  return { default: component };
});

// What an open editor has to do with a decision.
export type ConflictSession = {
  // The session's own work that waits, null while nothing of it does.
  dispute: Dispute | null;
  // The present work, for a copy or a download.
  work: () => Promise<{ bpmnXml: string; title: string }>;
  // What is stored now holds the session's own work.
  resolved: (saved: SavedDiagram) => void;
  // What is stored now holds work of an earlier session.
  follow: (saved: SavedDiagram) => void;
  // The session's work lies elsewhere now.
  leave: () => Promise<void>;
};

type ConflictWatchProps = {
  organizationId: string;
  diagramId: string;
  title: string;
  session: ConflictSession;
  // Whether the window about the session's own conflict is open.
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

export function ConflictWatch(props: ConflictWatchProps) {
  const { organizationId, diagramId, title, session, open, onOpenChange } = props;
  const api = useApi();
  const queryClient = useQueryClient();
  const drafts = useQuery(draftsQuery(api, organizationId, diagramId));
  const [draft, setDraft] = useState<Draft | null>(null);
  const [busy, setBusy] = useState(false);
  const [discarding, setDiscarding] = useState<string | null>(null);
  const saveCopy = useSaveCopy(organizationId);
  const openDiagram = useOpenDiagram(organizationId);

  const { dispute } = session;
  const draftId = dispute?.draftId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every conflict that comes or goes the list is another
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: draftKeys.list(organizationId, diagramId) });
  }, [queryClient, organizationId, diagramId, draftId]);
  const waiting = drafts.data?.data.find(({ id }) => id !== draftId);
  const refresh = () => {
    void queryClient.invalidateQueries({ queryKey: draftKeys.list(organizationId, diagramId) });
    void queryClient.invalidateQueries({ queryKey: versionKeys.all(organizationId, diagramId) });
  };
  const attempt = async (text: string, run: () => Promise<void>) => {
    setBusy(true);
    try {
      await run();
    } catch (error) {
      notifyError({ text, detail: describeError(error) });
    } finally {
      setBusy(false);
    }
  };
  const discard = (draftId: string) =>
    attempt("The work could not be discarded", async () => {
      await discardDraft(api, organizationId, diagramId, draftId);
      setDraft(null);
      refresh();
    });
  const stored = ({ version }: SavedDiagram) => {
    notifyDone({ text: "Your decision is stored", detail: `It is version ${version}.` });
    refresh();
  };

  return (
    <>
      {waiting && !dispute && (
        <Notice
          tone="warning"
          className="order-first shrink-0 rounded-none border-x-0 border-t-0"
          action={
            <span className="flex flex-wrap justify-end gap-2">
              <Button size="small" onClick={() => setDiscarding(waiting.id)}>
                Discard…
              </Button>
              <Button
                size="small"
                variant="primary"
                busy={busy}
                onClick={() =>
                  void attempt("Your work could not be read", async () =>
                    setDraft(await getDraft(api, organizationId, diagramId, waiting.id)),
                  )
                }
              >
                Decide now
              </Button>
            </span>
          }
        >
          You have unresolved work from {when(waiting.updatedAt)}, with{" "}
          {countWords(waiting.conflictCount, "conflict", "conflicts")}.
        </Notice>
      )}
      <Suspense fallback={null}>
        {dispute && open && (
          <ConflictResolver
            key={dispute.draftId}
            organizationId={organizationId}
            diagramId={diagramId}
            dispute={dispute}
            onStored={(saved) => {
              stored(saved);
              session.resolved(saved);
            }}
            onClose={() => onOpenChange(false)}
            leaving={busy}
            ways={
              <Ways
                busy={busy}
                onCopy={() =>
                  void attempt("The copy could not be made", async () => {
                    const id = await saveCopy(await session.work());
                    await session.leave();
                    await discardDraft(api, organizationId, diagramId, dispute.draftId);
                    await openDiagram(id);
                  })
                }
                onDownload={() =>
                  void attempt("The work could not be read", async () => {
                    const work = await session.work();
                    downloadXml(work.title, work.bpmnXml);
                  })
                }
              />
            }
          />
        )}
        {draft && (
          <ConflictResolver
            key={draft.id}
            organizationId={organizationId}
            diagramId={diagramId}
            dispute={{ ...draft, draftId: draft.id }}
            onStored={(saved) => {
              setDraft(null);
              stored(saved);
              session.follow(saved);
            }}
            onClose={() => setDraft(null)}
            leaving={busy}
            ways={
              <Ways
                busy={busy}
                onCopy={() =>
                  void attempt("The copy could not be made", async () => {
                    const id = await saveCopy({ title, bpmnXml: draft.bpmnXml });
                    await discardDraft(api, organizationId, diagramId, draft.id);
                    await openDiagram(id);
                  })
                }
                onDownload={() => downloadXml(title, draft.bpmnXml)}
                onDiscard={() => setDiscarding(draft.id)}
              />
            }
          />
        )}
      </Suspense>
      <AlertDialog
        open={discarding !== null}
        onOpenChange={(stays) => {
          if (!stays) setDiscarding(null);
        }}
        title="Discard your unresolved work?"
        description="What you did in it and what is not stored yet is gone for good. The stored diagram stays as it is."
        cancel="Keep it"
        confirm="Discard my work"
        danger
        onConfirm={() => {
          if (discarding !== null) void discard(discarding);
        }}
      />
    </>
  );
}

// waitingWork gives the documents of all work of one's own that waits on the server. Where the server can't be asked
// nothing is known to wait there.
export async function waitingWork(
  api: Api,
  organizationId: string,
  diagramId: string,
): Promise<ReadonlySet<string>> {
  try {
    const { data } = await listDrafts(api, organizationId, diagramId);
    const drafts = await Promise.all(data.map(({ id }) => getDraft(api, organizationId, diagramId, id)));
    return new Set(drafts.map(({ bpmnXml }) => bpmnXml));
  } catch {
    return new Set();
  }
}

function when(at: string): string {
  const day = dayWords(at, new Date());
  return day === "Today"
    ? clockWords(at)
    : `${day.charAt(0).toLowerCase()}${day.slice(1)}, ${clockWords(at)}`;
}

type WaysProps = { busy: boolean; onCopy: () => void; onDownload: () => void; onDiscard?: () => void };

function Ways({ busy, onCopy, onDownload, onDiscard }: WaysProps) {
  return (
    <Menu>
      <MenuTrigger>
        <Button variant="ghost" busy={busy}>
          <Ellipsis aria-hidden="true" />
          Other ways
        </Button>
      </MenuTrigger>
      <MenuContent align="start">
        <MenuItem onSelect={onCopy}>Keep mine as a copy</MenuItem>
        <MenuItem onSelect={onDownload}>Download mine</MenuItem>
        {onDiscard && (
          <MenuItem danger onSelect={onDiscard}>
            Discard mine…
          </MenuItem>
        )}
      </MenuContent>
    </Menu>
  );
}
