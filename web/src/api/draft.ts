// Drafts: work of one's own that could not be merged and waits on the server until its conflicts are decided.
import { queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import { diagramKeys, type SavedDiagram } from "./diagram";
import { ApiError } from "./problem";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Choice = Schemas["Choice"];
// Conflict is one thing that two people decided differently. ours is what the draft's owner has, theirs what is
// stored.
export type Conflict = Schemas["Conflict"];
export type DraftSummary = Schemas["DraftList"]["data"][number];
export type Draft = Schemas["Draft"];

// Dispute is what waits for a decision.
export type Dispute = { draftId: string; currentVersion: number; conflicts: readonly Conflict[] };

export type Decided =
  | { kind: "stored"; saved: SavedDiagram }
  // Somebody saved meanwhile. The conflicts carry the choices that still hold.
  | { kind: "again"; dispute: Dispute };

export const draftKeys = {
  list: (organizationId: string, id: string) => [...diagramKeys.all(organizationId), "drafts", id] as const,
};

// draftsQuery lists one's own drafts of a diagram.
export function draftsQuery(api: Api, organizationId: string, id: string) {
  return queryOptions({
    queryKey: draftKeys.list(organizationId, id),
    queryFn: ({ signal }) => listDrafts(api, organizationId, id, signal),
    refetchOnMount: "always",
  });
}

export function listDrafts(
  api: Api,
  organizationId: string,
  id: string,
  signal?: AbortSignal,
): Promise<{ data: DraftSummary[] }> {
  return answer(
    api.client.GET("/api/diagrams/{id}/drafts", {
      params: { header: organization(organizationId), path: { id } },
      ...(signal ? { signal } : {}),
    }),
  );
}

export function getDraft(api: Api, organizationId: string, id: string, draftId: string): Promise<Draft> {
  return answer(
    api.client.GET("/api/diagrams/{id}/drafts/{draft}", {
      params: { header: organization(organizationId), path: { id, draft: draftId } },
    }),
  );
}

export async function discardDraft(
  api: Api,
  organizationId: string,
  id: string,
  draftId: string,
): Promise<void> {
  await answer(
    api.client.DELETE("/api/diagrams/{id}/drafts/{draft}", {
      params: { header: organization(organizationId), path: { id, draft: draftId } },
    }),
  );
}

// decide sends the choices. A preview stores nothing; what is not chosen stands in it as one's own.
export async function decide(
  api: Api,
  organizationId: string,
  id: string,
  decision: {
    draftId: string;
    currentVersion: number;
    choices: Readonly<Record<string, Choice>>;
    preview?: true;
  },
  signal?: AbortSignal,
): Promise<Decided> {
  try {
    const saved = await answer(
      api.client.POST("/api/diagrams/{id}/resolve", {
        params: {
          header: organization(organizationId),
          path: { id },
        },
        body: decision,
        ...(signal ? { signal } : {}),
      }),
    );
    return { kind: "stored", saved };
  } catch (error) {
    const dispute = error instanceof ApiError && error.kind === "conflict" ? disputeOf(error.problem) : null;
    if (dispute) return { kind: "again", dispute };
    throw error;
  }
}

function disputeOf(problem: object): Dispute | null {
  const { draftId, currentVersion, conflicts } = problem as Partial<Dispute>;
  return draftId !== undefined && currentVersion !== undefined && conflicts !== undefined
    ? { draftId, currentVersion, conflicts }
    : null;
}

function organization(id: string): { "Laneway-Organization": string } {
  return { "Laneway-Organization": id };
}
