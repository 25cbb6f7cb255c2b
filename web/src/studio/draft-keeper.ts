// A DraftKeeper writes the work of one edit session into this browser, at most
// one second after each command, one write at a time.
//
// It knows what the last successful write held, so that the session can say
// whether closing the tab would lose something. Writes and removals run
// strictly one after the other: a removal asked for after a write can never be
// overtaken by it.

import type { SaveRequest } from "./save-request";

// A draft holds all that its save needs: the text, what to compare it with, and the version that it is based on. So
// work that is restored later merges with what others have done since.
export type DraftContent = {
  bpmnXml: string;
  title: string;
  // What the server had for a title: the same as title where the person has not renamed the diagram.
  savedTitle: string;
  baseVersion: number;
  baselineXml: string;
  // A save of older work that had no answer when this was written. It comes first.
  request: SaveRequest | null;
  writtenAt: number;
};

// Where drafts go. Bound to one person, organization, diagram and tab.
export type DraftPort = {
  write(draft: DraftContent): Promise<void>;
  remove(): Promise<void>;
};

// Work is one moment of the document: its text and the marks that identify it.
export type Work = {
  bpmnXml: string;
  position: string;
  title: string;
  savedTitle: string;
  baseVersion: number;
  baselineXml: string;
  request: SaveRequest | null;
};

type KeeperPorts = {
  drafts: DraftPort;
  take(): Promise<Work>;
  now(): number;
  schedule(delayMs: number, run: () => void): () => void;
  // Called whenever what is kept may have changed.
  changed(): void;
};

// The other half of the second is for exporting and writing.
const writeDelayMs = 500;

export class DraftKeeper {
  readonly #ports: KeeperPorts;
  #kept: Work | null = null;
  #cancelTimer: (() => void) | null = null;
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
  }

  // Something lies in the store that this keeper wrote.
  get holdsAnything(): boolean {
    return this.#kept !== null;
  }

  // The reason why the last write failed, null when it did not.
  get failure(): unknown {
    return this.#failure;
  }

  holds(position: string, title: string): boolean {
    return this.#kept !== null && this.#kept.position === position && this.#kept.title === title;
  }

  // touch asks for a write within a second. Further touches before it do not
  // push it back.
  touch(): void {
    if (this.#cancelTimer) return;
    this.#cancelTimer = this.#ports.schedule(writeDelayMs, () => {
      this.#cancelTimer = null;
      void this.flush();
    });
  }

  // flush writes the present work now and resolves when it lies in the store
  // or the store has refused it.
  flush(): Promise<void> {
    this.#stopTimer();
    return this.#enqueue(async () => {
      const work = await this.#ports.take();
      await this.#write(work);
    });
  }

  // keep writes work that somebody has exported already.
  keep(work: Work): Promise<void> {
    return this.#enqueue(() => this.#write(work));
  }

  // clear removes the draft: everything is on the server.
  clear(): Promise<void> {
    this.#stopTimer();
    return this.#enqueue(async () => {
      this.#kept = null;
      await this.#ports.drafts.remove();
      this.#ports.changed();
    });
  }

  stop(): void {
    this.#stopTimer();
  }

  async #write(work: Work): Promise<void> {
    if (this.holds(work.position, work.title) && this.#kept?.baseVersion === work.baseVersion) return;
    const { position: _, ...content } = work;
    await this.#ports.drafts.write({ ...content, writtenAt: this.#ports.now() });
    this.#kept = work;
    this.#failure = null;
    this.#ports.changed();
  }

  #enqueue(run: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(run).catch((error: unknown) => {
      this.#failure = error ?? new Error("draft store failed");
      this.#ports.changed();
    });
    return this.#tail;
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
