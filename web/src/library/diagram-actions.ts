import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useApi } from "../api/api-context";
import type { Api } from "../api/client";
import {
  type DiagramSummary,
  diagramKeys,
  duplicateDiagram,
  moveDiagram,
  renameDiagram,
  restoreDiagram,
  trashDiagram,
} from "../api/diagram";
import { newKey } from "../api/idempotency";
import { organizationKeys } from "../api/organization";
import { ApiError, describeError } from "../api/problem";
import { type Project, projectKeys } from "../api/project";
import { acrossExpiry } from "../api/session";
import { notifyDone, notifyError } from "../ui/toaster";
import { type Pages, withDiagram, withoutDiagram } from "./list-cache";

export type DiagramActions = {
  rename: (diagram: DiagramSummary, title: string) => Promise<void>;
  // duplicate answers with the copy's id; undefined when there is none.
  duplicate: (diagram: DiagramSummary) => Promise<string | undefined>;
  trash: (diagram: DiagramSummary) => Promise<void>;
  // move puts it into a project, or with null into none.
  move: (diagram: DiagramSummary, project: Pick<Project, "id" | "name"> | null) => Promise<void>;
  restore: (diagram: DiagramSummary) => Promise<boolean>;
};

// useDiagramActions gives what can be done with a diagram from a list. Each shows at once, is taken back when the
// server refuses it, and tells so; none of them throws. onQuota gets the server's text when the plan is full.
export function useDiagramActions(organizationId: string, onQuota: (text: string) => void): DiagramActions {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMemo(
    () => diagramActions({ api, queryClient, organizationId, onQuota }),
    [api, queryClient, organizationId, onQuota],
  );
}

type Context = {
  api: Api;
  queryClient: QueryClient;
  organizationId: string;
  onQuota: (text: string) => void;
};

function diagramActions({ api, queryClient, organizationId, onQuota }: Context): DiagramActions {
  const lists = diagramKeys.lists(organizationId);

  async function refresh() {
    void queryClient.invalidateQueries({ queryKey: organizationKeys.usage(organizationId) });
    void queryClient.invalidateQueries({ queryKey: projectKeys.all(organizationId) });
    await queryClient.invalidateQueries({ queryKey: lists });
  }

  async function optimistically(
    change: (pages: Pages | undefined) => Pages | undefined,
    call: () => Promise<void>,
  ) {
    await queryClient.cancelQueries({ queryKey: lists });
    const before = queryClient.getQueriesData<Pages>({ queryKey: lists });
    queryClient.setQueriesData<Pages>({ queryKey: lists }, change);
    try {
      await call();
    } catch (error) {
      for (const [key, pages] of before) queryClient.setQueryData(key, pages);
      throw error;
    } finally {
      void refresh();
    }
  }

  function tell(text: string, error: unknown) {
    if (error instanceof ApiError && error.kind === "quota-exceeded") onQuota(describeError(error));
    else notifyError({ text, detail: describeError(error) });
  }

  async function restore(diagram: DiagramSummary): Promise<boolean> {
    try {
      await acrossExpiry(api, () => restoreDiagram(api, organizationId, diagram.id));
      return true;
    } catch (error) {
      tell(`“${diagram.title}” was not restored`, error);
      return false;
    } finally {
      await refresh();
    }
  }

  return {
    restore,

    async rename(diagram, title) {
      try {
        await optimistically(
          (pages) => withDiagram(pages, { ...diagram, title }),
          () =>
            acrossExpiry(api, () =>
              onHead(diagram, (expectedVersion) =>
                renameDiagram(api, organizationId, diagram.id, { title, expectedVersion }),
              ),
            ),
        );
      } catch (error) {
        tell(`“${diagram.title}” was not renamed`, error);
      }
    },

    async move(diagram, project) {
      const projectId = project?.id ?? null;
      try {
        await acrossExpiry(api, () =>
          onHead(diagram, (expectedVersion) =>
            moveDiagram(api, organizationId, diagram.id, { projectId, expectedVersion }),
          ),
        );
        notifyDone({
          text: project
            ? `“${diagram.title}” is in “${project.name}”`
            : `“${diagram.title}” is in no project`,
        });
      } catch (error) {
        tell(`“${diagram.title}” was not moved`, error);
      } finally {
        await refresh();
      }
    },

    async duplicate(diagram) {
      try {
        const key = newKey();
        const copy = await acrossExpiry(api, () => duplicateDiagram(api, organizationId, diagram.id, key));
        await refresh();
        notifyDone({ text: `Copied to “${copy.title}”` });
        return copy.id;
      } catch (error) {
        tell(`“${diagram.title}” was not copied`, error);
        return undefined;
      }
    },

    async trash(diagram) {
      try {
        await optimistically(
          (pages) => withoutDiagram(pages, diagram.id),
          () => acrossExpiry(api, () => trashDiagram(api, organizationId, diagram.id)),
        );
        notifyDone({
          text: `“${diagram.title}” is in the trash`,
          seconds: 10,
          action: { label: "Undo", run: () => void restore(diagram) },
        });
      } catch (error) {
        tell(`“${diagram.title}” was not moved to the trash`, error);
      }
    },
  };
}

// onHead makes a change again on what somebody has saved in the meantime, because it touches nothing of the drawing.
async function onHead(
  diagram: DiagramSummary,
  change: (expectedVersion: number) => Promise<unknown>,
): Promise<void> {
  let expectedVersion = diagram.version;
  for (let round = 0; ; round++) {
    try {
      await change(expectedVersion);
      return;
    } catch (error) {
      const head =
        error instanceof ApiError && error.kind === "conflict" ? error.problem.currentVersion : undefined;
      if (head === undefined || round === 3) throw error;
      expectedVersion = head;
    }
  }
}
