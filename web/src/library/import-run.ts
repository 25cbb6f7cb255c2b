// An ImportRun brings any number of documents to the server, one after the other, and knows how each fared. It knows
// no React: who shows it subscribes. A document is sent under one idempotency key until it is answered, so that
// "try again" after a lost answer makes no second diagram.
import type { CreatedDiagram } from "../api/diagram";
import { ApiError, describeError, type FieldError } from "../api/problem";
import { type ImportSource, maxDocumentBytes } from "./import-source";

export type ImportOutcome =
  | { status: "waiting" }
  | { status: "sending" }
  | { status: "done"; diagram: CreatedDiagram }
  // The document itself is at fault. With repairable the server offers to mend it.
  | { status: "refused"; text: string; errors: FieldError[]; repairable: boolean }
  // Something around it: the plan, the network, the session. Trying again may help.
  | { status: "failed"; text: string };

export type ImportItem = { id: number; name: string; outcome: ImportOutcome };

export type Upload = (
  source: ImportSource,
  options: { repair: boolean; idempotencyKey: string },
) => Promise<CreatedDiagram>;

type Entry = { item: ImportItem; source: ImportSource; repair: boolean; key: string };

type ImportRunOptions = {
  upload: Upload;
  newKey: () => string;
  wait: (milliseconds: number) => Promise<void>;
  // onSettled is called each time nothing is left to send.
  onSettled?: (items: readonly ImportItem[]) => void;
};

const repairable = new Set(["duplicate_id", "invalid_id", "di_invalid_bounds"]);
const longestWait = 60;

export class ImportRun {
  readonly #options: ImportRunOptions;
  readonly #listeners = new Set<() => void>();
  #entries: Entry[] = [];
  #snapshot: readonly ImportItem[] = [];
  #running = false;

  constructor(options: ImportRunOptions) {
    this.#options = options;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // items is a new list after every change and the same one in between.
  items = (): readonly ImportItem[] => this.#snapshot;

  // add queues documents behind those that are still under way.
  add(sources: readonly ImportSource[]): void {
    for (const source of sources) {
      this.#entries.push({
        item: { id: this.#entries.length, name: source.name, outcome: { status: "waiting" } },
        source,
        repair: false,
        key: this.#options.newKey(),
      });
    }
    this.#start();
  }

  // repair sends refused documents again and lets the server mend them. Another request, so another key.
  repair(ids: readonly number[]): void {
    for (const entry of this.#pick(ids, "refused")) {
      entry.repair = true;
      entry.key = this.#options.newKey();
      this.#set(entry, { status: "waiting" });
    }
    this.#start();
  }

  // retry sends again what failed for a reason outside the document.
  retry(ids: readonly number[]): void {
    for (const entry of this.#pick(ids, "failed")) this.#set(entry, { status: "waiting" });
    this.#start();
  }

  #pick(ids: readonly number[], status: ImportOutcome["status"]): Entry[] {
    return this.#entries.filter(({ item }) => ids.includes(item.id) && item.outcome.status === status);
  }

  #start(): void {
    this.#publish();
    if (this.#running) return;
    this.#running = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      this.#set(entry, { status: "sending" });
      this.#publish();
      const outcome = await this.#send(entry);
      this.#set(entry, outcome.result);
      if (outcome.stops) {
        for (const other of this.#entries) {
          if (other.item.outcome.status === "waiting") this.#set(other, outcome.result);
        }
      }
      this.#publish();
    }
    this.#running = false;
    this.#options.onSettled?.(this.#snapshot);
  }

  #next(): Entry | undefined {
    return this.#entries.find(({ item }) => item.outcome.status === "waiting");
  }

  async #send({ source, repair, key }: Entry): Promise<{ result: ImportOutcome; stops: boolean }> {
    const size = source.kind === "file" ? source.file.size : new Blob([source.text]).size;
    if (size > maxDocumentBytes) {
      return refused({ text: "Larger than 5 MiB, the most a document may have.", errors: [] });
    }
    for (;;) {
      try {
        const diagram = await this.#options.upload(source, { repair, idempotencyKey: key });
        return { result: { status: "done", diagram }, stops: false };
      } catch (error) {
        if (error instanceof ApiError && error.kind === "rate-limited") {
          await this.#options.wait(Math.min(error.retryAfter ?? 5, longestWait) * 1000);
          continue;
        }
        return judge(error);
      }
    }
  }

  #set(entry: Entry, outcome: ImportOutcome): void {
    entry.item = { ...entry.item, outcome };
  }

  #publish(): void {
    this.#snapshot = this.#entries.map(({ item }) => item);
    for (const listener of this.#listeners) listener();
  }
}

// judge parts what is wrong with one document from what would stop all of them.
function judge(error: unknown): { result: ImportOutcome; stops: boolean } {
  if (!(error instanceof ApiError)) {
    return {
      result: { status: "failed", text: "The file can’t be read. Is it a folder, or was it moved?" },
      stops: false,
    };
  }
  switch (error.kind) {
    case "invalid":
    case "malformed":
    case "too-large":
    case "unsupported-media-type":
      return refused({ text: describeError(error), errors: error.errors });
    case "internal":
    case "conflict":
      return { result: { status: "failed", text: describeError(error) }, stops: false };
    default:
      return { result: { status: "failed", text: describeError(error) }, stops: true };
  }
}

function refused({ text, errors }: { text: string; errors: FieldError[] }): {
  result: ImportOutcome;
  stops: false;
} {
  const mendable = errors.length > 0 && errors.every(({ code }) => repairable.has(code));
  return { result: { status: "refused", text, errors, repairable: mendable }, stops: false };
}

// isSettled tells whether nothing of it is under way any more.
export function isSettled(items: readonly ImportItem[]): boolean {
  return items.every(({ outcome }) => outcome.status !== "waiting" && outcome.status !== "sending");
}
