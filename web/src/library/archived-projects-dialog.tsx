import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { projectsQuery } from "../api/project";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import type { ProjectActions } from "./project-actions";

type ArchivedProjectsDialogProps = {
  organizationId: string;
  canWrite: boolean;
  actions: ProjectActions;
  onShow: (projectId: string) => void;
  onClose: () => void;
};

// ArchivedProjectsDialog lists what was put away: to look into it, or to bring it back.
export function ArchivedProjectsDialog({
  organizationId,
  canWrite,
  actions,
  onShow,
  onClose,
}: ArchivedProjectsDialogProps) {
  const list = useQuery(projectsQuery(useApi(), organizationId, true));
  const [busy, setBusy] = useState<string>();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Archived projects">
      {list.isPending && <Skeleton className="h-10" />}
      {list.isError && !list.data && <Notice tone="danger">{describeError(list.error)}</Notice>}
      {list.data?.length === 0 && <p className="py-4 text-center text-muted">No project is archived.</p>}
      {list.data && list.data.length > 0 && (
        <ul aria-label="Archived projects" className="flex flex-col">
          {list.data.map((project) => (
            <li
              key={project.id}
              className="flex min-h-12 items-center gap-2 border-line border-b py-2 last:border-b-0"
            >
              <div className="min-w-0 flex-1">
                <div className="truncate font-medium" title={project.name}>
                  {project.name}
                </div>
                <div className="text-muted text-xs">
                  {project.diagramCount === 1 ? "1 diagram" : `${project.diagramCount} diagrams`}
                </div>
              </div>
              <Button aria-label={`Show “${project.name}”`} onClick={() => onShow(project.id)}>
                Show
              </Button>
              {canWrite && (
                <Button
                  aria-label={`Bring back “${project.name}”`}
                  busy={busy === project.id}
                  onClick={() => {
                    setBusy(project.id);
                    void actions.archive(project, false).finally(() => setBusy(undefined));
                  }}
                >
                  Bring back
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
