import { describe, expect, it } from "vitest";
import { conflict, Desk, merge, saved, stored, unreachable } from "./edit-desk";
import type { SaveOutcome } from "./save-request";

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

  it("without being asked: what is typed and drawn lies in the draft, and nothing is sent", async () => {
    const desk = new Desk();
    // A label that is being typed.
    desk.pending = () => desk.draw();
    await desk.session.close();
    expect(desk.draft).toMatchObject({ bpmnXml: "<doc>c1</doc>", baseVersion: 7 });
    await desk.pass(60_000);
    expect(desk.sent).toHaveLength(0);
  });

  it("without being asked: what is saved or thrown away leaves no draft", async () => {
    const desk = new Desk();
    await desk.session.close();
    expect(desk.draft).toBeNull();
    const thrown = new Desk();
    thrown.draw();
    await thrown.session.discard();
    await thrown.session.close();
    expect(thrown.draft).toBeNull();
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
  const refused: SaveOutcome = {
    kind: "refused",
    refusals: [{ code: "too_large", detail: "", line: null, column: null }],
  };
  // refuse draws what the server does not take.
  async function refuse(desk: Desk): Promise<void> {
    desk.draw();
    await desk.pass(2000);
    await desk.answer(refused);
  }
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
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", beside: "nothing" }]);
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
      { known: "<stored/>", target: theirs(8).bpmnXml, beside: "nothing" },
      { known: theirs(8).bpmnXml, target: theirs(9).bpmnXml, beside: "nothing" },
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
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", beside: "nothing" }]);
    expect(desk.looks).toBe(0);
  });

  it("is taken after a save that did not bring it", async () => {
    const desk = new Desk();
    desk.head = theirs(9);
    desk.draw();
    await desk.pass(2000);
    desk.session.foreignSaved(9);
    await desk.answer(saved(8));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: theirs(9).bpmnXml, beside: "nothing" }]);
    expect(desk.session.snapshot().version).toBe(9);
  });

  it("that touches what is being changed waits for the own save, which goes at once", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    desk.putting = "waiting";
    desk.draw();
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.session.snapshot().version).toBe(7);
    desk.putting = "put";
    expect(desk.sent).toHaveLength(1);
    await desk.pass(2000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.last).toMatchObject({ expectedVersion: 7 });
    await desk.answer(saved(9, { merged: true, bpmnXml: "<merged/>" }));
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", beside: "nothing" }]);
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
    expect(desk.shown).toEqual([{ known: "<doc></doc>", target: "<merged/>", beside: "nothing" }]);
  });

  it("a rename that came back merged does not count as seen until the canvas shows it", async () => {
    const desk = new Desk();
    desk.head = theirs(9, "Mine");
    desk.session.rename("Mine");
    await desk.rest();
    await desk.answer(saved(9, { merged: true, title: "Mine" }));
    expect(desk.shown).toEqual([{ known: "<stored/>", target: theirs(9).bpmnXml, beside: "nothing" }]);
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

  it("told of while another one is read is not forgotten", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    let read = () => {};
    desk.reading = new Promise((done) => {
      read = done;
    });
    desk.session.foreignSaved(8);
    await desk.rest();
    desk.head = theirs(9);
    desk.session.foreignSaved(9);
    read();
    await desk.rest();
    expect(desk.looks).toBe(2);
    expect(desk.session.snapshot().version).toBe(9);
  });

  it("that had to wait is put when the own work is taken back before it could be saved", async () => {
    const desk = new Desk();
    desk.head = theirs(8);
    desk.putting = "waiting";
    desk.draw();
    desk.session.foreignSaved(8);
    await desk.rest();
    await desk.answer(refused);
    desk.putting = "put";
    desk.undo();
    await desk.rest();
    expect(desk.shown).toEqual([{ known: "<stored/>", target: theirs(8).bpmnXml, beside: "nothing" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 8, unsent: false });
    expect(desk.sent).toHaveLength(1);
  });

  it("that has to wait does not hold back the mend of a refused document", async () => {
    const desk = new Desk();
    await refuse(desk);
    desk.head = theirs(8);
    desk.putting = "waiting";
    desk.draw();
    await desk.pass(500);
    desk.session.foreignSaved(8);
    await desk.rest();
    expect(desk.sent).toHaveLength(1);
    await desk.pass(2000);
    expect(desk.sent).toHaveLength(2);
    expect(desk.last).toMatchObject({ expectedVersion: 7, bpmnXml: "<doc>c1,c2</doc>" });
  });

  it.each(["saved", "refused"])(
    "a save asked for while it is being put is made, after a %s one",
    async (before) => {
      const desk = new Desk();
      if (before === "refused") await refuse(desk);
      else desk.draw();
      const already = desk.sent.length;
      desk.head = theirs(8);
      desk.putting = () => {
        void desk.session.saveNow();
        return "failed";
      };
      desk.session.foreignSaved(8);
      await desk.rest();
      expect(desk.sent).toHaveLength(already + 1);
    },
  );

  it("that cannot be read now is read when the connection is back", async () => {
    const desk = new Desk();
    desk.session.foreignSaved(8);
    await desk.rest();
    desk.head = theirs(8);
    desk.session.connectionBack();
    await desk.rest();
    expect(desk.session.snapshot().version).toBe(8);
    desk.session.connectionBack();
    await desk.rest();
    expect(desk.looks).toBe(2);
  });

  it("with others present, who draws without a pause is seen all the same", async () => {
    const desk = new Desk();
    desk.draw();
    desk.session.setCompany(true);
    for (let turn = 0; turn < 3; turn += 1) {
      await desk.pass(100);
      desk.draw();
    }
    await desk.rest();
    expect(desk.sent).toHaveLength(1);
    await desk.answer(saved(8));
    await desk.pass(300);
    expect(desk.sent).toHaveLength(2);
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
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<decided/>", beside: "unsent work" }]);
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
