import { describe, expect, it } from "vitest";
import type { DraftContent } from "./draft-keeper";
import type { Foreign, StoredVersion } from "./edit-ports";
import { EditSession } from "./edit-session";
import { statusText } from "./edit-state";
import type { Dispute, SaveMode, SaveOutcome, SaveRequest, Stored } from "./save-request";

// A desk is an editor, a server and a clock that a test moves by hand.
class Desk {
  now = Date.UTC(2026, 0, 5, 12, 0, 0);
  stack: string[] = [];
  title = "Order";
  draft: DraftContent | null = null;
  draftFails = false;
  exportFails = false;
  commits = 0;
  readonly sent: { request: SaveRequest; mode: SaveMode }[] = [];
  // What the server has.
  head: StoredVersion | null = null;
  looks = 0;
  readonly shown: Foreign[] = [];
  putting: "put" | "waiting" | "failed" = "put";
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
        },
        save: (request, mode) => {
          this.sent.push({ request, mode });
          return new Promise((resolve) => this.#answers.push(resolve));
        },
        head: async () => {
          this.looks += 1;
          return this.head;
        },
        put: async (foreign) => {
          if (this.putting === "put") this.shown.push(foreign);
          return this.putting;
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

const unreachable: SaveOutcome = { kind: "unanswered", reason: "network", retryAfterMs: null };
const stored = (version: number, more: Partial<Stored> = {}): Stored => ({
  version,
  title: "Order",
  merged: false,
  bpmnXml: null,
  ...more,
});
const saved = (version: number, more: Partial<Stored> = {}): SaveOutcome => ({
  kind: "saved",
  stored: stored(version, more),
});
const dispute: Dispute = { draftId: "d1", expectedVersion: 7, currentVersion: 9, conflicts: [] };
const conflict: SaveOutcome = { kind: "conflict", dispute };
// merge is what every save carries besides its version.
const merge = { onConflict: "merge" } as const;

describe("autosave", () => {
  it("sends two seconds after the last command", async () => {
    const desk = new Desk();
    expect(desk.text).toBe(
      `Saved ${new Intl.DateTimeFormat("en-GB", { timeStyle: "short" }).format(desk.now)}`,
    );
    desk.draw();
    expect(desk.status).toBe("dirty");
    await desk.pass(1900);
    desk.draw();
    await desk.pass(1900);
    expect(desk.sent).toHaveLength(0);
    await desk.pass(100);
    expect(desk.status).toBe("saving");
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 7,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineXml: "<baseline/>",
    });
    await desk.answer(saved(8));
    expect(desk.status).toBe("saved");
    expect(desk.session.snapshot()).toMatchObject({ version: 8, unsent: false });
  });

  it("sends the baseline in full until a document was acknowledged, and by its hash after", async () => {
    const desk = new Desk();
    desk.session.rename("Orders");
    await desk.rest();
    expect(desk.last).toEqual({ ...merge, expectedVersion: 7, title: "Orders" });
    await desk.answer(saved(8));
    desk.draw();
    await desk.pass(2000);
    expect(desk.last.baselineXml).toBe("<baseline/>");
    await desk.answer(saved(9));
    desk.draw();
    await desk.pass(2000);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 9,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineHash: "hash of <doc>c1</doc>",
    });
  });

  it("keeps one save under way; the next carries the latest state", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    await desk.pass(2000);
    expect(desk.sent).toHaveLength(1);
    await desk.answer(saved(8));
    expect(desk.sent).toHaveLength(2);
    expect(desk.last).toMatchObject({ expectedVersion: 8, bpmnXml: "<doc>c1,c2,c3</doc>" });
    await desk.answer(saved(9));
    expect(desk.status).toBe("saved");
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(2);
  });

  it("does not count a command done during the save as saved", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    await desk.answer(saved(8));
    expect(desk.status).toBe("dirty");
    await desk.pass(2000);
    expect(desk.last.bpmnXml).toBe("<doc>c1,c2</doc>");
  });

  it("saves at once on loss of focus, and finishes half-typed input first", async () => {
    const desk = new Desk();
    desk.draw();
    desk.session.focusLost();
    await desk.rest();
    expect(desk.commits).toBe(1);
    expect(desk.sent).toHaveLength(1);
  });

  it("sends nothing when nothing changed", async () => {
    const desk = new Desk();
    await desk.session.saveNow();
    desk.session.focusLost();
    desk.session.hide();
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(0);
  });
});

describe("dirty by position", () => {
  it("is clean again after undo to the saved position", async () => {
    const desk = new Desk();
    desk.draw();
    desk.undo();
    expect(desk.status).toBe("saved");
    await desk.pass(10_000);
    expect(desk.sent).toHaveLength(0);
  });

  it("is dirty after undo and another command at the same depth", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(saved(8));
    desk.undo();
    desk.draw();
    expect(desk.stack).toHaveLength(1);
    expect(desk.status).toBe("dirty");
  });

  it("saves the undo of a command whose save was under way", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.undo();
    await desk.pass(2000);
    await desk.answer(saved(8));
    expect(desk.last).toMatchObject({ expectedVersion: 8, bpmnXml: "<doc></doc>" });
    await desk.answer(saved(9));
    expect(desk.status).toBe("saved");
  });

  it("removes the draft when undo leads back to what is stored", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(1000);
    expect(desk.draft).not.toBeNull();
    desk.undo();
    await desk.rest();
    expect(desk.draft).toBeNull();
  });
});

describe("local draft", () => {
  it("is written within a second of the first command, however many follow", async () => {
    const desk = new Desk();
    for (let command = 0; command < 5; command += 1) {
      desk.draw();
      await desk.pass(300);
    }
    expect(desk.sent).toHaveLength(0);
    expect(desk.draft).toMatchObject({ title: "Order", baseVersion: 7 });
    await desk.pass(700);
    expect(desk.draft?.bpmnXml).toBe(desk.xml);
    expect(desk.session.snapshot().kept).toBe(true);
  });

  it("goes when the save is acknowledged", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    expect(desk.draft).not.toBeNull();
    await desk.answer(saved(8));
    expect(desk.draft).toBeNull();
  });

  it("stays, on the new version, when there is newer work", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    await desk.pass(1000);
    await desk.answer(saved(8));
    await desk.pass(999);
    expect(desk.draft).toMatchObject({ bpmnXml: "<doc>c1,c2</doc>", baseVersion: 7 });
    await desk.pass(1);
    expect(desk.draft).toMatchObject({ bpmnXml: "<doc>c1,c2</doc>", baseVersion: 8 });
  });

  it("is written with a save that comes before the second is over", async () => {
    const desk = new Desk();
    desk.draw();
    void desk.session.saveNow();
    await desk.rest();
    expect(desk.draft?.bpmnXml).toBe("<doc>c1</doc>");
  });

  it("says so when the browser refuses it, and tries again with the next command", async () => {
    const desk = new Desk();
    desk.draftFails = true;
    desk.draw();
    await desk.pass(2000);
    await desk.answer(unreachable);
    expect(desk.text).toBe("Offline, not kept yet");
    expect(await desk.session.leave()).toBe("at-risk");
    desk.draftFails = false;
    desk.draw();
    await desk.pass(1000);
    expect(desk.session.snapshot().kept).toBe(true);
    await desk.answer(unreachable);
    expect(await desk.session.leave()).toBe("safe");
  });

  it("opened again, is unsent from the start", async () => {
    const desk = new Desk({ restored: { title: "Order, draft", request: null } });
    expect(desk.status).toBe("dirty");
    await desk.pass(2000);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 7,
      title: "Order, draft",
      bpmnXml: "<doc></doc>",
      baselineXml: "<baseline/>",
    });
    await desk.answer(saved(8));
    expect(desk.status).toBe("saved");
  });
});

describe("no answer", () => {
  it("tries again with growing distance and saves by itself", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    for (const [index, wait] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      await desk.answer(unreachable);
      expect(desk.text).toBe("Offline, kept here");
      expect(desk.draft?.bpmnXml).toBe("<doc>c1</doc>");
      await desk.pass(wait - 1);
      expect(desk.sent).toHaveLength(index + 1);
      await desk.pass(1);
      expect(desk.sent).toHaveLength(index + 2);
    }
    await desk.answer(saved(8));
    expect(desk.status).toBe("saved");
    expect(desk.draft).toBeNull();
  });

  it("honours Retry-After", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "unanswered", reason: "server", retryAfterMs: 9000 });
    expect(desk.text).toBe("Server away, kept here");
    await desk.pass(8999);
    expect(desk.sent).toHaveLength(1);
    await desk.pass(1);
    expect(desk.sent).toHaveLength(2);
  });

  it("is not hurried by further commands, but by the connection and by Ctrl+S", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "unanswered", reason: "server", retryAfterMs: 60_000 });
    desk.draw();
    await desk.pass(5000);
    desk.session.focusLost();
    await desk.rest();
    expect(desk.sent).toHaveLength(1);
    desk.session.connectionBack();
    await desk.rest();
    expect(desk.sent).toHaveLength(2);
    await desk.answer(unreachable);
    void desk.session.saveNow();
    await desk.rest();
    expect(desk.sent).toHaveLength(3);
  });

  it("repeats the unanswered request word by word before newer work, so that a lost answer is no conflict", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    desk.session.rename("Orders");
    await desk.answer(unreachable);
    await desk.pass(1000);
    expect(desk.sent).toHaveLength(2);
    expect(desk.sent[1]?.request).toEqual(desk.sent[0]?.request);
    // The server had stored the first one and knows it again.
    await desk.answer(saved(8));
    expect(desk.last).toMatchObject({ expectedVersion: 8, bpmnXml: "<doc>c1,c2</doc>", title: "Orders" });
    await desk.answer(saved(9));
    expect(desk.status).toBe("saved");
  });

  it("is unsent while the answer is out, even when undo leads back", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(unreachable);
    desk.undo();
    expect(desk.session.snapshot().unsent).toBe(true);
    await desk.pass(1000);
    await desk.answer(saved(8));
    expect(desk.last.bpmnXml).toBe("<doc></doc>");
  });

  it("does not overwrite the draft of newer work with the repeat", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "unanswered", reason: "network", retryAfterMs: 5000 });
    desk.draw();
    await desk.pass(5000);
    expect(desk.sent).toHaveLength(2);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1,c2</doc>");
  });
});

describe("answers that need a person", () => {
  it("409: stops, keeps drawing into the draft, throws nothing away", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(conflict);
    expect(desk.session.snapshot().state).toEqual({ status: "conflict", ...dispute });
    desk.draw();
    await desk.session.saveNow();
    desk.session.hide();
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1,c2</doc>");
    expect(await desk.session.leave()).toBe("safe");
    expect(await desk.session.work()).toEqual({ bpmnXml: "<doc>c1,c2</doc>", title: "Order" });
  });

  it("409: loading theirs leaves the draft, a copy removes it", async () => {
    const theirs = new Desk();
    theirs.draw();
    await theirs.pass(2000);
    await theirs.answer(conflict);
    await theirs.session.work();
    theirs.session.dispose();
    await theirs.pass(60_000);
    expect(theirs.draft?.bpmnXml).toBe("<doc>c1</doc>");

    const copy = new Desk();
    copy.draw();
    await copy.pass(2000);
    await copy.answer(conflict);
    await copy.session.work();
    await copy.session.discard();
    expect(copy.draft).toBeNull();
  });

  it("401: keeps the work and goes on after signing in", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "signed-out" });
    expect(desk.text).toBe("Signed out, kept here");
    desk.draw();
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(1);
    desk.session.signedIn();
    await desk.rest();
    await desk.answer(saved(8));
    await desk.answer(saved(9));
    expect(desk.last.bpmnXml).toBe("<doc>c1,c2</doc>");
    expect(desk.status).toBe("saved");
  });

  it("a refused document is not sent again unchanged; the next command sends anew", async () => {
    const desk = new Desk();
    const refusals = [{ code: "too_large", detail: "larger than 5 MiB", line: null, column: null }];
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "refused", refusals });
    expect(desk.session.snapshot().state).toEqual({ status: "refused", refusals });
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(1);
    desk.draw();
    await desk.pass(2000);
    expect(desk.sent).toHaveLength(2);
    await desk.answer(saved(8));
    expect(desk.status).toBe("saved");
  });

  it("trashed, missing or forbidden: kept as a draft, sent again only on demand", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "gone", reason: "trashed" });
    expect(desk.text).toBe("In the trash, kept here");
    desk.draw();
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1,c2</doc>");
    void desk.session.saveNow();
    await desk.rest();
    expect(desk.sent).toHaveLength(2);
  });

  it("says when the editor itself cannot write the document", async () => {
    const desk = new Desk();
    desk.exportFails = true;
    desk.draw();
    await desk.pass(2000);
    expect(desk.sent).toHaveLength(0);
    expect(desk.text).toBe("Not accepted, not kept yet");
    desk.exportFails = false;
    desk.draw();
    await desk.pass(2000);
    expect(desk.last.bpmnXml).toBe("<doc>c1,c2</doc>");
  });
});

describe("renaming", () => {
  it("goes at once, and never beside a save", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.session.rename("Orders");
    await desk.rest();
    expect(desk.sent).toHaveLength(1);
    await desk.answer(saved(8));
    expect(desk.last).toEqual({ ...merge, expectedVersion: 8, title: "Orders" });
    await desk.answer(saved(9));
    expect(desk.session.snapshot()).toMatchObject({ title: "Orders", version: 9, unsent: false });
  });

  it("while a rename is under way, a further one follows it", async () => {
    const desk = new Desk();
    desk.session.rename("B");
    await desk.rest();
    desk.session.rename("C");
    await desk.answer(saved(8));
    expect(desk.last).toEqual({ ...merge, expectedVersion: 8, title: "C" });
    await desk.answer(saved(9));
    expect(desk.status).toBe("saved");
  });
});

describe("leaving", () => {
  it("on hide: draft at once and a save that may outlive the page", async () => {
    const desk = new Desk();
    desk.draw();
    desk.session.hide();
    await desk.rest();
    expect(desk.draft?.bpmnXml).toBe("<doc>c1</doc>");
    expect(desk.sent).toEqual([{ request: desk.last, mode: "leaving" }]);
    await desk.answer(saved(8));
    desk.draw();
    await desk.pass(2000);
    expect(desk.sent.at(-1)?.mode).toBe("staying");
  });

  it("inside the application: waits a moment for the save", async () => {
    const desk = new Desk();
    desk.draw();
    const left = desk.session.leave();
    await desk.rest();
    await desk.answer(saved(8));
    expect(await left).toBe("safe");
    expect(desk.session.snapshot().unsent).toBe(false);
  });

  it("inside the application: does not wait for a slow server, the draft has it", async () => {
    const desk = new Desk();
    desk.draw();
    let left = "";
    void desk.session.leave().then((safety) => {
      left = safety;
    });
    await desk.pass(1500);
    expect(left).toBe("safe");
    expect(desk.session.snapshot().unsent).toBe(true);
    desk.session.dispose();
    // The answer still comes and clears the draft, though the session has ended.
    await desk.answer(saved(8));
    expect(desk.draft).toBeNull();
  });

  it("after the end nothing more is sent", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.session.dispose();
    await desk.answer(unreachable);
    desk.draw();
    desk.session.rename("X");
    await desk.session.saveNow();
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1</doc>");
  });
});

it("tells its listeners of every change, and a still state is one object", async () => {
  const desk = new Desk();
  const seen: string[] = [];
  const stop = desk.session.subscribe(() => seen.push(desk.status));
  desk.draw();
  await desk.pass(2000);
  await desk.answer(saved(8));
  expect([...new Set(seen)]).toEqual(["dirty", "saving", "saved"]);
  const still = desk.session.snapshot();
  expect(desk.session.snapshot()).toBe(still);
  stop();
  desk.draw();
  expect(seen.at(-1)).toBe("saved");
});

describe("the baseline", () => {
  it("goes in full where the browser makes no hashes", async () => {
    const desk = new Desk();
    desk.digests = false;
    desk.draw();
    await desk.pass(2000);
    await desk.answer(saved(8));
    desk.draw();
    await desk.pass(2000);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 8,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineXml: "<doc>c1</doc>",
    });
  });

  it("goes in full once more when the server has forgotten the hash, and is refused only then", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(saved(8));
    desk.draw();
    await desk.pass(2000);
    await desk.answer({ kind: "baseline-required" });
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 8,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineXml: "<doc>c1</doc>",
    });
    await desk.answer({ kind: "baseline-required" });
    expect(desk.status).toBe("refused");
    expect(desk.sent).toHaveLength(3);
  });

  it("lies in the draft with the text and its version, so that a draft can be merged later", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(1000);
    expect(desk.draft).toMatchObject({ baseVersion: 7, baselineXml: "<baseline/>", request: null });
    await desk.pass(1000);
    await desk.answer(saved(8));
    desk.draw();
    await desk.pass(1000);
    expect(desk.draft).toMatchObject({ baseVersion: 8, baselineXml: "<doc>c1</doc>" });
  });

  it("a request without an answer lies in the draft of newer work, and is repeated first when that is restored", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    await desk.pass(1000);
    const request = desk.sent[0]?.request ?? null;
    expect(desk.draft).toMatchObject({ bpmnXml: "<doc>c1,c2</doc>", request });

    const later = new Desk({ restored: { title: "Order", request } });
    await later.pass(2000);
    expect(later.last).toEqual(request);
    await later.answer(saved(8));
    expect(later.last).toEqual({
      ...merge,
      expectedVersion: 8,
      bpmnXml: "<doc></doc>",
      baselineHash: "hash of <doc>c1</doc>",
    });
    await later.answer(saved(9));
    expect(later.status).toBe("saved");
  });
});

describe("work of others", () => {
  const theirs = (version: number, title = "Order") => ({
    version,
    title,
    bpmnXml: `<theirs v="${version}"/>`,
  });

  it("in the answer to a save is put on the canvas; the baseline is what the editor writes then", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(saved(9, { merged: true, bpmnXml: "<merged/>", title: "Orders" }));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", mode: "answer" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 9, title: "Orders", unsent: false });
    desk.draw();
    await desk.pass(2000);
    expect(desk.last).toMatchObject({ expectedVersion: 9, baselineXml: "<doc>c1</doc>" });
  });

  it("in an event is put on the canvas and raises the version, without a save", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    desk.session.foreignSaved(8);
    await desk.rest();
    desk.head = theirs(9, "Orders");
    desk.session.foreignSaved(9);
    await desk.rest();
    expect(desk.shown).toEqual([
      { known: "<stored/>", target: theirs(8).bpmnXml, mode: "answer" },
      { known: theirs(8).bpmnXml, target: theirs(9).bpmnXml, mode: "answer" },
    ]);
    expect(desk.session.snapshot()).toMatchObject({ version: 9, title: "Orders", unsent: false });
    expect(desk.sent).toHaveLength(0);
    desk.session.foreignSaved(9);
    await desk.rest();
    expect(desk.looks).toBe(2);
    desk.draw();
    await desk.pass(2000);
    expect(desk.last).toMatchObject({ expectedVersion: 9, baselineXml: "<doc></doc>" });
  });

  it("waits while a save is under way; its answer brings it", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    desk.draw();
    await desk.pass(2000);
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.looks).toBe(0);
    await desk.answer(saved(9, { merged: true, bpmnXml: "<merged/>" }));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", mode: "answer" }]);
    expect(desk.looks).toBe(0);
  });

  it("is taken after a save that did not bring it", async () => {
    const desk = new Desk();
    desk.head = theirs(9);
    desk.draw();
    await desk.pass(2000);
    desk.session.foreignSaved(9);
    await desk.answer(saved(8));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: theirs(9).bpmnXml, mode: "answer" }]);
    expect(desk.session.snapshot().version).toBe(9);
  });

  it("that touches what is being changed waits for the own save, and leaves version and draft alone", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    desk.putting = "waiting";
    desk.draw();
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.session.snapshot().version).toBe(7);
    desk.putting = "put";
    await desk.pass(2000);
    expect(desk.last).toMatchObject({ expectedVersion: 7 });
    await desk.answer(saved(9, { merged: true, bpmnXml: "<merged/>" }));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", mode: "answer" }]);
    expect(desk.session.snapshot().version).toBe(9);
  });

  it("that cannot be read now is read with the next event", async () => {
    const desk = new Desk();
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.session.snapshot().version).toBe(7);
    desk.head = theirs(9);
    desk.session.foreignSaved(9);
    await desk.rest();
    expect(desk.session.snapshot().version).toBe(9);
  });

  it("waits for the first save of a restored draft, whose answer says what the canvas is based on", async () => {
    const desk = new Desk({ shownXml: null, restored: { title: "Order", request: null } });
    desk.head = theirs(8);
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.looks).toBe(0);
    await desk.pass(2000);
    await desk.answer(saved(9, { merged: true, bpmnXml: "<merged/>" }));
    expect(desk.shown).toEqual([{ known: "<doc></doc>", target: "<merged/>", mode: "answer" }]);
  });

  it("a rename that came back merged does not count as seen until the canvas shows it", async () => {
    const desk = new Desk();
    desk.head = theirs(9, "Mine");
    desk.session.rename("Mine");
    await desk.rest();
    await desk.answer(saved(9, { merged: true, title: "Mine" }));
    expect(desk.shown).toEqual([{ known: "<stored/>", target: theirs(9).bpmnXml, mode: "answer" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 9, title: "Mine", unsent: false });
  });

  it("with others present, saves go out 300 ms after a change", async () => {
    const desk = new Desk();
    desk.session.setCompany(true);
    desk.draw();
    await desk.pass(299);
    expect(desk.sent).toHaveLength(0);
    await desk.pass(1);
    expect(desk.sent).toHaveLength(1);
    await desk.answer(saved(8));
    desk.session.setCompany(false);
    desk.draw();
    await desk.pass(1999);
    expect(desk.sent).toHaveLength(1);
  });

  it("trashed by somebody: says so, and goes on when it is restored", async () => {
    const desk = new Desk();
    desk.draw();
    desk.session.trashed();
    expect(desk.status).toBe("gone");
    await desk.pass(10_000);
    expect(desk.sent).toHaveLength(0);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1</doc>");
    desk.session.restored();
    await desk.rest();
    await desk.answer(saved(8));
    expect(desk.status).toBe("saved");
  });
});

describe("a decided conflict", () => {
  it("puts the decision on the canvas and goes on with newer work from there", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(conflict);
    desk.draw();
    await desk.pass(10_000);
    expect(desk.sent).toHaveLength(1);
    void desk.session.resolved(stored(10, { merged: true, bpmnXml: "<decided/>" }));
    await desk.rest();
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<decided/>", mode: "answer" }]);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 10,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineHash: "hash of <doc>c1</doc>",
    });
    await desk.answer(saved(11));
    expect(desk.status).toBe("saved");
    expect(desk.draft).toBeNull();
  });

  it("is none any more when undo takes the own side back", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    await desk.answer(conflict);
    desk.undo();
    expect(desk.status).toBe("saved");
    await desk.session.resolved(stored(10, { bpmnXml: "<decided/>" }));
    expect(desk.shown).toEqual([]);
  });
});
