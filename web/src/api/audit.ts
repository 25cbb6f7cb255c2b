// The log of an organization: who changed what, for its admins.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import { organizationKeys } from "./organization";
import type { components } from "./schema";

export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditPage = components["schemas"]["AuditPage"];

// AuditFilter narrows the log. Days are those of whoever looks, from and until both included.
export type AuditFilter = { kind?: string; actorId?: string; from?: string; until?: string };

// auditParameters turns days into moments: the second ends where the next day begins.
export function auditParameters({ kind, actorId, from, until }: AuditFilter) {
  const start = from ? new Date(`${from}T00:00`) : undefined;
  const end = until ? new Date(`${until}T00:00`) : undefined;
  end?.setDate(end.getDate() + 1);
  return {
    ...(kind ? { kind } : {}),
    ...(actorId ? { actorId } : {}),
    ...(start ? { from: start.toISOString() } : {}),
    ...(end ? { until: end.toISOString() } : {}),
  };
}

export function auditQuery(api: Api, id: string, filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: [...organizationKeys.all(id), "audit", filter] as const,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.client.GET("/api/organizations/{organization}/audit", {
          params: {
            path: { organization: id },
            query: { limit: 50, ...auditParameters(filter), ...(pageParam ? { cursor: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page: AuditPage) => (page.hasMore && page.nextCursor ? page.nextCursor : undefined),
    refetchOnMount: "always",
  });
}

// auditTable is the address of the same as a file for spreadsheets.
export function auditTable(id: string, filter: AuditFilter): string {
  const query = new URLSearchParams(auditParameters(filter)).toString();
  return `/api/organizations/${id}/audit.csv${query && `?${query}`}`;
}
