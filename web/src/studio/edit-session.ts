// An EditSession brings the work of one open editor to the server, takes what others have done, and never loses any
// of it on the way. It knows neither React nor bpmn-js: it is told that a command was done, or that somebody saved,
// and is given small functions for the rest.
//
// - What is unsent: see unsent-work.ts. When it is sent: see save-pace.ts. What others do: see foreign-work.ts.
// - A save carries what the person did, as the difference between a baseline and the present text; the server applies
//   that to what is stored. See baseline.ts for the baseline's life.
// - One thing is under way at a time: a save, or putting on the canvas what others saved. A rename goes through the
//   same queue, so versions cannot race.
// - A request without an answer may have been stored all the same. It is sent again word by word until it is
//   answered, because the server knows a repeat by its content; only then newer work follows.
// - Whatever the answer, the work stays in the editor and in the local draft until the server has acknowledged it or
//   the person has decided.

import { DraftKeeper } from "./draft-keeper";
import type { EditPorts, EditStart } from "./edit-ports";
import { type EditSnapshot, type EditState, ownRefusal, sameSnapshot, type WaitReason } from "./edit-state";
import { ForeignWork } from "./foreign-work";
import { SavePace } from "./save-pace";
import type { SaveMode, SaveOutcome, Stored } from "./save-request";
import { type Attempt, UnsentWork } from "./unsent-work";

const leaveWaitMs = 1500;

export class EditSession {
  readonly #ports: EditPorts;
  readonly #keeper: DraftKeeper;
  readonly #work: UnsentWork;
  readonly #foreign: ForeignWork;
  readonly #pace: SavePace;
  readonly #listeners = new Set<() => void>();

  #savedAt: number;

  #phase: EditState | { status: "idle" } = { status: "idle" };
  #attempt: Attempt | null = null;
  // What the server could not merge, until somebody has decided.
  #disputed: Attempt | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #mode: SaveMode = "staying";
  #snapshot: EditSnapshot;

  constructor(ports: EditPorts, start: EditStart) {
    this.#ports = ports;
    this.#work = new UnsentWork(ports, start);
    this.#savedAt = start.savedAt;
    this.#foreign = new ForeignWork(ports, start.shownXml);
    this.#pace = new SavePace(ports.schedule, ports.random);
    this.#keeper = new DraftKeeper({
      drafts: ports.drafts,
      take: () => this.#written(),
      now: ports.now,
      schedule: ports.schedule,
      changed: () => this.#publish(),
    });
    const request = start.restored?.request;
    if (request) this.#attempt = this.#work.attemptOf(request);
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
      this.#pace.afterChange(this.#autosave);
    } else {
      this.#pace.dropSave();
      this.#keeper.stop();
      if (this.#phase.status === "refused" || this.#phase.status === "conflict") this.#rest();
      if (this.#keeper.holdsAnything) void this.#keeper.clear();
      const withheld = this.#foreign.release();
      if (withheld > this.#work.version) this.foreignSaved(withheld);
    }
    this.#publish();
  }

  // rename gives the diagram another title, through the same queue as its content.
  rename(title: string): void {
    if (this.#disposed || title === this.#work.title) return;
    this.#work.rename(title);
    this.#keeper.touch();
    this.#publish();
    if (this.#mayTry()) this.#start();
    else this.#pace.afterChange(this.#autosave);
  }

  // saveNow is the Save button, Ctrl+S and the loss of focus. It resolves when
  // the queue has come to rest, saved or not.
  saveNow(): Promise<void> {
    if (this.#disposed) return this.#running ?? Promise.resolve();
    this.#ports.commitPending();
    this.#pace.dropSave();
    if (this.#phase.status === "conflict") return Promise.resolve();
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
    this.#pace.dropSave();
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
    if (this.#disposed) return;
    if (this.#phase.status !== "offline") {
      // What others saved may not have been readable until now.
      void this.#follow();
      return;
    }
    this.#rest();
    void this.#start();
  }

  // signedIn goes on after the same person has signed in again.
  signedIn(): void {
    if (this.#disposed || this.#phase.status !== "signed-out") return;
    this.#rest();
    void this.#start();
  }

  // foreignSaved: somebody (also oneself in another tab) has stored that version; Infinity when events were missed.
  foreignSaved(version: number): void {
    if (this.#disposed) return;
    this.#foreign.told(version);
    void this.#follow();
  }

  // trashed and restored follow what others do with the diagram itself.
  trashed(): void {
    if (this.#disposed) return;
    this.#phase = { status: "gone", reason: "trashed" };
    if (this.#unsent && !this.#kept) void this.#keeper.flush();
    this.#publish();
  }

  restored(): void {
    if (this.#disposed || this.#phase.status !== "gone") return;
    this.#rest();
    if (this.#unsent) void this.#start();
    this.#publish();
  }

  // setCompany: with others on the same diagram, saves go out sooner.
  setCompany(company: boolean): void {
    if (!this.#disposed) this.#pace.setCompany(company, this.#autosave);
  }

  // resolved takes the answer to the decision of a conflict, like that of any save. Newer work follows it.
  resolved(stored: Stored): Promise<void> {
    const decided = this.#disputed;
    if (this.#disposed || !decided || this.#phase.status !== "conflict") return Promise.resolve();
    this.#rest();
    return this.#exclusively(async () => {
      await this.#acknowledge(decided, stored);
      if (this.#unsent) this.#again = true;
    });
  }

  // work gives the present document, for a copy or a download, and makes sure
  // that it also lies in the draft store.
  async work(): Promise<{ bpmnXml: string; title: string }> {
    this.#ports.commitPending();
    const work = await this.#written();
    if (this.#unsent) await this.#keeper.keep(work);
    return { bpmnXml: work.bpmnXml, title: work.title };
  }

  // discard ends the session and removes its draft: the work lies elsewhere now
  // (in a copy), or the person has thrown it away knowingly.
  async discard(): Promise<void> {
    this.dispose();
    await this.#keeper.clear();
  }

  // close ends the session because its page goes away, also without anybody having been asked. When it resolves, what was
  // not saved lies in the draft store, with what was only half typed; until then the editor must stay.
  close(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    this.#ports.commitPending();
    const kept = this.#unsent && !this.#kept ? this.#keeper.flush() : Promise.resolve();
    this.dispose();
    return kept;
  }

  // dispose ends the session. A request under way still takes its answer, so
  // that the draft of saved work goes; nothing new is sent.
  dispose(): void {
    if (this.#disposed) return;
    this.#work.end();
    this.#pace.drop();
    this.#keeper.stop();
    this.#listeners.clear();
  }

  get #disposed(): boolean {
    return this.#work.hasEnded;
  }

  get #unsent(): boolean {
    return this.#attempt !== null || this.#work.differs;
  }

  get #kept(): boolean {
    return this.#keeper.holds(this.#work.position, this.#work.title);
  }

  // The next autosave may go out by itself: nobody has to decide first and no
  // retry is waiting.
  #mayTry(): boolean {
    const { status } = this.#phase;
    return status === "idle" || status === "saving" || status === "refused";
  }

  #rest(): void {
    this.#phase = { status: "idle" };
  }

  readonly #autosave = (): void => {
    if (this.#mayTry() && this.#unsent) void this.#start();
  };

  #start(): Promise<void> {
    this.#pace.dropRetry();
    if (this.#running) {
      // Refused already, so what runs puts foreign work on the canvas, and what is asked for is a new try.
      if (this.#phase.status === "refused") this.#rest();
      this.#again = true;
      return this.#running;
    }
    return this.#exclusively(() => this.#step());
  }

  // exclusively runs one thing, then the saves that were asked for meanwhile, then takes what others saved.
  #exclusively(run: () => Promise<void>): Promise<void> {
    this.#running = (async () => {
      await run();
      while (this.#again && this.#phase.status === "idle" && this.#unsent && !this.#disposed) {
        this.#again = false;
        await this.#step();
      }
    })().finally(() => {
      this.#running = null;
      this.#again = false;
      this.#publish();
      void this.#follow();
    });
    return this.#running;
  }

  async #step(): Promise<void> {
    if (this.#phase.status !== "saving") this.#phase = { status: "saving" };
    this.#publish();
    await this.#send();
    this.#mode = "staying";
    this.#publish();
  }

  async #send(): Promise<void> {
    let order: "first" | "repeat" = "repeat";
    if (!this.#attempt) {
      order = "first";
      try {
        this.#attempt = await this.#work.attempt();
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        const text = `The editor could not write the document: ${detail}`;
        this.#phase = { status: "refused", refusals: [ownRefusal("export_failed", text)] };
        return;
      }
    }
    const attempt = this.#attempt;
    if (!attempt) {
      this.#rest();
      return;
    }
    // A repeat is older than what the draft may hold by now.
    if (order === "first" && attempt.work) void this.#keeper.keep(attempt.work);
    this.#publish();
    await this.#settle(attempt, await this.#ports.save(attempt.request, this.#mode), order);
  }

  async #settle(attempt: Attempt, outcome: SaveOutcome, order: "first" | "repeat"): Promise<void> {
    switch (outcome.kind) {
      case "saved":
        await this.#acknowledge(attempt, outcome.stored);
        // Newer work had to wait for the repeat: it need not wait any longer.
        if (order === "repeat") this.#again = true;
        return;
      case "unanswered":
        this.#retryLater(outcome.reason, outcome.retryAfterMs);
        return;
      case "baseline-required":
        if (attempt.request.baselineHash === undefined) {
          this.#attempt = null;
          const text = "The server did not take the document to compare with.";
          this.#phase = { status: "refused", refusals: [ownRefusal("baseline-required", text)] };
          break;
        }
        this.#attempt = this.#work.inFull(attempt);
        this.#rest();
        this.#again = true;
        return;
      case "signed-out":
        this.#phase = { status: "signed-out" };
        break;
      case "gone":
        this.#phase = { status: "gone", reason: outcome.reason };
        break;
      case "conflict":
        this.#attempt = null;
        this.#disputed = attempt;
        this.#phase = { status: "conflict", ...outcome.dispute };
        break;
      case "refused":
        this.#attempt = null;
        this.#phase = { status: "refused", refusals: outcome.refusals };
        break;
    }
    this.#pace.answered();
    if (!this.#disposed && !this.#kept) void this.#keeper.flush();
  }

  // acknowledge takes what is stored now: what was sent, and where others came first, their work, too.
  async #acknowledge(attempt: Attempt, stored: Stored): Promise<void> {
    const { work } = attempt;
    this.#attempt = null;
    this.#savedAt = this.#ports.now();
    this.#pace.answered();
    this.#work.acknowledged(attempt);
    if (work) {
      this.#foreign.shows(work.bpmnXml);
      const { version, bpmnXml } = stored;
      if (bpmnXml === null || this.#disposed) this.#work.isOn(version);
      else await this.#take({ version, bpmnXml });
      this.#work.adoptTitle(stored.title);
    } else if (stored.merged) {
      // A title alone came back with work of others that the canvas has not seen.
      this.#foreign.told(stored.version);
    } else {
      this.#work.isOn(stored.version);
    }
    if (this.#phase.status === "saving") this.#rest();
    if (!this.#unsent) void this.#keeper.clear();
    // What is left is based on the new version now; its draft must say so.
    else if (!this.#disposed) this.#keeper.touch();
  }

  // follow puts on the canvas what others saved, while no own request is under way: the answer to one brings it, too.
  async #follow(): Promise<void> {
    if (!this.#mayFollow) return;
    const head = await this.#foreign.read();
    if (!head || !this.#mayFollow) return;
    await this.#exclusively(async () => {
      if (!(await this.#take(head))) {
        // What competes with unsent work comes with the answer to that, which need not wait for its pause then. What was
        // refused is not sent again by itself: its mend keeps the pause.
        if (this.#phase.status === "idle" && this.#foreign.isWithheld(this.#work.version)) {
          this.#again = true;
          this.#pace.dropSave();
        }
        return;
      }
      this.#work.adoptTitle(head.title);
      if (this.#unsent) this.#keeper.touch();
      else this.#savedAt = this.#ports.now();
    });
  }

  // take brings a stored version onto the canvas. Only with all of it there is that the version that work is made on.
  async #take(stored: { version: number; bpmnXml: string }): Promise<boolean> {
    if (!(await this.#foreign.put(stored, () => this.#unsent))) return false;
    this.#work.isOn(stored.version);
    await this.#work.renewBaseline();
    return true;
  }

  get #mayFollow(): boolean {
    const { status } = this.#phase;
    const calm = status === "idle" || status === "refused";
    const free = !this.#running && this.#attempt === null && !this.#disposed;
    return calm && free && this.#foreign.isAhead(this.#work.version);
  }

  #retryLater(reason: WaitReason, retryAfterMs: number | null): void {
    const delay = this.#pace.failed(retryAfterMs);
    this.#phase = { status: "offline", reason, retryAt: this.#ports.now() + delay };
    if (this.#disposed) return;
    if (!this.#kept) void this.#keeper.flush();
    this.#pace.retryIn(delay, () => void this.#start());
  }

  #written() {
    return this.#work.written(this.#attempt?.request ?? null);
  }

  #look(): EditSnapshot {
    const unsent = this.#unsent;
    let state: EditState;
    if (this.#phase.status !== "idle") state = this.#phase;
    else if (unsent) state = { status: "dirty" };
    else state = { status: "saved", at: this.#savedAt };
    const { title, version } = this.#work;
    return { state, title, version, unsent, kept: this.#kept };
  }

  #publish(): void {
    const next = this.#look();
    if (sameSnapshot(this.#snapshot, next)) return;
    this.#snapshot = next;
    for (const listener of this.#listeners) listener();
  }
}
