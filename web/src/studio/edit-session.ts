// An EditSession brings the work of one open editor to the server and never
// loses any of it on the way. It knows neither React nor bpmn-js: it is told
// that a command was done and is given small functions for the rest.
//
// - Whether something is unsent is decided by comparing marks: the position on
//   the command stack (the identity of the command on top, so undo followed by
//   another command is seen) and the title, each with what the server last
//   acknowledged. There is no dirty flag that could be reset too early.
// - One request is under way at a time; the next one carries the latest state.
//   A rename goes through the same queue, so versions cannot race.
// - A request without an answer may have been stored all the same. It is sent
//   again word by word until it is answered, because the server knows a repeat
//   by its content; only then newer work follows.
// - Whatever the answer, the work stays in the editor and in the local draft
//   until the server has acknowledged it or the person has decided.

import { DraftKeeper, type DraftPort, type Work } from "./draft-keeper";
import type { EditSnapshot, EditState, Refusal, WaitReason } from "./edit-state";
import type { SaveMode, SaveOutcome, SaveRequest } from "./save-request";

export type EditPorts = {
  // The document as the editor would write it now. What it exports must be the
  // state at the moment of the call.
  exportXml(): Promise<string>;
  // The identity of the command on top of the command stack.
  position(): string;
  // Finishes half-typed inputs (label, properties) so that they become commands.
  commitPending(): void;
  // Sends; resolves with an outcome for every answer and for none.
  save(request: SaveRequest, mode: SaveMode): Promise<SaveOutcome>;
  drafts: DraftPort;
  now(): number;
  schedule(delayMs: number, run: () => void): () => void;
  // 0 ≤ n < 1, spreads the retries of many tabs.
  random(): number;
};

export type EditStart = {
  version: number;
  title: string;
  savedAt: number;
  // What the editor exports right after import. Goes with the first save.
  baselineXml: string;
  // The editor was opened on a local draft: everything in it is unsent.
  restored: { title: string } | null;
};

type Attempt = { request: SaveRequest; work: Work | null };

const autosaveMs = 2000;
const firstRetryMs = 1000;
const lastRetryMs = 30_000;
const leaveWaitMs = 1500;

export class EditSession {
  readonly #ports: EditPorts;
  readonly #keeper: DraftKeeper;
  readonly #listeners = new Set<() => void>();

  #version: number;
  #title: string;
  #savedTitle: string;
  #savedPosition: string | null;
  #savedAt: number;
  #baselineXml: string | null;
  #lossAccepted = false;

  #phase: EditState | { status: "idle" } = { status: "idle" };
  #attempt: Attempt | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #mode: SaveMode = "staying";
  #failures = 0;
  #cancelAutosave: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #lastPosition: string | null = null;
  #snapshot: EditSnapshot;

  constructor(ports: EditPorts, start: EditStart) {
    this.#ports = ports;
    this.#version = start.version;
    this.#savedTitle = start.title;
    this.#title = start.restored?.title ?? start.title;
    this.#savedPosition = start.restored ? null : ports.position();
    this.#savedAt = start.savedAt;
    this.#baselineXml = start.baselineXml;
    this.#keeper = new DraftKeeper({
      drafts: ports.drafts,
      take: () => this.#take(),
      now: ports.now,
      schedule: ports.schedule,
      changed: () => this.#publish(),
    });
    this.#snapshot = this.#look();
    if (start.restored) this.commandDone();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): EditSnapshot => this.#snapshot;

  // commandDone is called after every command, undo and redo.
  commandDone(): void {
    if (this.#disposed) return;
    if (this.#unsent) {
      this.#keeper.touch();
      this.#planAutosave();
    } else {
      this.#dropAutosave();
      this.#keeper.stop();
      if (this.#phase.status === "refused") this.#phase = { status: "idle" };
      if (this.#keeper.holdsAnything) void this.#keeper.clear();
    }
    this.#publish();
  }

  // rename gives the diagram another title, through the same queue as its content.
  rename(title: string): void {
    if (this.#disposed || title === this.#title) return;
    this.#title = title;
    this.#keeper.touch();
    this.#publish();
    if (this.#mayTry()) this.#start();
    else this.#planAutosave();
  }

  // saveNow is the Save button, Ctrl+S and the loss of focus. It resolves when
  // the queue has come to rest, saved or not.
  saveNow(): Promise<void> {
    if (this.#disposed) return this.#running ?? Promise.resolve();
    this.#ports.commitPending();
    this.#dropAutosave();
    if (this.#phase.status === "conflict" || this.#phase.status === "consent") return Promise.resolve();
    if (!this.#unsent) return this.#running ?? Promise.resolve();
    return this.#start();
  }

  // focusLost saves what is waiting for its two seconds, and nothing else: an
  // offline session keeps its own pace.
  focusLost(): void {
    if (this.#disposed || !this.#unsent || !this.#mayTry()) return;
    void this.saveNow();
  }

  // hide is called when the page is hidden or closed: draft first, then a save
  // that may outlive the page.
  hide(): void {
    if (this.#disposed) return;
    this.#ports.commitPending();
    if (!this.#unsent) return;
    if (!this.#kept) void this.#keeper.flush();
    if (!this.#mayTry()) return;
    this.#dropAutosave();
    this.#mode = "leaving";
    void this.#start();
  }

  // leave prepares a navigation inside the application: it starts the save,
  // makes sure of the draft and waits a moment for the answer. The result says
  // whether going away now would lose work.
  async leave(): Promise<"safe" | "at-risk"> {
    if (this.#disposed) return "safe";
    this.#ports.commitPending();
    if (!this.#unsent) return "safe";
    if (!this.#kept) await this.#keeper.flush();
    if (this.#mayTry()) {
      await Promise.race([
        this.saveNow(),
        new Promise<void>((done) => this.#ports.schedule(leaveWaitMs, done)),
      ]);
    }
    return this.#unsent && !this.#kept ? "at-risk" : "safe";
  }

  // connectionBack is called when the browser is online again or the tab gets
  // the focus: a waiting retry need not wait any longer.
  connectionBack(): void {
    if (this.#disposed || this.#phase.status !== "offline") return;
    this.#phase = { status: "idle" };
    void this.#start();
  }

  // signedIn goes on after the same person has signed in again.
  signedIn(): void {
    if (this.#disposed || this.#phase.status !== "signed-out") return;
    this.#phase = { status: "idle" };
    void this.#start();
  }

  // acceptLoss is the person's consent to what the editor cannot keep.
  acceptLoss(): void {
    if (this.#disposed || this.#phase.status !== "consent") return;
    this.#lossAccepted = true;
    this.#phase = { status: "idle" };
    void this.#start();
  }

  // work gives the present document, for a copy or a download, and makes sure
  // that it also lies in the draft store.
  async work(): Promise<{ bpmnXml: string; title: string }> {
    this.#ports.commitPending();
    const work = await this.#take();
    if (this.#unsent) await this.#keeper.keep(work);
    return { bpmnXml: work.bpmnXml, title: work.title };
  }

  // discard ends the session and removes its draft: the work lies elsewhere now
  // (in a copy), or the person has thrown it away knowingly.
  async discard(): Promise<void> {
    this.dispose();
    await this.#keeper.clear();
  }

  // dispose ends the session. A request under way still takes its answer, so
  // that the draft of saved work goes; nothing new is sent.
  dispose(): void {
    if (this.#disposed) return;
    this.#lastPosition = this.#ports.position();
    this.#dropAutosave();
    this.#dropRetry();
    this.#keeper.stop();
    this.#listeners.clear();
  }

  get #disposed(): boolean {
    return this.#lastPosition !== null;
  }

  get #resting(): boolean {
    return this.#phase.status === "idle";
  }

  get #position(): string {
    return this.#lastPosition ?? this.#ports.position();
  }

  get #unsent(): boolean {
    return (
      this.#attempt !== null || this.#position !== this.#savedPosition || this.#title !== this.#savedTitle
    );
  }

  get #kept(): boolean {
    return this.#keeper.holds(this.#position, this.#title);
  }

  // The next autosave may go out by itself: nobody has to decide first and no
  // retry is waiting.
  #mayTry(): boolean {
    const { status } = this.#phase;
    return status === "idle" || status === "saving" || status === "refused";
  }

  #planAutosave(): void {
    this.#dropAutosave();
    this.#cancelAutosave = this.#ports.schedule(autosaveMs, () => {
      this.#cancelAutosave = null;
      if (this.#mayTry() && this.#unsent) void this.#start();
    });
  }

  #dropAutosave(): void {
    this.#cancelAutosave?.();
    this.#cancelAutosave = null;
  }

  #dropRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #start(): Promise<void> {
    this.#dropRetry();
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#run().finally(() => {
      this.#running = null;
      this.#publish();
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      if (this.#phase.status !== "saving") this.#phase = { status: "saving" };
      this.#publish();
      await this.#step();
      this.#mode = "staying";
      this.#publish();
    } while (this.#again && this.#resting && this.#unsent && !this.#disposed);
  }

  async #step(): Promise<void> {
    let repeat = true;
    if (!this.#attempt) {
      repeat = false;
      try {
        this.#attempt = await this.#compose();
      } catch (error) {
        this.#phase = { status: "refused", refusals: [exportRefusal(error)] };
        return;
      }
    }
    const attempt = this.#attempt;
    if (!attempt) {
      this.#phase = { status: "idle" };
      return;
    }
    // A repeat is older than what the draft may hold by now.
    if (!repeat && attempt.work) void this.#keeper.keep(attempt.work);
    this.#publish();
    this.#settle(attempt, await this.#ports.save(attempt.request, this.#mode), repeat ? "repeat" : "first");
  }

  #settle(attempt: Attempt, outcome: SaveOutcome, order: "first" | "repeat"): void {
    switch (outcome.kind) {
      case "saved":
        this.#acknowledge(attempt, outcome.version);
        // Newer work had to wait for the repeat: it need not wait any longer.
        if (order === "repeat") this.#again = true;
        return;
      case "unanswered":
        this.#retryLater(outcome.reason, outcome.retryAfterMs);
        return;
      case "signed-out":
        this.#phase = { status: "signed-out" };
        break;
      case "gone":
        this.#phase = { status: "gone", reason: outcome.reason };
        break;
      case "stale":
        this.#attempt = null;
        this.#phase = {
          status: "conflict",
          expectedVersion: attempt.request.expectedVersion,
          currentVersion: outcome.currentVersion,
        };
        break;
      case "content-lost":
        this.#attempt = null;
        this.#phase = { status: "consent", losses: outcome.losses };
        break;
      case "refused":
        this.#attempt = null;
        this.#phase = { status: "refused", refusals: outcome.refusals };
        break;
    }
    this.#failures = 0;
    if (!this.#disposed && !this.#kept) void this.#keeper.flush();
  }

  #acknowledge(attempt: Attempt, version: number): void {
    this.#attempt = null;
    this.#version = version;
    this.#savedAt = this.#ports.now();
    this.#failures = 0;
    this.#phase = { status: "idle" };
    if (attempt.request.title !== undefined) this.#savedTitle = attempt.request.title;
    if (attempt.work) {
      this.#savedPosition = attempt.work.position;
      this.#baselineXml = null;
      this.#lossAccepted = false;
    }
    if (!this.#unsent) void this.#keeper.clear();
    // What is left is based on the new version now; its draft must say so.
    else if (!this.#disposed) this.#keeper.touch();
  }

  #retryLater(reason: WaitReason, retryAfterMs: number | null): void {
    const backOff = Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs);
    const delay = Math.round((retryAfterMs ?? backOff) * (1 + this.#ports.random() / 4));
    this.#failures += 1;
    this.#phase = { status: "offline", reason, retryAt: this.#ports.now() + delay };
    if (this.#disposed) return;
    if (!this.#kept) void this.#keeper.flush();
    this.#cancelRetry = this.#ports.schedule(delay, () => {
      this.#cancelRetry = null;
      void this.#start();
    });
  }

  async #compose(): Promise<Attempt | null> {
    const title = this.#title;
    const titleChanged = title !== this.#savedTitle;
    const work = this.#position === this.#savedPosition ? null : await this.#take();
    if (!work && !titleChanged) return null;
    const request: SaveRequest = { expectedVersion: this.#version };
    if (titleChanged) request.title = title;
    if (work) {
      request.bpmnXml = work.bpmnXml;
      if (this.#baselineXml !== null) request.baselineXml = this.#baselineXml;
      if (this.#lossAccepted) request.acceptLoss = true;
    }
    return { request, work };
  }

  async #take(): Promise<Work> {
    const marks = { position: this.#position, title: this.#title, baseVersion: this.#version };
    const bpmnXml = await this.#ports.exportXml();
    return { ...marks, bpmnXml };
  }

  #look(): EditSnapshot {
    const unsent = this.#unsent;
    let state: EditState;
    if (this.#phase.status !== "idle") state = this.#phase;
    else if (unsent) state = { status: "dirty" };
    else state = { status: "saved", at: this.#savedAt };
    return { state, title: this.#title, version: this.#version, unsent, kept: this.#kept };
  }

  #publish(): void {
    const next = this.#look();
    if (same(this.#snapshot, next)) return;
    this.#snapshot = next;
    for (const listener of this.#listeners) listener();
  }
}

function same(a: EditSnapshot, b: EditSnapshot): boolean {
  const sameState =
    a.state === b.state ||
    (a.state.status === "saved" && b.state.status === "saved" && a.state.at === b.state.at) ||
    (a.state.status === "dirty" && b.state.status === "dirty");
  return (
    sameState && a.title === b.title && a.version === b.version && a.unsent === b.unsent && a.kept === b.kept
  );
}

function exportRefusal(error: unknown): Refusal {
  const detail = error instanceof Error ? error.message : String(error);
  return {
    code: "export_failed",
    detail: `The editor could not write the document: ${detail}`,
    line: null,
    column: null,
  };
}
