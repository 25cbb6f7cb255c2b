// Drafts in this browser (IndexedDB). A draft is keyed by person, organization, diagram and edit session, so two
// tabs never overwrite each other and nobody is shown somebody else's work.
//
// A session that lives holds a lock named after it. The browser frees it when the tab dies, however it dies: that
// tells a draft left behind from the draft of a tab that is still being worked in. Where the browser has no locks
// (plain HTTP on a foreign address) every other draft counts as left behind.
import { createStore, del, promisifyRequest, set, type UseStore } from "idb-keyval";
import type { DraftContent, DraftPort } from "./draft-keeper";

export type DraftPlace = { userId: string; organizationId: string; diagramId: string };
// Drafts of an older Laneway have no baseline, and do not say what the title was.
export type StoredDraft = Omit<DraftContent, "baselineXml" | "request" | "savedTitle"> &
  Partial<Pick<DraftContent, "baselineXml" | "request" | "savedTitle">> & { sessionId: string };

// titleOf is the title that somebody who goes on with a draft wants: their own, or, where they have not given another
// one, what it is called by now.
export function titleOf(draft: StoredDraft, storedTitle: string): string {
  return draft.title === draft.savedTitle ? storedTitle : draft.title;
}

const lockPrefix = "laneway-edit:";

export class DraftStore {
  readonly #store: UseStore;
  readonly #place: DraftPlace;

  constructor(place: DraftPlace, store: UseStore = createStore("laneway-drafts", "drafts")) {
    this.#place = place;
    this.#store = store;
  }

  // port is where one edit session keeps its draft.
  port(sessionId: string): DraftPort {
    return {
      write: (draft) => set(this.#key(sessionId), { ...draft, sessionId } satisfies StoredDraft, this.#store),
      remove: () => this.remove(sessionId),
    };
  }

  // leftBehind lists the drafts of sessions that have ended, the newest first. The browser takes a moment to free
  // the lock of a session that has just ended on this page, so those are named.
  async leftBehind(ended: ReadonlySet<string> = new Set()): Promise<StoredDraft[]> {
    const [drafts, live] = await Promise.all([this.#all(), liveSessions()]);
    return drafts
      .filter(({ sessionId }) => ended.has(sessionId) || !live.has(sessionId))
      .sort((a, b) => b.writtenAt - a.writtenAt);
  }

  remove(sessionId: string): Promise<void> {
    return del(this.#key(sessionId), this.#store);
  }

  #all(): Promise<StoredDraft[]> {
    const { userId, organizationId, diagramId } = this.#place;
    const prefix = [userId, organizationId, diagramId];
    // An empty array sorts after every string, so this is everything below the prefix.
    const range = IDBKeyRange.bound(prefix, [...prefix, []]);
    return this.#store("readonly", (drafts) => promisifyRequest<StoredDraft[]>(drafts.getAll(range)));
  }

  #key(sessionId: string): IDBValidKey {
    const { userId, organizationId, diagramId } = this.#place;
    return [userId, organizationId, diagramId, sessionId];
  }
}

// newSessionId names one edit session. crypto.randomUUID is missing on plain HTTP.
export function newSessionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

// holdSession marks a session as living until release is called or the tab is gone.
export function holdSession(sessionId: string): () => void {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => {};
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  void locks.request(lockPrefix + sessionId, () => held);
  return release;
}

async function liveSessions(): Promise<Set<string>> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return new Set();
  const { held = [], pending = [] } = await locks.query();
  return new Set(
    [...held, ...pending].flatMap(({ name }) =>
      name?.startsWith(lockPrefix) ? [name.slice(lockPrefix.length)] : [],
    ),
  );
}
