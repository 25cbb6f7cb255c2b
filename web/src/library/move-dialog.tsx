import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useApi } from "../api/api-context";
import type { DiagramSummary } from "../api/diagram";
import { type Project, projectsQuery } from "../api/project";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Skeleton } from "../ui/skeleton";

type MoveDialogProps = {
  organizationId: string;
  diagram: DiagramSummary;
  onClose: () => void;
  // onMove gets the project, or null for none.
  onMove: (project: Project | null) => void;
};

// MoveDialog asks into which project a diagram goes.
export function MoveDialog({ organizationId, diagram, onClose, onMove }: MoveDialogProps) {
  const name = useId();
  const list = useQuery(projectsQuery(useApi(), organizationId));
  const [chosen, setChosen] = useState(diagram.projectId);
  const choices: { project: Project | null; text: string }[] = [
    { project: null, text: "No project" },
    ...(list.data ?? []).map((project) => ({ project, text: project.name })),
  ];
  const target = choices.find(({ project }) => (project?.id ?? null) === chosen);
  const unchanged = chosen === diagram.projectId;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Move “${diagram.title}”`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={unchanged || !target}
            onClick={() => {
              if (target) onMove(target.project);
              onClose();
            }}
          >
            Move
          </Button>
        </>
      }
    >
      {list.isPending ? (
        <Skeleton className="h-24" />
      ) : (
        <fieldset className="flex flex-col gap-1">
          <legend className="sr-only">Project</legend>
          {choices.map(({ project, text }) => (
            <label
              key={project?.id ?? ""}
              className="flex min-h-8 items-center gap-2 rounded-md px-2 py-1 hover:bg-hover"
            >
              <input
                type="radio"
                name={name}
                checked={(project?.id ?? null) === chosen}
                onChange={() => setChosen(project?.id ?? null)}
                className="size-4 shrink-0 accent-accent"
              />
              <span className="min-w-0 break-words">{text}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Dialog>
  );
}
