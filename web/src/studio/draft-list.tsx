import { useState } from "react";
import { describeError } from "../api/problem";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { downloadXml } from "./download";
import type { StoredDraft } from "./draft-store";

type DraftListProps = {
  drafts: readonly StoredDraft[];
  // The stored version, null when the diagram is not there any more.
  storedVersion: number | null;
  onRestore: (draft: StoredDraft) => void;
  onCopy: (draft: StoredDraft) => Promise<void>;
  onDiscard: (draft: StoredDraft) => Promise<void>;
};

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

// DraftList shows drafts that an ended session left in this browser, and what can be done with each. Going on with
// one merges it with what others have saved since.
export function DraftList({ drafts, storedVersion, onRestore, onCopy, onDiscard }: DraftListProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);

  const run = async (draft: StoredDraft, action: (draft: StoredDraft) => Promise<void>) => {
    setProblem(null);
    setBusy(draft.sessionId);
    try {
      await action(draft);
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setBusy(null);
    }
  };

  return (
    <div className="flex flex-col gap-3">
      {problem && <Notice tone="danger">{problem}</Notice>}
      <ul className="flex flex-col gap-2">
        {drafts.map((draft) => (
          <li
            key={draft.sessionId}
            className="flex flex-col gap-2 rounded-md border border-line p-3 text-left"
          >
            <div>
              <p className="truncate font-medium">{draft.title}</p>
              <p className="text-muted text-xs">
                Last change {moment.format(draft.writtenAt)}, made on version {draft.baseVersion}
                {storedVersion !== null && draft.baseVersion < storedVersion
                  ? `; version ${storedVersion} was saved since`
                  : ""}
              </p>
            </div>
            <div className="flex flex-wrap gap-2">
              {mergeable(draft, storedVersion) && (
                <Button size="small" variant="primary" onClick={() => onRestore(draft)}>
                  Go on with it
                </Button>
              )}
              <Button size="small" busy={busy === draft.sessionId} onClick={() => run(draft, onCopy)}>
                Keep as a copy
              </Button>
              <Button size="small" onClick={() => downloadXml(draft.title, draft.bpmnXml)}>
                Download
              </Button>
              {doomed === draft.sessionId ? (
                <Button size="small" variant="danger" onClick={() => run(draft, onDiscard)}>
                  Discard for good
                </Button>
              ) : (
                <Button size="small" variant="ghost" onClick={() => setDoomed(draft.sessionId)}>
                  Discard…
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

// A draft without a baseline (of an older Laneway) would undo what others have done since.
function mergeable({ baselineXml, baseVersion }: StoredDraft, storedVersion: number | null): boolean {
  return storedVersion !== null && (baselineXml !== undefined || storedVersion === baseVersion);
}
