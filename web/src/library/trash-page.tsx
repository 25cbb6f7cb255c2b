// The trash: what can still be had back, and until when.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { type DiagramSummary, listQuery } from "../api/diagram";
import type { Organization } from "../api/session";
import { Button, buttonStyle } from "../ui/button";
import { HeaderSlot } from "../ui/header-slot";
import { Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { Skeleton } from "../ui/skeleton";
import { notifyDone } from "../ui/toaster";
import { deletionDate, formatAgo, formatDate, formatDateTime } from "./dates";
import { useDiagramActions } from "./diagram-actions";
import { flatten } from "./list-cache";
import { ListEnd, ListFailure, SlowHint } from "./list-states";
import { QuotaLine } from "./quota-line";
import { Thumbnail } from "./thumbnail";

export function TrashPage({ organization }: { organization: Organization }) {
  const organizationId = organization.id;
  usePageTitle("Trash");
  const api = useApi();
  const heading = useRef<HTMLHeadingElement>(null);
  const [quota, setQuota] = useState<string>();
  const [restoring, setRestoring] = useState<string>();
  const [now] = useState(() => new Date());
  const actions = useDiagramActions(organizationId, setQuota);
  const list = useInfiniteQuery(listQuery(api, organizationId, { trashed: true }));
  const diagrams = flatten(list.data);

  const restore = async (diagram: DiagramSummary) => {
    setQuota(undefined);
    setRestoring(diagram.id);
    const restored = await actions.restore(diagram);
    setRestoring(undefined);
    if (!restored) return;
    // The button that had the focus is gone with its row.
    heading.current?.focus();
    notifyDone({ text: `“${diagram.title}” is back among the diagrams` });
  };

  return (
    <div className="mx-auto flex w-full max-w-[90rem] flex-1 flex-col gap-4 p-4 sm:px-6">
      <HeaderSlot name="title">
        <span aria-current="page" className="truncate px-1.5 font-medium">
          Trash
        </span>
      </HeaderSlot>
      <div>
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h1 ref={heading} tabIndex={-1} className="font-semibold text-xl">
            Trash
          </h1>
          <QuotaLine organizationId={organizationId} />
        </div>
        <p className="mt-1 text-muted">
          Diagrams stay here for 30 days and do not count towards the plan. Then they are deleted for good.
        </p>
      </div>
      {quota && <Notice tone="danger">{quota}</Notice>}
      <section
        aria-label="Trashed diagrams"
        aria-busy={list.isFetching}
        className="flex max-w-4xl flex-1 flex-col"
      >
        {list.isPending && (
          <>
            <div className="rounded-lg border border-line bg-surface">
              {[0, 1, 2, 3].map((place) => (
                <div key={place} className={rowFrame}>
                  <Skeleton className="h-7 w-12" />
                  <div className="flex flex-1 flex-col gap-2">
                    <Skeleton className="h-3.5 w-2/5" />
                    <Skeleton className="h-3 w-3/5" />
                  </div>
                </div>
              ))}
            </div>
            <SlowHint onRetry={() => void list.refetch()} />
          </>
        )}
        {list.isError && diagrams.length === 0 && (
          <ListFailure error={list.error} onRetry={() => void list.refetch()} />
        )}
        {list.isSuccess && diagrams.length === 0 && (
          <div className="flex flex-1 flex-col items-center justify-center gap-4 py-12">
            <p>The trash is empty.</p>
            <Link
              to="/o/$organizationId/diagrams"
              params={{ organizationId }}
              className={buttonStyle({ className: "hover:bg-hover" })}
            >
              To the diagrams
            </Link>
          </div>
        )}
        {diagrams.length > 0 && (
          <>
            <ul aria-label="Trashed diagrams" className="rounded-lg border border-line bg-surface">
              {diagrams.map((diagram) => (
                <li key={diagram.id} className={rowFrame}>
                  <Thumbnail
                    diagram={diagram}
                    organizationId={organizationId}
                    className="h-7 w-12 shrink-0 rounded-sm border border-line"
                  />
                  <div className="min-w-0 flex-1">
                    <div className="truncate font-medium" title={diagram.title}>
                      {diagram.title}
                    </div>
                    {diagram.deletedAt && <Dates deletedAt={diagram.deletedAt} now={now} />}
                  </div>
                  {organization.role !== "viewer" && (
                    <Button
                      aria-label={`Restore “${diagram.title}”`}
                      busy={restoring === diagram.id}
                      onClick={() => void restore(diagram)}
                    >
                      {restoring !== diagram.id && <RotateCcw aria-hidden="true" />}
                      Restore
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            <ListEnd list={list} />
          </>
        )}
      </section>
    </div>
  );
}

const rowFrame = "flex min-h-14 items-center gap-3 border-line border-b px-3 py-2 last:border-b-0";

function Dates({ deletedAt, now }: { deletedAt: string; now: Date }) {
  const trashed = new Date(deletedAt);
  const final = deletionDate(deletedAt);
  return (
    <div className="text-muted text-xs">
      Trashed{" "}
      <time dateTime={deletedAt} title={formatDateTime(trashed)}>
        {formatAgo(trashed, now)}
      </time>
      , deleted for good on <time dateTime={final.toISOString()}>{formatDate(final)}</time>
    </div>
  );
}
