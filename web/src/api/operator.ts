// What an operator of the server sees: how it fares, and how large its organizations are.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Figures = Schemas["Figures"];
export type OperatorChange = Schemas["OperatorChanges"]["data"][number];

const keys = {
  figures: ["operator", "figures"] as const,
  organizations: ["operator", "organizations"] as const,
  changes: ["operator", "changes"] as const,
};

// figuresQuery asks anew as long as the page is looked at.
export function figuresQuery(api: Api) {
  return queryOptions({
    queryKey: keys.figures,
    queryFn: ({ signal }) => answer(api.client.GET("/api/operator/figures", { signal })),
    refetchInterval: 5_000,
    staleTime: 0,
  });
}

export function organizationsQuery(api: Api) {
  return infiniteQueryOptions({
    queryKey: keys.organizations,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.client.GET("/api/operator/organizations", {
          params: { query: { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function operatorChangesQuery(api: Api) {
  return queryOptions({
    queryKey: keys.changes,
    queryFn: async ({ signal }) => (await answer(api.client.GET("/api/operator/changes", { signal }))).data,
  });
}
