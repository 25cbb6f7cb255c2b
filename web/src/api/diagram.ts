// Diagrams: the calls, and the query options next to their keys. Every function takes the page's Api and the
// organization, because the header always goes along.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Api } from "./client";

export type DiagramSummary = {
  id: string;
  title: string;
  projectId: string | null;
  version: number;
  thumbnailUrl: string | null;
  createdBy: string;
  updatedBy: string;
  createdAt: string;
  updatedAt: string;
  // deletedAt stands in the lists of the trash.
  deletedAt?: string | null;
};

// Notice is a warning about an accepted document, or one repair made to it.
export type Notice = { code: string; elementId?: string | null; line?: number | null; detail: string };

export type Diagram = DiagramSummary & { bpmnXml: string; warnings: Notice[]; repairs?: Notice[] };

export type Page<T> = { data: T[]; nextCursor: string | null; hasMore: boolean };

export type DiagramSort = "updatedAt" | "title" | "createdAt";

export type DiagramFilter = { q?: string; sort?: DiagramSort; trashed?: boolean };

// SaveRequest: see PUT /api/diagrams/{id}. baselineXml goes with the first save of an editing session only: what the
// editor writes right after reading, so that the server can tell what it has dropped.
export type SaveRequest = {
  expectedVersion: number;
  bpmnXml?: string;
  title?: string;
  baselineXml?: string;
  acceptLoss?: boolean;
};

// SaveResult has bpmnXml only where what is stored differs from what was sent.
export type SaveResult = DiagramSummary & { warnings: Notice[]; merged?: boolean; bpmnXml?: string };

export const diagramKeys = {
  all: (organizationId: string) => ["organizations", organizationId, "diagrams"] as const,
  lists: (organizationId: string) => [...diagramKeys.all(organizationId), "list"] as const,
  list: (organizationId: string, filter: DiagramFilter) =>
    [...diagramKeys.lists(organizationId), filter] as const,
  detail: (organizationId: string, id: string) => [...diagramKeys.all(organizationId), "detail", id] as const,
};

const pageSize = 48;

// listQuery walks the summaries page by page. A cursor belongs to its sort and filter, so these are in the key.
export function listQuery(api: Api, organizationId: string, filter: DiagramFilter) {
  return infiniteQueryOptions({
    queryKey: diagramKeys.list(organizationId, filter),
    queryFn: ({ pageParam, signal }) => listDiagrams(api, organizationId, filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: nextCursor,
  });
}

// nextCursor is where the next page begins, undefined after the last one.
export function nextCursor(page: Page<unknown>): string | undefined {
  return page.hasMore && page.nextCursor ? page.nextCursor : undefined;
}

// diagramQuery loads the head. The studio reads it once per opening and never lets it be refetched under an edit,
// so nothing refetches it by itself and nothing of it is kept after the page is left.
export function diagramQuery(api: Api, organizationId: string, id: string) {
  return queryOptions({
    queryKey: diagramKeys.detail(organizationId, id),
    queryFn: ({ signal }) => getDiagram(api, organizationId, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function listDiagrams(
  api: Api,
  organizationId: string,
  filter: DiagramFilter,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<DiagramSummary>> {
  return api.call("GET", "/api/diagrams", {
    organizationId,
    query: {
      limit: pageSize,
      cursor,
      q: filter.q || undefined,
      sort: filter.sort,
      trashed: filter.trashed || undefined,
    },
    ...(signal ? { signal } : {}),
  });
}

export function getDiagram(
  api: Api,
  organizationId: string,
  id: string,
  signal?: AbortSignal,
): Promise<Diagram> {
  return api.call("GET", path(id), { organizationId, ...(signal ? { signal } : {}) });
}

// createDiagram makes a diagram of text that is already Unicode. idempotencyKey makes a repeated call harmless.
export function createDiagram(
  api: Api,
  organizationId: string,
  diagram: { title: string; bpmnXml: string },
  idempotencyKey: string = crypto.randomUUID(),
): Promise<Diagram> {
  return api.call("POST", "/api/diagrams", {
    organizationId,
    body: diagram,
    headers: { "Idempotency-Key": idempotencyKey },
  });
}

// uploadDiagram sends a file as the bytes it is: its encoding is the server's business. With repair the server mends
// what it would refuse (ids, bounds) and tells each mending in the answer's repairs.
export function uploadDiagram(
  api: Api,
  organizationId: string,
  upload: { title: string; bytes: Uint8Array<ArrayBuffer> | Blob; repair?: boolean },
  idempotencyKey: string = crypto.randomUUID(),
): Promise<Diagram> {
  return api.call("POST", "/api/diagrams", {
    organizationId,
    query: { title: upload.title, repair: upload.repair || undefined },
    bytes: upload.bytes,
    contentType: "application/bpmn+xml",
    headers: { "Idempotency-Key": idempotencyKey },
  });
}

export function saveDiagram(
  api: Api,
  organizationId: string,
  id: string,
  save: SaveRequest,
  options: { signal?: AbortSignal; keepalive?: boolean } = {},
): Promise<SaveResult> {
  return api.call("PUT", path(id), { organizationId, body: save, ...options });
}

// renameDiagram is a save of the title alone: version n+1 with the same drawing.
export function renameDiagram(
  api: Api,
  organizationId: string,
  id: string,
  rename: { title: string; expectedVersion: number },
): Promise<SaveResult> {
  return api.call("PUT", path(id), { organizationId, body: rename });
}

export function trashDiagram(api: Api, organizationId: string, id: string): Promise<void> {
  return api.call("DELETE", path(id), { organizationId });
}

export function restoreDiagram(api: Api, organizationId: string, id: string): Promise<DiagramSummary> {
  return api.call("POST", `${path(id)}/restore`, { organizationId, body: {} });
}

export function duplicateDiagram(
  api: Api,
  organizationId: string,
  id: string,
  idempotencyKey: string = crypto.randomUUID(),
): Promise<DiagramSummary> {
  return api.call("POST", `${path(id)}/duplicate`, {
    organizationId,
    body: {},
    headers: { "Idempotency-Key": idempotencyKey },
  });
}

function path(id: string): string {
  return `/api/diagrams/${encodeURIComponent(id)}`;
}
