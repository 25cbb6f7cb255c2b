import { ArchiveRestore, Ellipsis, FolderArchive, PencilLine } from "lucide-react";
import { useState } from "react";
import type { Project } from "../api/project";
import { AlertDialog } from "../ui/alert-dialog";
import { Button } from "../ui/button";
import { IconButton } from "../ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../ui/menu";
import { Notice } from "../ui/notice";
import type { ProjectActions } from "./project-actions";

type ProjectHeadingProps = {
  project: Project;
  canWrite: boolean;
  actions: ProjectActions;
  onEdit: () => void;
};

// ProjectHeading names the project that is shown, and holds what can be done with it.
export function ProjectHeading({ project, canWrite, actions, onEdit }: ProjectHeadingProps) {
  const [archiving, setArchiving] = useState(false);
  const archived = project.archivedAt !== null;
  return (
    <div className="flex flex-col gap-3">
      <div>
        <div className="flex items-center gap-1">
          <h1 tabIndex={-1} className="min-w-0 break-words font-semibold text-xl">
            {project.name}
          </h1>
          {canWrite && !archived && (
            <Menu>
              <MenuTrigger>
                <IconButton label={`Actions for the project “${project.name}”`}>
                  <Ellipsis aria-hidden="true" />
                </IconButton>
              </MenuTrigger>
              <MenuContent align="start">
                <MenuItem icon={<PencilLine />} onSelect={onEdit}>
                  Rename and describe
                </MenuItem>
                <MenuItem icon={<FolderArchive />} onSelect={() => setArchiving(true)}>
                  Archive
                </MenuItem>
              </MenuContent>
            </Menu>
          )}
        </div>
        {project.description && (
          <p className="mt-1 max-w-prose whitespace-pre-line break-words text-muted">{project.description}</p>
        )}
      </div>
      {archived && (
        <Notice
          tone="info"
          action={
            canWrite && (
              <Button size="small" onClick={() => void actions.archive(project, false)}>
                <ArchiveRestore aria-hidden="true" />
                Bring back
              </Button>
            )
          }
        >
          This project is archived. Its diagrams can be opened and moved out; none can be added.
        </Notice>
      )}
      <AlertDialog
        open={archiving}
        onOpenChange={setArchiving}
        title={`Archive “${project.name}”?`}
        description="Its diagrams stay as they are. No new ones can be added until it is brought back, which is possible at any time."
        confirm="Archive"
        onConfirm={() => void actions.archive(project, true)}
      />
    </div>
  );
}
