import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import type { ImportWarning } from "./bpmn-canvas";

// ImportNotice stands above a drawing that the editor could not read in full. What it does not show stays stored as it
// is, whatever is edited.
export function ImportNotice({ warnings }: { warnings: readonly ImportWarning[] }) {
  const [state, setState] = useState<"shown" | "listed" | "dismissed">("shown");
  if (state === "dismissed") return null;
  const count = warnings.length === 1 ? "One thing" : `${warnings.length} things`;
  return (
    <>
      <Notice
        tone="warning"
        className="shrink-0 rounded-none border-x-0 border-t-0"
        action={
          <span className="flex flex-wrap justify-end gap-2">
            <Button size="small" onClick={() => setState("listed")}>
              Show
            </Button>
            <Button size="small" variant="ghost" onClick={() => setState("dismissed")}>
              Dismiss
            </Button>
          </span>
        }
      >
        {count} in this document can’t be shown here. It stays stored as it is, also when you edit.
      </Notice>
      <Dialog
        open={state === "listed"}
        onOpenChange={() => setState("shown")}
        title="What can’t be shown"
        size="medium"
        footer={<Button onClick={() => setState("shown")}>Close</Button>}
      >
        <ul className="flex flex-col gap-1">
          {warnings.map(({ message, elementId }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and warnings repeat
            <li key={index} className="rounded-md border border-line px-3 py-1.5">
              <span className="wrap-anywhere">{message}</span>
              {elementId && <span className="block text-muted text-xs">{elementId}</span>}
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}
