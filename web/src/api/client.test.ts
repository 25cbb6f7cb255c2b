// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { answer } from "./client";
import { diagramKeys, getDiagram, listDiagrams, trashDiagram } from "./diagram";
import { createQueryClient } from "./query-client";
import { acrossExpiry, meQuery, signedInElsewhere, signIn, signOut } from "./session";
import { json, problem, scriptedApi } from "./testing";

const user = { id: "u1", email: "mira@example.org", displayName: "Mira" };
const organization = { id: "o1", name: "Harbour works", plan: "free", role: "admin" };
const emptyPage = { data: [], nextCursor: null, hasMore: false };

describe("the client", () => {
  it("says for which organization it asks", async () => {
    const { api, requests } = scriptedApi(json(emptyPage));
    await listDiagrams(api, "o1", {}, null);
    expect(requests[0]?.headers.get("Laneway-Organization")).toBe("o1");
    expect(requests[0]?.credentials).toBe("same-origin");
  });

  it("sends back the highest number it has read, to the organization it came from only", async () => {
    const gone = (seq: string) => new Response(null, { status: 204, headers: { "Laneway-Seq": seq } });
    const { api, requests } = scriptedApi(gone("41"), gone("40"), json(emptyPage), json(emptyPage));
    await trashDiagram(api, "o1", "d1");
    await trashDiagram(api, "o1", "d2");
    await listDiagrams(api, "o1", {}, null);
    await listDiagrams(api, "o2", {}, null);
    expect(requests.map(({ headers }) => headers.get("Laneway-Seq"))).toEqual([null, "41", "41", null]);
  });

  it("forgets everything of a user at sign-out", async () => {
    const { api, requests } = scriptedApi(
      json({ user, organization }),
      new Response(null, { status: 204, headers: { "Laneway-Seq": "3" } }),
      new Response(null, { status: 204 }),
      json(emptyPage),
    );
    await signIn(api, { email: user.email, password: "correct horse battery" });
    await trashDiagram(api, "o1", "d1");
    await signOut(api);
    await listDiagrams(api, "o1", {}, null);
    expect(api.session.getState()).toEqual({ status: "signed-out" });
    expect(requests.at(-1)?.headers.get("Laneway-Seq")).toBeNull();
  });

  it("does not go on as somebody who has signed in in another tab", async () => {
    const grace = { id: "u2", email: "grace@example.org", displayName: "Grace" };
    const me = (of: typeof user) =>
      json({ user: of, organizations: [organization], deletedOrganizations: [] });
    const { api } = scriptedApi(
      json({ user, organization }),
      me(grace),
      me(grace),
      me(grace),
      me(user),
      me(user),
    );
    const client = createQueryClient();
    const look = () => client.fetchQuery({ ...meQuery(api), staleTime: 0 });
    await signIn(api, { email: user.email, password: "right" });
    // Whether this tab has noticed that the session before has ended, or not yet.
    for (const _ of ["signed-in", "expired"]) {
      await expect(look()).rejects.toMatchObject({ kind: "unauthenticated" });
      expect(api.session.getState()).toEqual({ status: "expired", userId: user.id });
    }
    expect(client.getQueryData(meQuery(api).queryKey)).toBeUndefined();
    expect(await signedInElsewhere(api, user.id)).toBe(false);
    expect(api.session.getState().status).toBe("expired");
    expect(await signedInElsewhere(api, user.id)).toBe(true);
    expect((await look()).user).toEqual(user);
  });

  it("notices that a session has ended, and that it is there again", async () => {
    const { api } = scriptedApi(
      json({ user, organization }),
      problem(401, "unauthenticated"),
      problem(401, "unauthenticated"),
      json({ user, organization }),
    );
    const seen: string[] = [];
    api.session.subscribe(({ status }) => seen.push(status));
    await signIn(api, { email: user.email, password: "right" });
    await expect(getDiagram(api, "o1", "d1")).rejects.toMatchObject({ kind: "unauthenticated" });
    // A wrong password on the way back changes nothing.
    await expect(signIn(api, { email: user.email, password: "wrong" })).rejects.toMatchObject({
      status: 401,
    });
    await signIn(api, { email: user.email, password: "right" });
    expect(seen).toEqual(["signed-in", "expired", "signed-in"]);
  });

  it("makes a call again that met the end of the session, after the same person is back", async () => {
    const { api, requests } = scriptedApi(
      json({ user, organization }),
      problem(401, "unauthenticated"),
      json({ user, organization }),
      new Response(null, { status: 204 }),
    );
    await signIn(api, { email: user.email, password: "right" });
    const trashing = acrossExpiry(api, () => trashDiagram(api, "o1", "d1"));
    await vi.waitFor(() => expect(api.session.getState().status).toBe("expired"));
    await signIn(api, { email: user.email, password: "right" });
    await trashing;
    expect(requests.map(({ method }) => method)).toEqual(["POST", "DELETE", "POST", "DELETE"]);
  });

  it("leaves such a call refused when somebody else comes, or nobody", async () => {
    for (const next of [json({ user: { ...user, id: "u2" }, organization }), undefined]) {
      const answers = [json({ user, organization }), problem(401, "unauthenticated")];
      const { api } = scriptedApi(...answers, ...(next ? [next] : []));
      await signIn(api, { email: user.email, password: "right" });
      const refused = expect(acrossExpiry(api, () => trashDiagram(api, "o1", "d1"))).rejects.toMatchObject({
        status: 401,
      });
      await vi.waitFor(() => expect(api.session.getState().status).toBe("expired"));
      if (next) await signIn(api, { email: "other@example.org", password: "right" });
      else api.forget();
      await refused;
    }
  });

  it("does not call a session ended that never was", async () => {
    const { api } = scriptedApi(problem(401, "unauthenticated"));
    const query = meQuery(api);
    const load = query.queryFn as (context: { signal: AbortSignal }) => Promise<unknown>;
    await expect(load({ signal: new AbortController().signal })).rejects.toMatchObject({ status: 401 });
    expect(api.session.getState()).toEqual({ status: "unknown" });
  });

  it("turns a call without an answer into an error of kind offline, and tells when it is over", async () => {
    const { api } = scriptedApi(
      new TypeError("Failed to fetch"),
      problem(503, "unavailable"),
      json(emptyPage),
    );
    await expect(listDiagrams(api, "o1", {}, null)).rejects.toMatchObject({ kind: "offline", status: 0 });
    expect(api.connection.getState().state).toBe("unreachable");
    await expect(listDiagrams(api, "o1", {}, null)).rejects.toMatchObject({ kind: "unavailable" });
    expect(api.connection.getState().state).toBe("unavailable");
    await listDiagrams(api, "o1", {}, null);
    expect(api.connection.getState().state).toBe("reachable");
  });

  it("takes an answer that breaks off for no answer", async () => {
    const { api } = scriptedApi(
      new Response('{"data": [', { headers: { "Content-Type": "application/json" } }),
    );
    await expect(listDiagrams(api, "o1", {}, null)).rejects.toMatchObject({ kind: "offline" });
  });

  it("leaves an aborted call an aborted call", async () => {
    const controller = new AbortController();
    const { api } = scriptedApi((request) => {
      controller.abort();
      return Promise.reject(request.signal.reason);
    });
    const call = answer(api.client.GET("/api/me", { signal: controller.signal }));
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(api.connection.getState().state).toBe("reachable");
  });
});

describe("keys", () => {
  it("never meet across organizations", () => {
    const own = JSON.stringify(diagramKeys.all("o1"));
    const foreign = JSON.stringify(diagramKeys.detail("o2", "d1"));
    expect(foreign.startsWith(own.slice(0, -1))).toBe(false);
    expect(JSON.stringify(diagramKeys.list("o1", { q: "x" })).startsWith(own.slice(0, -1))).toBe(true);
  });
});
