import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useRef, useState } from "react";
import type { DiagramSummary } from "../api/diagram";
import { cn } from "../ui/cn";
import { Skeleton } from "../ui/skeleton";
import type { DiagramActions } from "./diagram-actions";
import { DiagramItem, listColumns } from "./diagram-item";
import { ItemMenu, type MenuTarget } from "./item-menu";
import { MoveDialog } from "./move-dialog";
import { forgetOpened, readOpened, rememberOpened } from "./opened";
import { columnsOf, moveInGrid } from "./roving";
import type { ViewMode } from "./view-mode";

type DiagramCollectionProps = {
  organizationId: string;
  diagrams: DiagramSummary[];
  view: ViewMode;
  canWrite: boolean;
  actions: DiagramActions;
};

const gridColumns =
  "grid grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(14rem,1fr))] sm:gap-4";
const listFrame = "rounded-lg border border-line bg-surface";

// DiagramCollection shows diagrams as a grid or as a list. It is one stop for Tab: within it the arrow keys move,
// Enter opens, F2 renames, Delete moves to the trash, and the context-menu key or a right click opens the menu.
export function DiagramCollection({
  organizationId,
  diagrams,
  view,
  canWrite,
  actions,
}: DiagramCollectionProps) {
  const navigate = useNavigate();
  const list = useRef<HTMLUListElement>(null);
  // The item that must get the focus as soon as it is there.
  const wanted = useRef<string | undefined>(readOpened(organizationId));
  const [activeId, setActiveId] = useState(wanted.current);
  const [renamingId, setRenamingId] = useState<string>();
  const [menu, setMenu] = useState<MenuTarget>();
  const [moving, setMoving] = useState<DiagramSummary>();
  const [now] = useState(() => new Date());
  const active = diagrams.some(({ id }) => id === activeId) ? activeId : diagrams[0]?.id;

  useEffect(() => {
    const link = wanted.current && linkOf(list.current, wanted.current);
    if (!link) return;
    wanted.current = undefined;
    forgetOpened(organizationId);
    // What somebody is doing meanwhile is not interrupted.
    if (
      document.activeElement === document.body ||
      list.current?.parentElement?.contains(document.activeElement) ||
      document.activeElement?.matches("h1, main")
    )
      link.focus();
  });

  const open = useCallback(
    (diagram: DiagramSummary) => rememberOpened(organizationId, diagram.id),
    [organizationId],
  );
  const openMenu = useCallback((diagram: DiagramSummary, button: HTMLElement) => {
    const { left, bottom } = button.getBoundingClientRect();
    setMenu({ diagram, x: left, y: bottom + 4, returnTo: button });
  }, []);
  const rename = useCallback(
    (diagram: DiagramSummary, title: string) => void actions.rename(diagram, title),
    [actions],
  );
  const renamed = useCallback((diagram: DiagramSummary, by: "keyboard" | "pointer") => {
    setRenamingId(undefined);
    if (by === "keyboard") wanted.current = diagram.id;
  }, []);

  const startRename = (diagram: DiagramSummary) => {
    setActiveId(diagram.id);
    setRenamingId(diagram.id);
  };
  const trash = (diagram: DiagramSummary) => {
    const index = diagrams.indexOf(diagram);
    const neighbour = diagrams[index + 1] ?? diagrams[index - 1];
    wanted.current = neighbour?.id;
    setActiveId(neighbour?.id);
    void actions.trash(diagram);
  };
  const duplicate = async (diagram: DiagramSummary) => {
    const copy = await actions.duplicate(diagram);
    if (copy === undefined) return;
    wanted.current = copy;
    setActiveId(copy);
  };
  const diagramAt = (target: EventTarget): DiagramSummary | undefined => {
    const id = (target as Element).closest<HTMLElement>("[data-diagram-id]")?.dataset.diagramId;
    return diagrams.find((diagram) => diagram.id === id);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const diagram = diagramAt(event.target);
    if (!diagram || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (canWrite && (event.key === "F2" || event.key === "Delete")) {
      event.preventDefault();
      if (event.key === "F2") startRename(diagram);
      else trash(diagram);
      return;
    }
    const columns = view === "grid" && list.current ? columnsOf(list.current) : 1;
    const next = diagrams[moveInGrid(event.key, diagrams.indexOf(diagram), diagrams.length, columns) ?? -1];
    if (!next) return;
    event.preventDefault();
    setActiveId(next.id);
    linkOf(list.current, next.id)?.focus();
  };

  const onContextMenu = (event: MouseEvent) => {
    const diagram = diagramAt(event.target);
    if (!diagram || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    const link = linkOf(list.current, diagram.id);
    // Asked for by a key, the event names no place.
    const box = event.button === 2 ? undefined : link?.getBoundingClientRect();
    setActiveId(diagram.id);
    setMenu({
      diagram,
      x: box?.left ?? event.clientX,
      y: box?.bottom ?? event.clientY,
      returnTo: link ?? null,
    });
  };

  return (
    <div>
      {view === "list" && <ListHead />}
      <ul
        ref={list}
        aria-label="Diagrams"
        className={view === "grid" ? gridColumns : listFrame}
        onKeyDown={onKeyDown}
        onContextMenu={onContextMenu}
        onFocus={(event) => {
          const diagram = diagramAt(event.target);
          if (diagram) setActiveId(diagram.id);
        }}
      >
        {diagrams.map((diagram) => (
          <DiagramItem
            key={diagram.id}
            diagram={diagram}
            organizationId={organizationId}
            view={view}
            active={diagram.id === active}
            renaming={diagram.id === renamingId}
            menuOpen={diagram.id === menu?.diagram.id}
            now={now}
            onOpen={open}
            onMenu={openMenu}
            onRename={rename}
            onRenamed={renamed}
          />
        ))}
      </ul>
      <ItemMenu
        target={menu}
        canWrite={canWrite}
        onClose={() => setMenu(undefined)}
        onOpen={(diagram) => {
          open(diagram);
          void navigate({
            to: "/o/$organizationId/diagrams/$diagramId",
            params: { organizationId, diagramId: diagram.id },
          });
        }}
        onRename={startRename}
        onDuplicate={(diagram) => void duplicate(diagram)}
        onMove={setMoving}
        onTrash={trash}
      />
      {moving && (
        <MoveDialog
          organizationId={organizationId}
          diagram={moving}
          onClose={() => setMoving(undefined)}
          onMove={(project) => void actions.move(moving, project)}
        />
      )}
    </div>
  );
}

// CollectionSkeleton has the geometry of a collection, so that nothing jumps when it comes.
export function CollectionSkeleton({ view, count }: { view: ViewMode; count: number }) {
  const places = Array.from({ length: count }, (_, index) => index);
  if (view === "list") {
    return (
      <div aria-hidden="true">
        <ListHead />
        <div className={listFrame}>
          {places.map((place) => (
            <div key={place} className={`${listColumns} border-line border-b px-2 last:border-b-0`}>
              <Skeleton className="hidden h-7 w-12 sm:block" />
              <Skeleton className="h-4 w-2/5" />
              <Skeleton className="h-4 w-20" />
            </div>
          ))}
        </div>
      </div>
    );
  }
  return (
    <div aria-hidden="true" className={gridColumns}>
      {places.map((place) => (
        <div key={place} className="overflow-hidden rounded-lg border border-line bg-surface">
          <Skeleton className="aspect-[16/9] rounded-none" />
          <div className="flex h-14 flex-col justify-center gap-2 border-line border-t px-3">
            <Skeleton className="h-3.5 w-3/5" />
            <Skeleton className="h-3 w-2/5" />
          </div>
        </div>
      ))}
    </div>
  );
}

function ListHead() {
  return (
    <div aria-hidden="true" className={cn(listColumns, "h-8 px-2 text-muted text-xs")}>
      <span className="hidden sm:block" />
      <span>Title</span>
      <span>Changed</span>
      <span className="hidden md:block">Created</span>
      <span className="hidden md:block">Version</span>
      <span />
    </div>
  );
}

function linkOf(list: Element | null, id: string): HTMLElement | undefined {
  return list?.querySelector<HTMLElement>(`[data-diagram-id="${CSS.escape(id)}"] [data-open]`) ?? undefined;
}
