// The log: everything that was changed in the organization, newest first.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useApi } from "../api/api-context";
import { type AuditEntry, type AuditFilter, auditQuery, auditTable } from "../api/audit";
import { membersQuery } from "../api/organization";
import { describeError } from "../api/problem";
import type { Organization } from "../api/session";
import { Button, buttonStyle } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Page } from "../ui/page";
import { Select } from "../ui/select";
import { Skeleton } from "../ui/skeleton";
import { auditGroups, auditNamesSubject, auditWords } from "./audit-words";

type AuditPageProps = {
  organization: Organization;
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
};

export function AuditPage({ organization, filter, onFilter }: AuditPageProps) {
  const api = useApi();
  const list = useInfiniteQuery(auditQuery(api, organization.id, filter));
  const members = useInfiniteQuery(membersQuery(api, organization.id));
  const entries = list.data?.pages.flatMap((page) => page.data) ?? [];
  const people = members.data?.pages.flatMap((page) => page.data) ?? [];
  const narrow = (change: AuditFilter) => onFilter({ ...filter, ...change });
  const narrowed = Object.values(filter).some(Boolean);

  return (
    <Page
      title="Log"
      description={`Every change in ${organization.name}: who made it, and when.`}
      action={
        <a className={buttonStyle()} href={auditTable(organization.id, filter)} download="">
          <Download aria-hidden="true" />
          Download as CSV
        </a>
      }
    >
      <search aria-label="Narrow the log" className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Field label="What">
          {(ids) => (
            <Select {...ids} value={filter.kind ?? ""} onChange={(e) => narrow({ kind: e.target.value })}>
              <option value="">Everything</option>
              {auditGroups.map(({ kind, text }) => (
                <option key={kind} value={kind}>
                  {text}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Who">
          {(ids) => (
            <Select
              {...ids}
              value={filter.actorId ?? ""}
              onChange={(e) => narrow({ actorId: e.target.value })}
            >
              <option value="">Everybody</option>
              {people.map(({ userId, displayName }) => (
                <option key={userId} value={userId}>
                  {displayName}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="From">
          {(ids) => (
            <Input
              {...ids}
              type="date"
              value={filter.from ?? ""}
              onChange={(e) => narrow({ from: e.target.value })}
            />
          )}
        </Field>
        <Field label="Until">
          {(ids) => (
            <Input
              {...ids}
              type="date"
              value={filter.until ?? ""}
              onChange={(e) => narrow({ until: e.target.value })}
            />
          )}
        </Field>
      </search>
      <section aria-label="Changes" aria-busy={list.isFetching}>
        {list.isPending && (
          <div className="rounded-lg border border-line bg-surface">
            {[0, 1, 2, 3].map((place) => (
              <div key={place} className={rowFrame}>
                <Skeleton className="h-4 w-3/5" />
              </div>
            ))}
          </div>
        )}
        {list.isError && entries.length === 0 && (
          <Notice tone="danger" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
            {describeError(list.error)}
          </Notice>
        )}
        {list.isSuccess && entries.length === 0 && (
          <Notice
            tone="info"
            action={narrowed ? <Button onClick={() => onFilter({})}>Show everything</Button> : undefined}
          >
            {narrowed ? "Nothing in the log fits this." : "Nothing is left in the log."}
          </Notice>
        )}
        {entries.length > 0 && (
          <ol aria-label="Changes" className="rounded-lg border border-line bg-surface">
            {entries.map((entry) => (
              <AuditRow key={entry.seq} entry={entry} />
            ))}
          </ol>
        )}
        {list.hasNextPage && (
          <Button className="mt-3" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </section>
    </Page>
  );
}

const rowFrame =
  "flex min-h-10 flex-wrap items-baseline gap-x-4 gap-y-0.5 border-line border-b px-3 py-2 last:border-b-0";

// A run within one minute reads like a single moment.
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function AuditRow({ entry }: { entry: AuditEntry }) {
  const { before, after } = auditWords(entry);
  return (
    <li className={rowFrame} data-seq={entry.seq} data-kind={entry.kind}>
      <p className="min-w-0 flex-1 basis-72 break-words">
        <span className="font-medium">{entry.actorName ?? (entry.actorId ? "Somebody" : "The server")}</span>{" "}
        {before}
        {auditNamesSubject(entry) && (
          <>
            {" "}
            <span className="font-medium">{entry.subjectName ?? ""}</span>
          </>
        )}
        {after && ` ${after}`}
      </p>
      <time dateTime={entry.at} className="shrink-0 text-muted text-xs tabular-nums">
        {moment.formatRange(new Date(entry.firstAt), new Date(entry.at))}
      </time>
    </li>
  );
}
