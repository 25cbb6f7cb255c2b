// The page that compares two versions of a diagram, or a version and a file. What is compared stands in the address,
// so that it can be passed on; a file is held in this page's memory and nowhere else.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DragEvent, useCallback, useMemo, useState } from "react";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { meQuery } from "../api/session";
import {
  type DocumentDiff,
  diffAddress,
  diffQuery,
  diffWithFile,
  headQuery,
  versionQuery,
  versionsQuery,
} from "../api/version";
import { Button } from "../ui/button";
import { HeaderSlot } from "../ui/header-slot";
import { usePageTitle } from "../ui/page-title";
import { Skeleton } from "../ui/skeleton";
import { notifyDone, notifyError } from "../ui/toaster";
import { readBpmnFile } from "./bpmn-file";
import { countChanges, groupChanges } from "./change-groups";
import { ChangesBar, CompareBar } from "./compare-bar";
import { CompareDrawings, type Side } from "./compare-drawings";
import { CompareList } from "./compare-list";
import { useTakeBack } from "./compare-take-back";
import { outlineOf } from "./document-outline";
import { downloadJson } from "./download";
import { usePreference } from "./preferences";
import { useStepKeys } from "./studio-keys";

export type CompareSearch = { from?: number; to?: number };

type ComparePageProps = {
  organizationId: string;
  diagramId: string;
  search: CompareSearch;
  onSearch: (search: CompareSearch) => void;
};

// A file that is compared, with what it differs in from a version.
type ComparedFile = { name: string; bpmnXml: string; from: number; diff: DocumentDiff };

export function ComparePage({ organizationId, diagramId, search, onSearch }: ComparePageProps) {
  const api = useApi();
  const me = useQuery(meQuery(api));
  const head = useQuery(headQuery(api, organizationId, diagramId));
  const versions = useInfiniteQuery(versionsQuery(api, organizationId, diagramId, false));
  const [file, setFile] = useState<ComparedFile | null>(null);
  const [reading, setReading] = useState(false);

  const current = head.data?.version;
  const to = search.to ?? current ?? 1;
  const rows = versions.data?.pages.flatMap(({ data }) => data) ?? [];
  // Without a word in the address: with the version before, which may be some numbers away.
  const from = search.from ?? rows.find(({ number }) => number < to)?.number ?? to;
  const ready = current !== undefined && (search.from !== undefined || !versions.isPending);
  const before = useQuery({ ...versionQuery(api, organizationId, diagramId, from), enabled: ready });
  const after = useQuery({
    ...versionQuery(api, organizationId, diagramId, to),
    enabled: ready && !file,
  });
  const diff = useQuery({ ...diffQuery(api, organizationId, diagramId, from, to), enabled: ready && !file });

  usePageTitle(head.data ? `Compare ${head.data.title}` : "Compare");

  const compareFile = async (picked: File, version: number) => {
    setReading(true);
    try {
      const read = await readBpmnFile(picked);
      if (read.kind === "refused") {
        notifyError({ text: `${picked.name} can’t be compared`, detail: read.refusal.detail });
        return;
      }
      const found = await diffWithFile(api, organizationId, diagramId, version, picked);
      setFile({ name: picked.name, bpmnXml: read.bpmnXml, from: version, diff: found });
    } catch (error) {
      notifyError({ text: `${picked.name} can’t be compared`, detail: describeError(error) });
    } finally {
      setReading(false);
    }
  };

  const error = head.error ?? before.error ?? (file ? null : (after.error ?? diff.error));
  const sides = useMemo((): { before: Side; after: Side; diff: DocumentDiff } | null => {
    if (!before.data || current === undefined) return null;
    const left = { caption: `Version ${from}`, bpmnXml: before.data.bpmnXml };
    if (file) return { before: left, after: { caption: file.name, bpmnXml: file.bpmnXml }, diff: file.diff };
    if (!after.data || !diff.data) return null;
    const caption = to === current ? `Version ${to} (current)` : `Version ${to}`;
    return { before: left, after: { caption, bpmnXml: after.data.bpmnXml }, diff: diff.data };
  }, [before.data, after.data, diff.data, file, from, to, current]);

  const role = me.data?.organizations.find(({ id }) => id === organizationId)?.role;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file can also be chosen by the button "With a file…"
    <div
      className="flex h-full flex-col"
      onDragOver={(event: DragEvent) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event: DragEvent) => {
        const dropped = event.dataTransfer.files[0];
        if (!dropped) return;
        event.preventDefault();
        void compareFile(dropped, from);
      }}
    >
      <HeaderSlot name="title">
        <h1 tabIndex={-1} className="flex min-w-0 items-center gap-1 font-semibold">
          <Link
            to="/o/$organizationId/diagrams/$diagramId"
            params={{ organizationId, diagramId }}
            className="min-w-0 truncate rounded-md px-1.5 py-1 hover:bg-hover"
            title="Back to the diagram"
          >
            {head.data?.title ?? "Diagram"}
          </Link>
          <span aria-hidden="true" className="text-muted">
            /
          </span>
          <span className="px-1.5">Compare</span>
        </h1>
      </HeaderSlot>
      {ready && (
        <CompareBar
          versions={rows}
          from={from}
          to={to}
          head={current}
          file={file?.name ?? null}
          onOlder={versions.hasNextPage ? () => void versions.fetchNextPage() : null}
          onFrom={(version) => {
            setFile(null);
            onSearch({ ...search, from: version });
          }}
          onTo={(version) => onSearch(version === null ? { from } : { from, to: version })}
          onFile={(picked) => void compareFile(picked, from)}
          onNoFile={() => setFile(null)}
          onCopyLink={() => void copyLink(from, to)}
        />
      )}
      {error ? (
        <Failed
          reason={describeError(error)}
          onRetry={() =>
            void Promise.all([head.refetch(), before.refetch(), after.refetch(), diff.refetch()])
          }
        />
      ) : sides && !reading ? (
        <Comparison
          key={`${from}:${to}:${file?.name ?? ""}`}
          organizationId={organizationId}
          diagramId={diagramId}
          from={from}
          to={file ? null : to}
          current={current ?? to}
          mayTake={!file && to === current && from !== to && role !== undefined && role !== "viewer"}
          title={head.data?.title ?? ""}
          {...sides}
          onTaken={() => {
            onSearch({ from });
          }}
        />
      ) : (
        <div aria-busy="true" className="flex min-h-0 flex-1 flex-col gap-3 bg-paper p-3 md:flex-row">
          <span className="sr-only">Loading both documents</span>
          <Skeleton className="min-h-32 flex-1" />
          <Skeleton className="min-h-32 flex-1" />
        </div>
      )}
    </div>
  );
}

// copyLink copies an address that shows the same two versions also when another one is current.
async function copyLink(from: number, to: number): Promise<void> {
  const address = new URL(window.location.href);
  address.search = new URLSearchParams({ from: String(from), to: String(to) }).toString();
  try {
    await navigator.clipboard.writeText(address.href);
    notifyDone({
      text: "The link is copied",
      detail: `It shows versions ${from} and ${to}, whatever is saved later.`,
    });
  } catch {
    // Over plain HTTP a browser has no clipboard for pages.
    notifyError({ text: "The link could not be copied", detail: address.href });
  }
}

function Failed({ reason, onRetry }: { reason: string; onRetry: () => void }) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-4 p-6 text-center">
      <h2 className="font-semibold text-xl">This can’t be compared</h2>
      <p className="wrap-anywhere max-w-md text-muted">{reason}</p>
      <Button variant="primary" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

type ComparisonProps = {
  organizationId: string;
  diagramId: string;
  from: number;
  // null for a file.
  to: number | null;
  current: number;
  mayTake: boolean;
  title: string;
  before: Side;
  after: Side;
  diff: DocumentDiff;
  onTaken: () => void;
};

function Comparison(props: ComparisonProps) {
  const { diagramId, from, to, title, before, after, diff } = props;
  const [layoutShown, setLayoutShown] = usePreference("compare.layout", (stored) => stored !== "false");
  const [chosen, setChosen] = useState<string | null>(null);
  const takeBack = useTakeBack(props);

  const all = useMemo(
    () => groupChanges(diff.changes, outlineOf(before.bpmnXml), outlineOf(after.bpmnXml)),
    [diff, before.bpmnXml, after.bpmnXml],
  );
  const groups = useMemo(() => all.filter(({ layout }) => layoutShown || !layout), [all, layoutShown]);
  const at = groups.findIndex(({ id }) => id === chosen);

  const step = useCallback(
    (by: 1 | -1) => {
      const next = at === -1 ? (by === 1 ? 0 : groups.length - 1) : (at + by + groups.length) % groups.length;
      setChosen(groups[next]?.id ?? null);
    },
    [at, groups],
  );
  useStepKeys(step);

  const href = diffAddress(diagramId, from, to ?? from);
  return (
    <div className="flex min-h-0 flex-1 flex-col md:flex-row">
      <CompareDrawings
        before={before}
        after={after}
        groups={groups}
        chosen={at === -1 ? null : chosen}
        onPick={(id) => {
          if (groups.some((group) => group.id === id)) setChosen(id);
        }}
      />
      <aside
        aria-label="Changes"
        className="flex h-[44%] min-h-0 shrink-0 flex-col border-line border-t bg-surface md:h-full md:w-80 md:border-t-0 md:border-l"
      >
        <ChangesBar
          counts={countChanges(groups)}
          total={groups.length}
          at={at + 1}
          layoutShown={layoutShown}
          layoutOnly={all.filter(({ layout }) => layout).length}
          json={{
            href: to === null ? "#" : href,
            onOpen: () => downloadJson(`${title} ${before.caption} to ${after.caption}`, diff),
          }}
          onLayout={setLayoutShown}
          onStep={step}
        />
        <div className="min-h-0 flex-1 overflow-y-auto">
          {groups.length === 0 ? (
            <Empty identical={all.length === 0} />
          ) : (
            <CompareList
              groups={groups}
              chosen={chosen}
              onChoose={setChosen}
              takeBack={
                props.mayTake
                  ? { label: `Take back from version ${from}`, busy: takeBack.busy, run: takeBack.run }
                  : null
              }
            />
          )}
        </div>
      </aside>
    </div>
  );
}

function Empty({ identical }: { identical: boolean }) {
  return (
    <div className="flex flex-col gap-1 p-4">
      <p className="font-medium">{identical ? "Both say the same" : "Only the layout differs"}</p>
      <p className="text-muted">
        {identical
          ? "Every element, every field and every place is the same in both."
          : "Every element and every field is the same in both. Show the changes of the layout to see what was moved."}
      </p>
    </div>
  );
}
