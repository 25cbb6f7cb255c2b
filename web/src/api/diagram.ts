// Diagrams: the calls, and the query options next to their keys. Every function takes the page's Api and the
// organization, because the header always goes along.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import { newKey } from "./idempotency";
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
export type DiagramSummary = Schemas["DiagramSummary"];
export type Diagram = Schemas["Diagram"];
export type CreatedDiagram = Schemas["CreatedDiagram"];
export type SavedDiagram = Schemas["SavedDiagram"];
export type DiagramPage = Schemas["DiagramPage"];
// Finding is a warning about an accepted document, or one repair made to it.
export type Finding = Schemas["Finding"];
// Conflict is one thing that two people decided differently.
export type Conflict = Schemas["Conflict"];
// SaveRequest: with a baseline it is what the editor has changed since that was written; without one, "make it this".
export type SaveRequest = Pick<
  Schemas["DiagramUpdate"],
  "title" | "bpmnXml" | "baselineXml" | "baselineHash"
> & {
  expectedVersion: number;
  onConflict?: "fail" | "merge";
};

export type DiagramSort = NonNullable<NonNullable<operations["listDiagrams"]["parameters"]["query"]>["sort"]>;
export type DiagramFilter = { q?: string; sort?: DiagramSort; trashed?: boolean; projectId?: string };

export const diagramKeys = {
  all: (organizationId: string) => ["organizations", organizationId, "diagrams"] as const,
  lists: (organizationId: string) => [...diagramKeys.all(organizationId), "list"] as const,
  list: (organizationId: string, filter: DiagramFilter) =>
    [...diagramKeys.lists(organizationId), filter] as const,
  detail: (organizationId: string, id: string) => [...diagramKeys.all(organizationId), "detail", id] as const,
};

// thumbnailAddress is where the picture of a diagram is, null in the trash. An image sets no headers, so the address
// names the organization.
export function thumbnailAddress(diagram: DiagramSummary, organizationId: string): string | null {
  return diagram.thumbnailUrl && `${diagram.thumbnailUrl}&organization=${organizationId}`;
}

const pageSize = 48;

// listQuery walks the summaries page by page. A cursor belongs to its sort and filter, so these are in the key.
export function listQuery(api: Api, organizationId: string, filter: DiagramFilter) {
  return infiniteQueryOptions({
    queryKey: diagramKeys.list(organizationId, filter),
    queryFn: ({ pageParam, signal }) => listDiagrams(api, organizationId, filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: nextCursor,
    // Whoever comes back to a list has just drawn, renamed or made something.
    refetchOnMount: "always",
  });
}

// nextCursor is where the next page begins, undefined after the last one.
export function nextCursor(page: DiagramPage): string | undefined {
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
): Promise<DiagramPage> {
  const query = {
    limit: pageSize,
    ...(cursor ? { cursor } : {}),
    ...(filter.q ? { q: filter.q } : {}),
    ...(filter.sort ? { sort: filter.sort } : {}),
    ...(filter.trashed ? { trashed: true } : {}),
    ...(filter.projectId ? { projectId: filter.projectId } : {}),
  };
  return answer(
    api.client.GET("/api/diagrams", {
      params: { header: organization(organizationId), query },
      ...at(signal),
    }),
  );
}

export function getDiagram(
  api: Api,
  organizationId: string,
  id: string,
  signal?: AbortSignal,
): Promise<Diagram> {
  return answer(
    api.client.GET("/api/diagrams/{id}", {
      params: { header: organization(organizationId), path: { id } },
      ...at(signal),
    }),
  );
}

// createDiagram makes a diagram of text that is already Unicode. idempotencyKey makes a repeated call harmless.
export function createDiagram(
  api: Api,
  organizationId: string,
  diagram: Schemas["NewDiagram"],
  idempotencyKey: string = newKey(),
): Promise<CreatedDiagram> {
  return answer(
    api.client.POST("/api/diagrams", {
      params: { header: { ...organization(organizationId), "Idempotency-Key": idempotencyKey } },
      body: diagram,
    }),
  );
}

// uploadDiagram sends a file as the bytes it is: its encoding is the server's business. With repair the server mends
// what it would refuse (ids, bounds) and tells each mending in the answer's repairs.
export function uploadDiagram(
  api: Api,
  organizationId: string,
  upload: { title: string; bytes: Uint8Array<ArrayBuffer> | Blob; repair?: boolean; projectId?: string },
  idempotencyKey: string = newKey(),
): Promise<CreatedDiagram> {
  return answer(
    api.client.POST("/api/diagrams", {
      params: {
        header: { ...organization(organizationId), "Idempotency-Key": idempotencyKey },
        query: {
          title: upload.title,
          ...(upload.repair ? { repair: true } : {}),
          ...(upload.projectId ? { projectId: upload.projectId } : {}),
        },
      },
      headers: { "Content-Type": "application/bpmn+xml" },
      body: upload.bytes,
      bodySerializer: (bytes) => bytes,
    }),
  );
}

// saveDiagram: with keepalive the call outlives the page; browsers allow that for bodies up to 64 kB.
export function saveDiagram(
  api: Api,
  organizationId: string,
  id: string,
  save: SaveRequest,
  options: { signal?: AbortSignal; keepalive?: boolean } = {},
): Promise<SavedDiagram> {
  return answer(
    api.client.PUT("/api/diagrams/{id}", {
      params: { header: organization(organizationId), path: { id } },
      body: { onConflict: "fail", ...save },
      ...at(options.signal),
      ...(options.keepalive ? { keepalive: true } : {}),
    }),
  );
}

// renameDiagram is a save of the title alone: version n+1 with the same drawing, whoever draws in it meanwhile.
export function renameDiagram(
  api: Api,
  organizationId: string,
  id: string,
  rename: { title: string; expectedVersion: number },
): Promise<SavedDiagram> {
  return saveDiagram(api, organizationId, id, { ...rename, onConflict: "merge" });
}

// moveDiagram puts a diagram into a project, or with null into none: version n+1 with the same drawing.
export function moveDiagram(
  api: Api,
  organizationId: string,
  id: string,
  move: { projectId: string | null; expectedVersion: number },
): Promise<SavedDiagram> {
  return answer(
    api.client.PUT("/api/diagrams/{id}", {
      params: { header: organization(organizationId), path: { id } },
      body: { ...move, onConflict: "merge" },
    }),
  );
}

export async function trashDiagram(api: Api, organizationId: string, id: string): Promise<void> {
  await answer(
    api.client.DELETE("/api/diagrams/{id}", {
      params: { header: organization(organizationId), path: { id } },
    }),
  );
}

export function restoreDiagram(api: Api, organizationId: string, id: string): Promise<DiagramSummary> {
  return answer(
    api.client.POST("/api/diagrams/{id}/restore", {
      params: { header: organization(organizationId), path: { id } },
    }),
  );
}

export function duplicateDiagram(
  api: Api,
  organizationId: string,
  id: string,
  idempotencyKey: string = newKey(),
): Promise<DiagramSummary> {
  return answer(
    api.client.POST("/api/diagrams/{id}/duplicate", {
      params: {
        header: { ...organization(organizationId), "Idempotency-Key": idempotencyKey },
        path: { id },
      },
    }),
  );
}

function organization(id: string): { "Laneway-Organization": string } {
  return { "Laneway-Organization": id };
}

function at(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
