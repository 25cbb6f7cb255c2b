// What the tests of an edit session work at.
import type { DraftContent } from "./draft-keeper";
import type { StoredVersion } from "./edit-ports";
import { EditSession } from "./edit-session";
import { statusText } from "./edit-state";
import type { Dispute, SaveMode, SaveOutcome, SaveRequest, Stored } from "./save-request";

type Putting = "put" | "waiting" | "failed";

// A desk is an editor, a server and a clock that a test moves by hand.
export class Desk {
  now = Date.UTC(2026, 0, 5, 12, 0, 0);
  stack: string[] = [];
  title = "Order";
  draft: DraftContent | null = null;
  draftFails = false;
  exportFails = false;
  commits = 0;
  // What is typed and no command yet.
  pending: (() => void) | null = null;
  readonly sent: { request: SaveRequest; mode: SaveMode }[] = [];
  // What the server has.
  head: StoredVersion | null = null;
  looks = 0;
  // What a reading of it waits for.
  reading: Promise<void> | null = null;
  // What was put on the canvas, and beside what.
  readonly shown: { known: string; target: string; beside: "unsent work" | "nothing" }[] = [];
  putting: Putting | ((unsent: boolean) => Putting) = "put";
  digests = true;
  readonly session: EditSession;
  #timers: { at: number; run: () => void }[] = [];
  #answers: ((outcome: SaveOutcome) => void)[] = [];
  #commands = 0;

  constructor(start: { restored?: { title: string; request: SaveRequest | null }; shownXml?: null } = {}) {
    this.session = new EditSession(
      {
        exportXml: async () => {
          if (this.exportFails) throw new Error("no plane");
          return this.xml;
        },
        position: () => this.stack.at(-1) ?? "0",
        commitPending: () => {
          this.commits += 1;
          const { pending } = this;
          this.pending = null;
          pending?.();
        },
        save: (request, mode) => {
          this.sent.push({ request, mode });
          return new Promise((resolve) => this.#answers.push(resolve));
        },
        head: async () => {
          this.looks += 1;
          const { head } = this;
          await this.reading;
          return head;
        },
        put: async (foreign) => {
          const { known, target, isUnsent } = foreign;
          // Both documents are read first.
          await Promise.resolve();
          const putting = typeof this.putting === "string" ? this.putting : this.putting(isUnsent());
          if (putting === "put")
            this.shown.push({ known, target, beside: isUnsent() ? "unsent work" : "nothing" });
          return putting;
        },
        digest: async (text) => (this.digests ? `hash of ${text}` : null),
        drafts: {
          write: async (draft) => {
            if (this.draftFails) throw new Error("no room");
            this.draft = draft;
          },
          remove: async () => {
            this.draft = null;
          },
        },
        now: () => this.now,
        schedule: (delay, run) => {
          const timer = { at: this.now + delay, run };
          this.#timers.push(timer);
          return () => {
            this.#timers = this.#timers.filter((other) => other !== timer);
          };
        },
        random: () => 0,
      },
      {
        version: 7,
        title: "Order",
        savedAt: this.now,
        baselineXml: "<baseline/>",
        shownXml: start.shownXml === null ? null : "<stored/>",
        restored: start.restored ?? null,
      },
    );
  }

  get xml(): string {
    return `<doc>${this.stack.join(",")}</doc>`;
  }

  get status(): string {
    return this.session.snapshot().state.status;
  }

  get text(): string {
    return statusText(this.session.snapshot());
  }

  get last(): SaveRequest {
    const last = this.sent.at(-1);
    if (!last) throw new Error("nothing was sent");
    return last.request;
  }

  // draw does a command; names are never used twice, as on the real stack.
  draw(): void {
    this.#commands += 1;
    this.stack.push(`c${this.#commands}`);
    this.session.commandDone();
  }

  undo(): void {
    this.stack.pop();
    this.session.commandDone();
  }

  async answer(outcome: SaveOutcome): Promise<void> {
    const answer = this.#answers.shift();
    if (!answer) throw new Error("nothing waits for an answer");
    answer(outcome);
    await this.rest();
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await this.rest();
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }

  async rest(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  }
}

export const unreachable: SaveOutcome = { kind: "unanswered", reason: "network", retryAfterMs: null };
export const stored = (version: number, more: Partial<Stored> = {}): Stored => ({
  version,
  title: "Order",
  merged: false,
  bpmnXml: null,
  ...more,
});
export const saved = (version: number, more: Partial<Stored> = {}): SaveOutcome => ({
  kind: "saved",
  stored: stored(version, more),
});
export const dispute: Dispute = { draftId: "d1", expectedVersion: 7, currentVersion: 9, conflicts: [] };
export const conflict: SaveOutcome = { kind: "conflict", dispute };
// merge is what every save carries besides its version.
export const merge = { onConflict: "merge" } as const;
