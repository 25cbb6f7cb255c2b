// The history of the open diagram, beside the drawing: who stored what and when, and the ways back. Nothing in it
// takes anything away: a restore is a new version like any other.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { diagramKeys } from "../api/diagram";
import { describeError } from "../api/problem";
import {
  duplicateVersion,
  labelVersion,
  type Version,
  type VersionPage,
  versionKeys,
  versionsQuery,
} from "../api/version";
import { Button } from "../ui/button";
import { IconButton } from "../ui/icon-button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { notifyDone, notifyError } from "../ui/toaster";
import { useOpenDiagram } from "./copies";
import { RunEntry, type VersionActions, VersionEntry } from "./history-entry";
import { groupHistory } from "./history-groups";

type HistoryPanelProps = {
  organizationId: string;
  diagramId: string;
  // The version that the studio knows to be stored; a new one means that the history has grown.
  version: number;
  shown: Version | null;
  onShow: (version: Version) => void;
  // Missing for somebody who may only read.
  onRestore: ((version: Version) => void) | null;
  onClose: () => void;
};

export function HistoryPanel(props: HistoryPanelProps) {
  const { organizationId, diagramId, version, shown, onShow, onRestore, onClose } = props;
  const api = useApi();
  const [labelled, setLabelled] = useState(false);
  const query = useInfiniteQuery(versionsQuery(api, organizationId, diagramId, labelled));
  const queryClient = useQueryClient();

  const newest = query.data?.pages[0]?.data[0]?.number;
  useEffect(() => {
    if (labelled || newest === undefined || newest >= version) return;
    void queryClient.invalidateQueries({ queryKey: versionKeys.lists(organizationId, diagramId) });
  }, [queryClient, organizationId, diagramId, version, newest, labelled]);

  const versions = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const actions = useVersionActions(organizationId, diagramId, {
    onShow,
    onRestore,
    // Old autosaves thin out, so the one before may be some numbers away.
    before: (number) =>
      (labelled ? undefined : versions.find((other) => other.number < number))?.number ?? number - 1,
  });
  const days = useMemo(() => groupHistory(versions, new Date()), [versions]);

  return (
    <aside
      aria-label="History"
      className="relative flex h-[44%] min-h-0 shrink-0 flex-col border-line border-t bg-surface md:h-full md:w-72 md:border-t-0 md:border-l"
    >
      <header className="flex shrink-0 items-center gap-2 border-line border-b py-1 pr-1 pl-3">
        <h2 className="min-w-0 flex-1 font-semibold">History</h2>
        <label className="inline-flex min-h-6 items-center gap-1.5 text-xs">
          <input
            type="checkbox"
            checked={labelled}
            className="size-4 accent-accent"
            onChange={({ target }) => setLabelled(target.checked)}
          />
          Named only
        </label>
        <IconButton label="Close the history" onClick={onClose}>
          <X aria-hidden="true" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto pb-2" aria-busy={query.isPending}>
        {query.isPending && <Loading />}
        {query.isError && (
          <Notice
            tone="danger"
            className="m-3"
            action={
              <Button size="small" onClick={() => void query.refetch()}>
                Try again
              </Button>
            }
          >
            {describeError(query.error)}
          </Notice>
        )}
        {query.data && versions.length === 0 && (
          <p className="p-3 text-muted">
            No version has a name yet. Name one, and it is kept for good and easy to find.
          </p>
        )}
        {days.map(({ day, entries }) => (
          <section key={day} aria-label={day}>
            <h3 className="sticky top-0 z-10 bg-surface px-3 pt-3 pb-1 font-medium text-muted text-xs">
              {day}
            </h3>
            <ul>
              {entries.map((entry) =>
                entry.kind === "run" ? (
                  <RunEntry
                    key={entry.versions[0]?.number}
                    versions={entry.versions}
                    shown={shown?.number ?? null}
                    actions={actions}
                  />
                ) : (
                  <VersionEntry
                    key={entry.version.number}
                    version={entry.version}
                    current={entry.version.number === Math.max(version, newest ?? 0)}
                    shown={entry.version.number === shown?.number}
                    actions={actions}
                  />
                ),
              )}
            </ul>
          </section>
        ))}
        {query.hasNextPage && (
          <More busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
        )}
      </div>
    </aside>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-3 p-3">
      <span className="sr-only">Loading the history</span>
      {["a", "b", "c", "d"].map((key) => (
        <Skeleton key={key} className="h-9" />
      ))}
    </div>
  );
}

// More loads what is older as soon as it comes into sight; it is also a button, for everybody who does not scroll.
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const load = useRef(onMore);
  useEffect(() => {
    load.current = onMore;
  }, [onMore]);
  useEffect(() => {
    if (!place.current || busy) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) load.current();
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div ref={place} className="p-3 text-center">
      <Button size="small" variant="ghost" busy={busy} onClick={onMore}>
        Older versions
      </Button>
    </div>
  );
}

function useVersionActions(
  organizationId: string,
  diagramId: string,
  {
    onShow,
    onRestore,
    before,
  }: Pick<HistoryPanelProps, "onShow" | "onRestore"> & { before: (number: number) => number },
): VersionActions {
  const api = useApi();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const openDiagram = useOpenDiagram(organizationId);

  const relabel = (changed: Version) => {
    queryClient.setQueriesData<InfiniteData<VersionPage>>(
      { queryKey: versionKeys.lists(organizationId, diagramId) },
      (known) =>
        known && {
          ...known,
          pages: known.pages.map((page) => ({
            ...page,
            data: page.data.map((version) => (version.number === changed.number ? changed : version)),
          })),
        },
    );
    void queryClient.invalidateQueries({ queryKey: versionKeys.list(organizationId, diagramId, true) });
  };
  const label = async (version: Version, name: string | null) => {
    try {
      relabel(await labelVersion(api, organizationId, diagramId, version.number, name));
    } catch (error) {
      notifyError({ text: "The version could not be named", detail: describeError(error) });
    }
  };
  const duplicate = async (version: Version) => {
    try {
      const copy = await duplicateVersion(api, organizationId, diagramId, version.number);
      void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
      void openDiagram(copy.id);
      notifyDone({ text: `“${copy.title}” is made from version ${version.number}` });
    } catch (error) {
      notifyError({ text: "The diagram could not be made", detail: describeError(error) });
    }
  };
  const compare = (search: { from: number; to?: number }) =>
    void navigate({
      to: "/o/$organizationId/diagrams/$diagramId/compare",
      params: { organizationId, diagramId },
      search,
    });
  return {
    preview: onShow,
    compareWithCurrent: ({ number }) => compare({ from: number }),
    compareWithBefore: ({ number }) => compare({ from: before(number), to: number }),
    change: onRestore && { label, restore: onRestore, duplicate: (version) => void duplicate(version) },
  };
}
