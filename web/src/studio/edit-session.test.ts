import { describe, expect, it } from "vitest";
import { conflict, Desk, dispute, merge, saved, unreachable } from "./edit-desk";

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
  it("is begun half a second after a command, so that it lies there within one", async () => {
    const desk = new Desk();
    desk.draw();
    await desk.pass(300);
    desk.draw();
    await desk.pass(200);
    expect(desk.draft?.bpmnXml).toBe("<doc>c1,c2</doc>");
  });

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
    await desk.pass(499);
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
