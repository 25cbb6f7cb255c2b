import { describe, expect, it } from "vitest";
import { conflict, Desk, merge, saved, stored } from "./edit-desk";

describe("work of others in the answer to a save, with newer work of one's own", () => {
  const merged = saved(9, { merged: true, bpmnXml: "<merged/>" });
  // The canvas refuses what touches newer work.
  const competing = (unsent: boolean) => (unsent ? "waiting" : "put");

  async function sentWithNewerWork(): Promise<Desk> {
    const desk = new Desk();
    desk.draw();
    await desk.pass(2000);
    desk.draw();
    return desk;
  }

  it("that does not touch it is put beside it, and the next save is made on that", async () => {
    const desk = await sentWithNewerWork();
    await desk.answer(merged);
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", beside: "unsent work" }]);
    await desk.pass(2000);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 9,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineHash: "hash of <doc>c1</doc>",
    });
  });

  it("that touches it is not overridden: the next save is made on the version that the canvas shows", async () => {
    const desk = await sentWithNewerWork();
    desk.putting = competing;
    await desk.answer(merged);
    expect(desk.shown).toEqual([]);
    expect(desk.session.snapshot()).toMatchObject({ version: 7, unsent: true });
    await desk.pass(1000);
    expect(desk.draft).toMatchObject({ baseVersion: 7, baselineXml: "<doc>c1</doc>" });
    await desk.pass(1000);
    expect(desk.last).toEqual({
      ...merge,
      expectedVersion: 7,
      bpmnXml: "<doc>c1,c2</doc>",
      baselineHash: "hash of <doc>c1</doc>",
    });
    // Both may be merged after all; then the answer brings theirs.
    await desk.answer(saved(10, { merged: true, bpmnXml: "<both/>" }));
    expect(desk.shown).toEqual([{ known: "<doc>c1,c2</doc>", target: "<both/>", beside: "nothing" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 10, unsent: false });
  });

  it("that touches it becomes a conflict when both can't be had", async () => {
    const desk = await sentWithNewerWork();
    desk.putting = competing;
    await desk.answer(merged);
    await desk.pass(2000);
    await desk.answer(conflict);
    expect(desk.status).toBe("conflict");
    void desk.session.resolved(stored(10, { merged: true, bpmnXml: "<decided/>" }));
    await desk.rest();
    expect(desk.shown).toEqual([{ known: "<doc>c1,c2</doc>", target: "<decided/>", beside: "nothing" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 10, unsent: false });
  });

  it("comes when the newer work is taken back", async () => {
    const desk = await sentWithNewerWork();
    desk.putting = competing;
    desk.head = { version: 9, title: "Order", bpmnXml: "<merged/>" };
    await desk.answer(merged);
    desk.undo();
    await desk.rest();
    expect(desk.shown).toEqual([{ known: "<doc>c1</doc>", target: "<merged/>", beside: "nothing" }]);
    expect(desk.session.snapshot()).toMatchObject({ version: 9, unsent: false });
    expect(desk.sent).toHaveLength(1);
  });

  it("that could not be put is asked for again by every save", async () => {
    const desk = await sentWithNewerWork();
    desk.putting = "failed";
    await desk.answer(merged);
    await desk.pass(2000);
    expect(desk.last).toMatchObject({ expectedVersion: 7 });
    desk.putting = "put";
    await desk.answer(saved(10, { merged: true, bpmnXml: "<both/>" }));
    expect(desk.session.snapshot()).toMatchObject({ version: 10, unsent: false });
  });
});
