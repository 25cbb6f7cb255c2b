import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { type Project, projectKeys, updateProject } from "../api/project";
import { acrossExpiry } from "../api/session";
import { notifyDone, notifyError } from "../ui/toaster";

export type ProjectActions = {
  // archive puts a project away, or brings it back.
  archive: (project: Project, away: boolean) => Promise<void>;
};

// useProjectActions gives what can be done with a project without a form. None of them throws.
export function useProjectActions(organizationId: string): ProjectActions {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMemo(() => {
    async function archive(project: Project, away: boolean): Promise<void> {
      try {
        const changed = await acrossExpiry(api, () =>
          updateProject(api, organizationId, project, { archived: away }),
        );
        notifyDone({
          text: away ? `“${project.name}” is archived` : `“${project.name}” is back`,
          ...(away
            ? { seconds: 10, action: { label: "Undo", run: () => void archive(changed, false) } }
            : {}),
        });
      } catch (error) {
        const text = away ? `“${project.name}” was not archived` : `“${project.name}” was not brought back`;
        notifyError({ text, detail: describeError(error) });
      } finally {
        await queryClient.invalidateQueries({ queryKey: projectKeys.all(organizationId) });
      }
    }
    return { archive };
  }, [api, queryClient, organizationId]);
}
