// The way between the projects: beside the list where there is room, else a menu above it.
import { useQuery } from "@tanstack/react-query";
import { Archive, ChevronDown, Folder, LayoutGrid, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useApi } from "../api/api-context";
import { type Project, projectsQuery } from "../api/project";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "../ui/menu";

type ProjectNavProps = {
  organizationId: string;
  // selected is the project that is shown; undefined: all diagrams.
  selected: string | undefined;
  canWrite: boolean;
  onSelect: (projectId: string | undefined) => void;
  onNew: () => void;
  onArchive: () => void;
};

export function ProjectRail({
  organizationId,
  selected,
  canWrite,
  onSelect,
  onNew,
  onArchive,
}: ProjectNavProps) {
  const projects = useProjects(organizationId);
  return (
    <nav aria-label="Projects" className="hidden w-52 shrink-0 flex-col gap-0.5 lg:flex">
      <RailButton icon={<LayoutGrid />} current={selected === undefined} onPress={() => onSelect(undefined)}>
        All diagrams
      </RailButton>
      <div className="mt-4 flex h-8 items-center justify-between pl-2">
        <h2 className="font-medium text-muted text-xs">Projects</h2>
        {canWrite && (
          <Button variant="ghost" size="small" onClick={onNew}>
            <Plus aria-hidden="true" />
            New<span className="sr-only"> project</span>
          </Button>
        )}
      </div>
      {projects.length === 0 && <p className="px-2 py-1 text-muted text-xs">None yet.</p>}
      <ul className="flex flex-col gap-0.5">
        {projects.map(({ id, name, diagramCount }) => (
          <li key={id}>
            <RailButton icon={<Folder />} current={selected === id} onPress={() => onSelect(id)}>
              <span className="min-w-0 flex-1 truncate" title={name}>
                {name}
              </span>
              <span className="text-muted text-xs tabular-nums">
                {diagramCount}
                <span className="sr-only">{diagramCount === 1 ? " diagram" : " diagrams"}</span>
              </span>
            </RailButton>
          </li>
        ))}
      </ul>
      <RailButton icon={<Archive />} onPress={onArchive} className="mt-2 text-muted">
        Archived projects
      </RailButton>
    </nav>
  );
}

type RailButtonProps = {
  icon: ReactNode;
  current?: boolean;
  onPress: () => void;
  className?: string;
  children: ReactNode;
};

function RailButton({ icon, current, onPress, className, children }: RailButtonProps) {
  return (
    <button
      type="button"
      aria-current={current ? "page" : undefined}
      onClick={onPress}
      className={cn(
        "flex h-8 w-full items-center gap-2 rounded-md px-2 text-left hover:bg-hover aria-[current]:bg-accent-soft aria-[current]:font-medium [&>svg]:size-4 [&>svg]:shrink-0",
        className,
      )}
    >
      {icon}
      {children}
    </button>
  );
}

// ProjectMenu is the same for narrow windows.
export function ProjectMenu({
  organizationId,
  selected,
  canWrite,
  onSelect,
  onNew,
  onArchive,
}: ProjectNavProps) {
  const projects = useProjects(organizationId);
  const current = projects.find(({ id }) => id === selected);
  return (
    <div className="lg:hidden">
      <Menu>
        <MenuTrigger>
          <Button variant="ghost" className="-ml-2 max-w-full px-2">
            <span className="sr-only">Project: </span>
            <span className="truncate">
              {selected === undefined ? "All diagrams" : (current?.name ?? "Project")}
            </span>
            <ChevronDown aria-hidden="true" />
          </Button>
        </MenuTrigger>
        <MenuContent align="start">
          <MenuRadioGroup value={selected ?? ""} onValueChange={(id) => onSelect(id || undefined)}>
            <MenuRadioItem value="">All diagrams</MenuRadioItem>
            {projects.map(({ id, name }) => (
              <MenuRadioItem key={id} value={id}>
                {name}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          <MenuSeparator />
          {canWrite && (
            <MenuItem icon={<Plus />} onSelect={onNew}>
              New project
            </MenuItem>
          )}
          <MenuItem icon={<Archive />} onSelect={onArchive}>
            Archived projects
          </MenuItem>
        </MenuContent>
      </Menu>
    </div>
  );
}

function useProjects(organizationId: string): Project[] {
  return useQuery(projectsQuery(useApi(), organizationId)).data ?? [];
}
