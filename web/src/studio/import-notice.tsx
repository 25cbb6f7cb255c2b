import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import type { ImportWarning } from "./bpmn-canvas";

type ImportNoticeProps = {
  warnings: readonly ImportWarning[];
  // Missing for somebody who may only read.
  onEdit: (() => void) | undefined;
};

// ImportNotice stands above a drawing that the editor could not read in full. The drawing stays read only until the
// person has seen what a save could drop and wants to edit all the same.
export function ImportNotice({ warnings, onEdit }: ImportNoticeProps) {
  const [listed, setListed] = useState(false);
  const count = warnings.length === 1 ? "One thing" : `${warnings.length} things`;
  return (
    <>
      <Notice
        tone="warning"
        className="shrink-0 rounded-none border-x-0 border-t-0"
        action={
          <span className="flex flex-wrap justify-end gap-2">
            <Button size="small" onClick={() => setListed(true)}>
              Show
            </Button>
            {onEdit && (
              <Button size="small" variant="primary" onClick={onEdit}>
                Edit anyway
              </Button>
            )}
          </span>
        }
      >
        {count} in this document can’t be read by the editor.
        {onEdit ? " It is opened read only, because saving could drop that." : ""}
      </Notice>
      <Dialog
        open={listed}
        onOpenChange={setListed}
        title="What the editor can’t read"
        size="medium"
        footer={
          <>
            <Button onClick={() => setListed(false)}>Stay read only</Button>
            {onEdit && (
              <Button variant="primary" onClick={onEdit}>
                Edit anyway
              </Button>
            )}
          </>
        }
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
