import "fake-indexeddb/auto";
import { createStore } from "idb-keyval";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DraftStore, newSessionId, titleOf } from "./draft-store";

const place = { userId: "ann", organizationId: "org", diagramId: "diagram" };
const draft = (bpmnXml: string, writtenAt = 1) => ({
  bpmnXml,
  title: "Order",
  savedTitle: "Order",
  baseVersion: 3,
  baselineXml: "<baseline/>",
  request: null,
  writtenAt,
});
let database: ReturnType<typeof createStore>;

beforeEach(() => {
  database = createStore(newSessionId(), "drafts");
});
afterEach(() => {
  vi.unstubAllGlobals();
});

// Sessions are alive as long as the browser holds a lock of their name.
function live(...sessions: string[]) {
  const held = sessions.map((id) => ({ name: `laneway-edit:${id}` }));
  vi.stubGlobal("navigator", { locks: { query: async () => ({ held, pending: [] }) } });
}

it("keeps one draft for each session, so that two tabs never overwrite each other", async () => {
  live();
  const store = new DraftStore(place, database);
  await store.port("one").write(draft("<a/>", 1));
  await store.port("two").write(draft("<b/>", 2));
  await store.port("one").write(draft("<c/>", 3));
  expect((await store.leftBehind()).map(({ sessionId, bpmnXml }) => [sessionId, bpmnXml])).toEqual([
    ["one", "<c/>"],
    ["two", "<b/>"],
  ]);
});

it("shows nobody a draft of another person, organization or diagram", async () => {
  live();
  await new DraftStore(place, database).port("one").write(draft("<a/>"));
  for (const other of [{ userId: "bob" }, { organizationId: "other" }, { diagramId: "diagram2" }]) {
    expect(await new DraftStore({ ...place, ...other }, database).leftBehind()).toEqual([]);
  }
});

it("leaves out the drafts of tabs that are still open, but not of a session that has just ended here", async () => {
  live("open", "ended");
  const store = new DraftStore(place, database);
  for (const id of ["open", "ended", "dead"]) await store.port(id).write(draft("<a/>"));
  const found = await store.leftBehind(new Set(["ended"]));
  expect(found.map(({ sessionId }) => sessionId).sort()).toEqual(["dead", "ended"]);
});

it("takes every other draft as left behind where the browser has no locks", async () => {
  vi.stubGlobal("navigator", {});
  const store = new DraftStore(place, database);
  await store.port("one").write(draft("<a/>"));
  expect(await store.leftBehind()).toHaveLength(1);
});

it("forgets a draft when it is removed", async () => {
  live();
  const store = new DraftStore(place, database);
  await store.port("one").write(draft("<a/>"));
  await store.port("one").remove();
  expect(await store.leftBehind()).toEqual([]);
});

it("has the title that others have given meanwhile, unless the person has given one", () => {
  const left = { ...draft("<a/>"), sessionId: "one" };
  expect(titleOf(left, "Orders")).toBe("Orders");
  expect(titleOf({ ...left, title: "Mine" }, "Orders")).toBe("Mine");
  const { savedTitle: _, ...old } = left;
  expect(titleOf(old, "Orders")).toBe("Order");
});
