import { Check, CircleAlert, CloudOff, LoaderCircle, PencilLine, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../ui/cn";
import { type EditSnapshot, type EditState, statusText } from "./edit-state";

type SaveStatusProps = {
  snapshot: EditSnapshot;
  // Opens what there is to decide or to read about the present state.
  onDetails: () => void;
};

const icons: Record<EditState["status"], ReactNode> = {
  saved: <Check className="text-success" />,
  dirty: <PencilLine />,
  saving: <LoaderCircle className="motion-safe:animate-spin" />,
  offline: <CloudOff className="text-warning" />,
  "signed-out": <CircleAlert className="text-warning" />,
  conflict: <TriangleAlert className="text-danger" />,
  refused: <CircleAlert className="text-danger" />,
  gone: <CircleAlert className="text-danger" />,
};

// hasDetails: these states have a dialog.
export function hasDetails({ status }: EditState): boolean {
  return status === "conflict" || status === "refused" || status === "gone";
}

// SaveStatus says in a few words where the work is. What comes and goes with every autosave is not read out; what a
// person has to know is.
export function SaveStatus({ snapshot, onDetails }: SaveStatusProps) {
  const { state } = snapshot;
  const text = statusText(snapshot);
  const calm = state.status === "saved" || state.status === "dirty" || state.status === "saving";
  const look =
    "inline-flex h-8 min-w-0 shrink items-center gap-1.5 whitespace-nowrap rounded-md px-1.5 text-muted text-xs [&>svg]:size-3.5 [&>svg]:shrink-0";
  const content = (
    <>
      {icons[state.status]}
      <span className="truncate" data-testid="save-status">
        {text}
      </span>
    </>
  );
  return (
    <>
      {hasDetails(state) ? (
        <button
          type="button"
          className={cn(look, "border border-line text-ink hover:bg-hover")}
          onClick={onDetails}
        >
          {content}
        </button>
      ) : (
        <span className={look}>{content}</span>
      )}
      <span role="status" className="sr-only">
        {calm ? "" : text}
      </span>
    </>
  );
}
