// How the server fares, for who operates it: the measures of success live, what the requests need, and the
// organizations by size. Nothing that is in an organization is shown.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context";
import {
  type Figures,
  figuresQuery,
  type OperatorChange,
  operatorChangesQuery,
  organizationsQuery,
} from "../api/operator";
import { describeError } from "../api/problem";
import { Button, buttonStyle } from "../ui/button";
import { cn } from "../ui/cn";
import { Logo } from "../ui/logo";
import { Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { Skeleton } from "../ui/skeleton";
import { bytes, count, duration, percent, since } from "./amounts";

export function OperatorPage() {
  usePageTitle("Operation");
  const api = useApi();
  const figures = useQuery(figuresQuery(api));
  const changes = useQuery(operatorChangesQuery(api));

  return (
    <div className="flex min-h-dvh flex-col">
      <header className="sticky top-0 z-30 flex h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-2 sm:px-4">
        <Link
          to="/"
          aria-label="Laneway: all diagrams"
          className="flex size-8 shrink-0 items-center justify-center rounded-md text-accent"
        >
          <Logo className="size-6" />
        </Link>
        <span className="min-w-0 flex-1 truncate font-medium">Laneway</span>
        <Link to="/" className={buttonStyle()}>
          To the diagrams
        </Link>
      </header>
      <main className="mx-auto flex w-full max-w-6xl flex-1 flex-col gap-6 p-4 sm:px-6">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h1 tabIndex={-1} className="font-semibold text-xl">
            Operation
          </h1>
          {figures.data && (
            <p className="text-muted text-xs">
              Laneway {figures.data.version}, {figures.data.goVersion} · up{" "}
              {since(figures.data.startedAt, figures.data.at)} · renewed every 5 seconds
            </p>
          )}
        </div>
        {figures.error && (
          <Notice tone="danger">
            The figures did not arrive, so what is shown may be old. {describeError(figures.error)}
          </Notice>
        )}
        {figures.data ? (
          <Fare figures={figures.data} />
        ) : (
          !figures.error && <Skeleton className="h-96 w-full" />
        )}
        <Organizations />
        {changes.data && changes.data.length > 0 && <Operators changes={changes.data} />}
      </main>
    </div>
  );
}

function Fare({ figures }: { figures: Figures }) {
  const { all, pools, caches, memory, streams, windowSeconds } = figures;
  const hits = sum(caches.map(({ hits }) => hits));
  const asked = hits + sum(caches.map(({ misses }) => misses));
  const open = sum(pools.map((pool) => pool.open));
  const minutes = Math.round(windowSeconds / 60);
  return (
    <>
      <section
        aria-label="Measures of success"
        className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6"
      >
        <Measure
          name="p95"
          value={all.requests === 0 ? "–" : duration(all.p95)}
          goal="under 200 ms"
          missed={all.p95 > 0.2}
        />
        <Measure
          name="Errors"
          value={all.requests === 0 ? "–" : percent(all.failed / all.requests)}
          goal={`under ${percent(0.001)}`}
          missed={all.requests > 0 && all.failed / all.requests > 0.001}
        />
        <Measure
          name="Cache hits"
          value={asked === 0 ? "–" : percent(hits / asked)}
          goal={`over ${percent(0.9)}`}
          missed={asked >= 100 && hits / asked < 0.9}
        />
        <Measure name="Connections" value={count(open)} goal="under 50" missed={open >= 50} />
        <Measure
          name="Memory"
          value={memory.resident === 0 ? "–" : bytes(memory.resident)}
          goal="under 8 GB"
          missed={memory.resident >= 8e9}
        />
        <Measure
          name="Event streams"
          value={count(streams)}
          goal={figures.listening ? "hears other servers" : "polls for other servers"}
          missed={!figures.listening}
        />
      </section>
      <section aria-labelledby="requests-heading" className={card}>
        <h2 id="requests-heading" className="font-semibold text-base">
          Requests of the last {minutes} minutes
        </h2>
        {figures.operations.length === 0 ? (
          <p className="text-muted">There were none.</p>
        ) : (
          <Table
            caption={`Requests of the last ${minutes} minutes by operation`}
            heads={["Operation", "Requests", "Errors", "p50", "p95", "p99"]}
            lesser={[3, 5]}
            rows={figures.operations.map((o) => ({
              key: o.operation,
              cells: [
                operationName(o.operation),
                count(o.requests),
                o.failed === 0 ? "0" : `${count(o.failed)} (${percent(o.failed / o.requests)})`,
                duration(o.p50),
                duration(o.p95),
                duration(o.p99),
              ],
              alarming: o.failed > 0,
            }))}
          />
        )}
      </section>
      <div className="grid gap-6 lg:grid-cols-2">
        <section aria-labelledby="pools-heading" className={card}>
          <h2 id="pools-heading" className="font-semibold text-base">
            Database connections
          </h2>
          <Table
            caption="Database connections by pool"
            heads={["Pool", "In use", "Open", "At most", "Waits"]}
            rows={pools.map(({ name, used, open, most, waits }) => ({
              key: name,
              cells: [poolNames[name] ?? name, count(used), count(open), count(most), count(waits)],
            }))}
          />
        </section>
        <section aria-labelledby="caches-heading" className={card}>
          <h2 id="caches-heading" className="font-semibold text-base">
            Caches
          </h2>
          <Table
            caption="Caches"
            heads={["Cache", "Hits", "Size"]}
            rows={caches.map(({ name, hits, misses, bytes: size }) => ({
              key: name,
              cells: [
                name,
                hits + misses === 0 ? "–" : percent(hits / (hits + misses)),
                size === 0 ? "–" : bytes(size),
              ],
            }))}
          />
        </section>
        <section aria-labelledby="queues-heading" className={card}>
          <h2 id="queues-heading" className="font-semibold text-base">
            Queues
          </h2>
          <Table
            caption="Queues"
            heads={["Queue", "Waiting", "Running", "At once"]}
            rows={figures.queues.map(({ name, waiting, running, slots }) => ({
              key: name,
              cells: [
                queueNames[name] ?? name,
                count(waiting),
                count(running),
                slots === 0 ? "any" : count(slots),
              ],
            }))}
          />
        </section>
        <section aria-labelledby="limits-heading" className={card}>
          <h2 id="limits-heading" className="font-semibold text-base">
            Rate limits since the start
          </h2>
          {figures.limits.length === 0 ? (
            <p className="text-muted">They are off.</p>
          ) : (
            <Table
              caption="Rate limits since the start"
              heads={["Class", "Let in", "Refused"]}
              rows={figures.limits.map(({ class: name, allowed, refused }) => ({
                key: name,
                cells: [name, count(allowed), count(refused)],
              }))}
            />
          )}
        </section>
      </div>
    </>
  );
}

type MeasureProps = { name: string; value: string; goal: string; missed: boolean };

function Measure({ name, value, goal, missed }: MeasureProps) {
  return (
    <div className={cn(card, "gap-1", missed && "border-warning bg-warning-soft")}>
      <div className="text-muted text-xs">{name}</div>
      <div className="font-semibold text-xl tabular-nums">{value}</div>
      <div className={cn("text-xs", missed ? "font-medium text-warning" : "text-muted")}>
        {missed && <span className="sr-only">Missed: </span>}
        {goal}
      </div>
    </div>
  );
}

function Organizations() {
  const list = useInfiniteQuery(organizationsQuery(useApi()));
  const organizations = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <section aria-labelledby="organizations-heading" aria-busy={list.isFetching} className={card}>
      <h2 id="organizations-heading" className="font-semibold text-base">
        Organizations
      </h2>
      {list.error && (
        <Notice tone="danger">The organizations did not arrive. {describeError(list.error)}</Notice>
      )}
      {organizations.length > 0 && (
        <Table
          caption="Organizations, the oldest first"
          heads={["Organization", "Plan", "Diagrams", "Members", "Since"]}
          lesser={[4]}
          rows={organizations.map((o) => ({
            key: o.id,
            cells: [
              o.name,
              o.plan,
              `${count(o.diagrams)} of ${count(o.diagramLimit)}`,
              count(o.members),
              new Date(o.createdAt).toLocaleDateString(),
            ],
          }))}
        />
      )}
      {list.hasNextPage && (
        <div>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </section>
  );
}

function Operators({ changes }: { changes: readonly OperatorChange[] }) {
  return (
    <section aria-labelledby="operators-heading" className={card}>
      <h2 id="operators-heading" className="font-semibold text-base">
        Who operates
      </h2>
      <ul className="flex flex-col gap-1">
        {changes.map(({ user, operator, at }) => (
          <li key={`${user.id} ${at}`} className="flex flex-wrap gap-x-2">
            <span className="break-all font-medium">{user.email}</span>
            <span>{operator ? "became an operator" : "is no operator any more"}</span>
            <time dateTime={at} className="text-muted">
              {new Date(at).toLocaleString()}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}

type TableProps = {
  caption: string;
  heads: readonly string[];
  // lesser are the columns that a narrow screen does without.
  lesser?: readonly number[];
  rows: readonly { key: string; cells: readonly string[]; alarming?: boolean }[];
};

// Table has names in the first column and amounts in the others. On a narrow screen it scrolls sideways by itself.
function Table({ caption, heads, lesser = [], rows }: TableProps) {
  const column = (at: number) =>
    cn(at === 0 ? "text-left" : "pl-4 text-right", lesser.includes(at) && "max-sm:hidden");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form, a section would be a landmark in one
    <div role="group" aria-label={caption} tabIndex={0} className="-mx-4 overflow-x-auto px-4">
      <table className="w-full border-collapse tabular-nums">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th
                key={head}
                scope="col"
                className={cn("whitespace-nowrap py-1 font-normal text-muted text-xs", column(at))}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, alarming }) => (
            <tr key={key} className={cn("border-line border-t", alarming && "text-danger")}>
              {cells.map((cell, at) =>
                at === 0 ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
                  <th key={at} scope="row" className="max-w-64 break-words py-1.5 text-left font-normal">
                    {cell}
                  </th>
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
                  <td key={at} className={cn("whitespace-nowrap py-1.5", column(at))}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const card = "flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface p-4";

const sum = (list: readonly number[]) => list.reduce((total, n) => total + n, 0);

const poolNames: Record<string, string> = { app: "diagrams", system: "sign-in", live: "events" };

const queueNames: Record<string, string> = {
  documents: "reading and drawing documents",
  passwords: "hashing passwords",
  pictures: "PNG pictures",
  saves: "saving diagrams",
  savers: "saving the same diagram",
};

function operationName(operation: string): string {
  if (operation === "studio") return "files of the page";
  return operation === "none" ? "no such address" : operation;
}
