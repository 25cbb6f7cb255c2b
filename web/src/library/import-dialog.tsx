import { Link } from "@tanstack/react-router";
import { Check, CircleAlert, Clock, LoaderCircle, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import type { Finding } from "../api/diagram";
import type { FieldError } from "../api/problem";
import { Button, buttonStyle } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { type ImportItem, type ImportRun, isSettled } from "./import-run";
import { QuotaLine } from "./quota-line";

type ImportDialogProps = {
  organizationId: string;
  run: ImportRun;
  items: readonly ImportItem[];
  onClose: () => void;
};

// ImportDialog tells of each document how it fared, offers to mend what can be mended, and shows what was.
export function ImportDialog({ organizationId, run, items, onClose }: ImportDialogProps) {
  const settled = isSettled(items);
  const mendable = items.filter(({ outcome }) => outcome.status === "refused" && outcome.repairable);
  const failed = items.filter(({ outcome }) => outcome.status === "failed");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={settled ? "Import" : "Importing"}
      size="large"
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {settled && failed.length > 0 && (
            <Button onClick={() => run.retry(failed.map(({ id }) => id))}>
              Try {countOf(failed, items)} again
            </Button>
          )}
          {settled && mendable.length > 0 && (
            <Button variant="primary" onClick={() => run.repair(mendable.map(({ id }) => id))}>
              <Wrench aria-hidden="true" />
              Repair and import{mendable.length > 1 ? ` ${mendable.length}` : ""}
            </Button>
          )}
        </>
      }
    >
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p role="status" className="text-muted">
          {summary(items)}
        </p>
        <QuotaLine organizationId={organizationId} />
      </div>
      <ul className="divide-y divide-line rounded-md border border-line">
        {items.map((item) => (
          <ImportRow key={item.id} item={item} organizationId={organizationId} />
        ))}
      </ul>
    </Dialog>
  );
}

function countOf(some: readonly ImportItem[], all: readonly ImportItem[]): string {
  return all.length === 1 ? "it" : some.length === all.length ? "all" : String(some.length);
}

// summary is the state of the whole in one sentence; it is read out when it changes.
function summary(items: readonly ImportItem[]): string {
  const count = (status: ImportItem["outcome"]["status"]) =>
    items.filter(({ outcome }) => outcome.status === status).length;
  const done = count("done");
  if (!isSettled(items)) return `${items.length - count("waiting")} of ${items.length} …`;
  if (done === items.length)
    return done === 1 ? "The diagram was imported." : `All ${done} diagrams were imported.`;
  if (items.length === 1) return "The diagram was not imported.";
  return `${done} of ${items.length} diagrams were imported.`;
}

function ImportRow({ item, organizationId }: { item: ImportItem; organizationId: string }) {
  const { outcome } = item;
  return (
    <li className="flex items-start gap-3 px-3 py-2">
      <span className="mt-0.5 [&>svg]:size-4">{icons[outcome.status]}</span>
      <div className="min-w-0 flex-1">
        <div className="break-words font-medium">{item.name}</div>
        <Result outcome={outcome} />
      </div>
      {outcome.status === "done" && (
        <Link
          to="/o/$organizationId/diagrams/$diagramId"
          params={{ organizationId, diagramId: outcome.diagram.id }}
          aria-label={`Open ${item.name}`}
          className={buttonStyle({ size: "small", className: "hover:bg-hover" })}
        >
          Open
        </Link>
      )}
    </li>
  );
}

const icons: Record<ImportItem["outcome"]["status"], ReactNode> = {
  waiting: <Clock className="text-muted" role="img" aria-label="Waiting" />,
  sending: <LoaderCircle className="animate-spin text-accent" role="img" aria-label="Being imported" />,
  done: <Check className="text-success" role="img" aria-label="Imported" />,
  refused: <CircleAlert className="text-danger" role="img" aria-label="Refused" />,
  failed: <CircleAlert className="text-warning" role="img" aria-label="Not imported" />,
};

function Result({ outcome }: { outcome: ImportItem["outcome"] }) {
  switch (outcome.status) {
    case "waiting":
    case "sending":
      return null;
    case "failed":
      return <p className="text-muted">{outcome.text}</p>;
    case "refused":
      return outcome.errors.length === 0 ? (
        <p className="text-danger">{outcome.text}</p>
      ) : (
        <Places entries={outcome.errors} className="text-danger" />
      );
    case "done": {
      const repairs = outcome.diagram.repairs ?? [];
      const { warnings } = outcome.diagram;
      return (
        <>
          {repairs.length > 0 && (
            <>
              <p className="text-muted">
                {repairs.length === 1 ? "One repair:" : `${repairs.length} repairs:`}
              </p>
              <Places entries={repairs} />
            </>
          )}
          {warnings.length > 0 && (
            <details className="text-muted">
              <summary className="w-fit rounded">
                {warnings.length === 1 ? "One remark" : `${warnings.length} remarks`}
              </summary>
              <Places entries={warnings} />
            </details>
          )}
        </>
      );
    }
  }
}

const mostShown = 20;

function Places({ entries, className }: { entries: readonly (FieldError | Finding)[]; className?: string }) {
  return (
    <ul className={className}>
      {entries.slice(0, mostShown).map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <li key={index} className="break-words">
          {placeOf(entry)}
          {entry.detail}
        </li>
      ))}
      {entries.length > mostShown && <li>… and {entries.length - mostShown} more</li>}
    </ul>
  );
}

// placeOf is where in the document it is, as far as the server told.
function placeOf(entry: FieldError | Finding): string {
  if (!entry.line) return "";
  const column = "column" in entry && entry.column ? `, column ${entry.column}` : "";
  return `Line ${entry.line}${column}: `;
}
