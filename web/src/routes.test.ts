import { expect, it } from "vitest";
import { createApi } from "./api/client";
import { createQueryClient } from "./api/query-client";
import { createAppRouter } from "./routes";

// What a page is handed of its address. The router merges what a reader gives into what stands there.
function searchOf(path: string, search: Record<string, unknown>): Record<string, unknown> {
  const router = createAppRouter({ api: createApi(), queryClient: createQueryClient() });
  return router.matchRoutes(path, search).at(-1)?.search ?? {};
}

it.each([
  ["/sign-in", { next: "https://x.example/", problem: "<script>", linked: 7 }],
  ["/sign-in", { next: 5, problem: ["denied"] }],
  ["/sign-up", { next: "//x.example" }],
  ["/forgotten", { next: "/api/auth/sign-out" }],
  ["/account", { linked: "<b>", problem: 1 }],
  ["/o/1/account", { linked: "a b", problem: {} }],
  ["/o/1/diagrams", { q: [1], sort: "random", project: "x" }],
  ["/o/1/log", { kind: 1, actorId: {}, from: "yesterday", until: 5 }],
  ["/o/1/diagrams/1/compare", { from: "one", to: -1 }],
])("%s: nothing of %j reaches the page", (path, search) => {
  const parsed = searchOf(path, search);
  for (const key of Object.keys(search)) expect(parsed[key]).toBeUndefined();
});

it.each([
  ["/sign-in", { next: "/o/1/diagrams", problem: "denied" }],
  ["/sign-up", { next: "/invitation/x" }],
  ["/forgotten", { next: "/invitation/x" }],
  ["/account", { linked: "sso" }],
  ["/o/1/diagrams", { q: "order", sort: "title", project: "01890a5d-ac96-774b-bcce-b302099a8057" }],
  ["/o/1/log", { kind: "member", from: "2026-01-31" }],
  ["/o/1/diagrams/1/compare", { from: 1, to: 2 }],
])("%s: %j does", (path, search) => {
  expect(searchOf(path, search)).toMatchObject(search);
});
