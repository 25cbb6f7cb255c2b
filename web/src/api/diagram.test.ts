// @vitest-environment node
import { InfiniteQueryObserver } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import {
  createDiagram,
  duplicateDiagram,
  listQuery,
  nextCursor,
  renameDiagram,
  uploadDiagram,
} from "./diagram";
import { createQueryClient } from "./query-client";
import { json, scriptedApi } from "./testing";

const page = (ids: string[], cursor: string | null) =>
  json({ data: ids.map((id) => ({ id, title: id })), nextCursor: cursor, hasMore: cursor !== null });

describe("lists", () => {
  it("walks the pages by their cursors with the sort and filter they belong to", async () => {
    const { api, requests } = scriptedApi(page(["a", "b"], "c1"), page(["c"], null));
    const queryClient = createQueryClient();
    const observer = new InfiniteQueryObserver(
      queryClient,
      listQuery(api, "o1", { q: "inv", sort: "title" }),
    );
    const unsubscribe = observer.subscribe(() => {});
    await queryClient.fetchInfiniteQuery(listQuery(api, "o1", { q: "inv", sort: "title" }));
    expect(observer.getCurrentResult().hasNextPage).toBe(true);
    const end = await observer.fetchNextPage();
    unsubscribe();

    expect(end.data?.pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(["a", "b", "c"]);
    expect(end.hasNextPage).toBe(false);
    const asked = requests.map(({ url }) => Object.fromEntries(new URL(url).searchParams));
    expect(asked).toEqual([
      { limit: "48", q: "inv", sort: "title" },
      { limit: "48", q: "inv", sort: "title", cursor: "c1" },
    ]);
  });

  it("ends where the server says so", () => {
    const data: never[] = [];
    expect(nextCursor({ data, nextCursor: "x", hasMore: true })).toBe("x");
    expect(nextCursor({ data, nextCursor: "x", hasMore: false })).toBeUndefined();
    expect(nextCursor({ data, nextCursor: null, hasMore: true })).toBeUndefined();
  });
});

describe("writes", () => {
  it("uploads the bytes of a file untouched", async () => {
    const { api, requests } = scriptedApi(json({ id: "d1" }, { status: 201 }));
    // ISO-8859-1, which no text in JSON could carry.
    const bytes = new Uint8Array([0x3c, 0x61, 0x3e, 0xe4, 0x3c, 0x2f, 0x61, 0x3e]);
    await uploadDiagram(api, "o1", { title: "Prüfung & Co", bytes, repair: true }, "key-1");
    const [request] = requests;
    expect(request?.headers.get("Content-Type")).toBe("application/bpmn+xml");
    expect(request?.headers.get("Idempotency-Key")).toBe("key-1");
    expect(Object.fromEntries(new URL(request?.url ?? "").searchParams)).toEqual({
      title: "Prüfung & Co",
      repair: "true",
    });
    expect(new Uint8Array((await request?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(bytes);
  });

  it("sends text as JSON, with a key of its own each time", async () => {
    const { api, requests } = scriptedApi(json({ id: "a" }), json({ id: "b" }), json({ id: "c" }));
    await createDiagram(api, "o1", { title: "A", bpmnXml: "<a>&#10;</a>" });
    await createDiagram(api, "o1", { title: "A", bpmnXml: "<a>&#10;</a>" });
    await duplicateDiagram(api, "o1", "a/b");
    expect(await requests[0]?.json()).toEqual({ title: "A", bpmnXml: "<a>&#10;</a>" });
    const keys = requests.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(3);
    expect(new URL(requests[2]?.url ?? "").pathname).toBe("/api/diagrams/a%2Fb/duplicate");
  });

  it("renames with the version it saw and nothing else", async () => {
    const { api, requests } = scriptedApi(json({ id: "d1", version: 4 }));
    await renameDiagram(api, "o1", "d1", { title: "New", expectedVersion: 3 });
    expect(requests[0]?.method).toBe("PUT");
    expect(await requests[0]?.json()).toEqual({ title: "New", expectedVersion: 3, onConflict: "merge" });
  });
});
