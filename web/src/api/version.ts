// Versions of a diagram: the history, one version, what differs between two, and the calls that make a new version
// out of an old one. A version never changes, so what was read once of it need not be read again.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import { type Diagram, type DiagramSummary, diagramKeys, getDiagram, type SavedDiagram } from "./diagram";
import { newKey } from "./idempotency";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Version = Schemas["Version"];
export type VersionPage = Schemas["VersionPage"];
export type DocumentDiff = Schemas["Diff"];
// DocumentChange is one change between two documents, with what a person calls the element.
export type DocumentChange = DocumentDiff["changes"][number];
export type ChangeKind = DocumentChange["kind"];

const pageSize = 50;

export const versionKeys = {
  all: (organizationId: string, id: string) => [...diagramKeys.all(organizationId), "versions", id] as const,
  lists: (organizationId: string, id: string) => [...versionKeys.all(organizationId, id), "list"] as const,
  list: (organizationId: string, id: string, labelled: boolean) =>
    [...versionKeys.lists(organizationId, id), labelled] as const,
  head: (organizationId: string, id: string) => [...versionKeys.all(organizationId, id), "head"] as const,
  content: (organizationId: string, id: string, version: number) =>
    [...versionKeys.all(organizationId, id), "content", version] as const,
  diff: (organizationId: string, id: string, from: number, to: number) =>
    [...versionKeys.all(organizationId, id), "diff", from, to] as const,
};

// versionsQuery walks the history page by page, newest first; labelled: only the versions that have a name.
export function versionsQuery(api: Api, organizationId: string, id: string, labelled: boolean) {
  return infiniteQueryOptions({
    queryKey: versionKeys.list(organizationId, id, labelled),
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.client.GET("/api/diagrams/{id}/versions", {
          params: {
            header: organization(organizationId),
            path: { id },
            query: {
              limit: pageSize,
              ...(pageParam ? { cursor: pageParam } : {}),
              ...(labelled ? { labelled: true } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page: VersionPage) => (page.hasMore && page.nextCursor ? page.nextCursor : undefined),
    refetchOnMount: "always",
  });
}

// headQuery reads what is stored now, for looking at it: the studio has its own reading, see diagramQuery.
export function headQuery(api: Api, organizationId: string, id: string) {
  return queryOptions({
    queryKey: versionKeys.head(organizationId, id),
    queryFn: ({ signal }): Promise<Diagram> => getDiagram(api, organizationId, id, signal),
    refetchOnMount: "always",
  });
}

export function versionQuery(api: Api, organizationId: string, id: string, version: number) {
  return queryOptions({
    queryKey: versionKeys.content(organizationId, id, version),
    queryFn: ({ signal }) =>
      answer(
        api.client.GET("/api/diagrams/{id}/versions/{number}", {
          params: { header: organization(organizationId), path: { id, number: version } },
          signal,
        }),
      ),
    // Its name may change, its content never does, and only that is read here.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

// exportPdf reads a version as PDF, A4, drawn by the server.
export function exportPdf(api: Api, organizationId: string, id: string, version: number): Promise<Blob> {
  return answer<Blob>(
    api.client.GET("/api/diagrams/{id}/export", {
      params: {
        header: organization(organizationId),
        path: { id },
        query: { format: "pdf", paper: "a4", version },
      },
      parseAs: "blob",
    }),
  );
}

export function diffQuery(api: Api, organizationId: string, id: string, from: number, to: number) {
  return queryOptions({
    queryKey: versionKeys.diff(organizationId, id, from, to),
    queryFn: ({ signal }) =>
      answer(
        api.client.GET("/api/diagrams/{id}/diff", {
          params: { header: organization(organizationId), path: { id }, query: { from, to } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

// diffAddress is where programs find what diffQuery reads.
export function diffAddress(id: string, from: number, to: number): string {
  return `/api/diagrams/${encodeURIComponent(id)}/diff?from=${from}&to=${to}`;
}

// diffWithFile compares a version with a file; nothing of the file is stored.
export function diffWithFile(
  api: Api,
  organizationId: string,
  id: string,
  from: number,
  bytes: Blob,
): Promise<DocumentDiff> {
  return answer(
    api.client.POST("/api/diagrams/{id}/diff", {
      params: { header: organization(organizationId), path: { id }, query: { from } },
      headers: { "Content-Type": "application/bpmn+xml" },
      body: bytes,
      bodySerializer: (body) => body,
    }),
  );
}

// labelVersion names a version; null takes its name away.
export function labelVersion(
  api: Api,
  organizationId: string,
  id: string,
  version: number,
  label: string | null,
): Promise<Version> {
  return answer(
    api.client.PUT("/api/diagrams/{id}/versions/{number}/label", {
      params: { header: organization(organizationId), path: { id, number: version } },
      body: { label },
    }),
  );
}

// restoreVersion makes a new version with the document of an old one.
export function restoreVersion(
  api: Api,
  organizationId: string,
  id: string,
  version: number,
  expectedVersion: number,
): Promise<SavedDiagram> {
  return answer(
    api.client.POST("/api/diagrams/{id}/versions/{number}/restore", {
      params: { header: organization(organizationId), path: { id, number: version } },
      body: { expectedVersion },
    }),
  );
}

// takeElements makes a new version in which the elements are as they were in an old one.
export function takeElements(
  api: Api,
  organizationId: string,
  id: string,
  version: number,
  take: { elements: string[]; expectedVersion: number },
): Promise<SavedDiagram> {
  return answer(
    api.client.POST("/api/diagrams/{id}/versions/{number}/take", {
      params: { header: organization(organizationId), path: { id, number: version } },
      body: take,
    }),
  );
}

// duplicateVersion makes a diagram of its own out of an old version.
export function duplicateVersion(
  api: Api,
  organizationId: string,
  id: string,
  version: number,
): Promise<DiagramSummary> {
  return answer(
    api.client.POST("/api/diagrams/{id}/duplicate", {
      params: { header: keyed(organizationId), path: { id } },
      body: { version },
    }),
  );
}

function organization(id: string): { "Laneway-Organization": string } {
  return { "Laneway-Organization": id };
}

function keyed(organizationId: string): { "Laneway-Organization": string; "Idempotency-Key": string } {
  return { ...organization(organizationId), "Idempotency-Key": newKey() };
}
