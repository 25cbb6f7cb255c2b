import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useApi } from "../api/api-context";
import type { Api } from "../api/client";
import {
  type DiagramSummary,
  diagramKeys,
  duplicateDiagram,
  renameDiagram,
  restoreDiagram,
  trashDiagram,
} from "../api/diagram";
import { newKey } from "../api/idempotency";
import { organizationKeys } from "../api/organization";
import { ApiError, describeError } from "../api/problem";
import { acrossExpiry } from "../api/session";
import { notifyDone, notifyError } from "../ui/toaster";
import { type Pages, withDiagram, withoutDiagram } from "./list-cache";

export type DiagramActions = {
  rename: (diagram: DiagramSummary, title: string) => Promise<void>;
  // duplicate answers with the copy's id; undefined when there is none.
  duplicate: (diagram: DiagramSummary) => Promise<string | undefined>;
  trash: (diagram: DiagramSummary) => Promise<void>;
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
          () => acrossExpiry(api, () => renameOnHead(api, organizationId, diagram, title)),
        );
      } catch (error) {
        tell(`“${diagram.title}” was not renamed`, error);
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

// renameOnHead: somebody's save in the meantime is no reason not to rename, because a rename touches nothing else.
async function renameOnHead(
  api: Api,
  organizationId: string,
  diagram: DiagramSummary,
  title: string,
): Promise<void> {
  let expectedVersion = diagram.version;
  for (let round = 0; ; round++) {
    try {
      await renameDiagram(api, organizationId, diagram.id, { title, expectedVersion });
      return;
    } catch (error) {
      const head =
        error instanceof ApiError && error.kind === "conflict" ? error.problem.currentVersion : undefined;
      if (head === undefined || round === 3) throw error;
      expectedVersion = head;
    }
  }
}
