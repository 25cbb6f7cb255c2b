import { useEffect, useMemo, useState } from "react";
import { useOpenDiagram, useSaveCopy } from "./copies";
import { DraftList } from "./draft-list";
import { DraftStore, type StoredDraft } from "./draft-store";

type OrphanedDraftsProps = { organizationId: string; diagramId: string; userId: string };

// OrphanedDrafts rescues what this browser still holds of a diagram that cannot be opened any more.
export function OrphanedDrafts({ organizationId, diagramId, userId }: OrphanedDraftsProps) {
  const store = useMemo(
    () => new DraftStore({ organizationId, diagramId, userId }),
    [organizationId, diagramId, userId],
  );
  const [drafts, setDrafts] = useState<StoredDraft[]>([]);
  const saveCopy = useSaveCopy(organizationId);
  const openDiagram = useOpenDiagram(organizationId);

  useEffect(() => {
    let gone = false;
    store.leftBehind().then(
      (found) => {
        if (!gone) setDrafts(found);
      },
      () => {
        // A browser without a working store holds no drafts.
      },
    );
    return () => {
      gone = true;
    };
  }, [store]);

  if (drafts.length === 0) return null;
  const discard = async ({ sessionId }: StoredDraft) => {
    await store.remove(sessionId);
    setDrafts((all) => all.filter((draft) => draft.sessionId !== sessionId));
  };
  return (
    <section className="w-full max-w-lg">
      <h2 className="mb-2 font-semibold">Unsaved work of yours is kept in this browser</h2>
      <DraftList
        drafts={drafts}
        storedVersion={null}
        onRestore={() => {}}
        onCopy={async (draft) => {
          const id = await saveCopy(draft);
          await discard(draft);
          void openDiagram(id);
        }}
        onDiscard={discard}
      />
    </section>
  );
}
