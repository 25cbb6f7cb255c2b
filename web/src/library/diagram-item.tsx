import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { memo } from "react";
import type { DiagramSummary } from "../api/diagram";
import { cn } from "../ui/cn";
import { formatAgo, formatDate, formatDateTime } from "./dates";
import { Thumbnail } from "./thumbnail";
import { TitleInput } from "./title-input";
import type { ViewMode } from "./view-mode";

export type ItemHandlers = {
  onOpen: (diagram: DiagramSummary) => void;
  onMenu: (diagram: DiagramSummary, button: HTMLElement) => void;
  onRename: (diagram: DiagramSummary, title: string) => void;
  onRenamed: (diagram: DiagramSummary, by: "keyboard" | "pointer") => void;
};

type DiagramItemProps = ItemHandlers & {
  diagram: DiagramSummary;
  organizationId: string;
  view: ViewMode;
  // active: the one item of the collection that Tab reaches.
  active: boolean;
  renaming: boolean;
  menuOpen: boolean;
  now: Date;
};

// DiagramItem is one diagram of the collection, as a tile or as a row. Its link covers all of it; the menu button and
// the field for renaming lie above that.
export const DiagramItem = memo(function DiagramItem(props: DiagramItemProps) {
  const { diagram, view } = props;
  const updated = new Date(diagram.updatedAt);
  const changed = (
    <time dateTime={diagram.updatedAt} title={formatDateTime(updated)}>
      {formatAgo(updated, props.now)}
    </time>
  );

  if (view === "list") {
    return (
      <li
        data-diagram-id={diagram.id}
        className={cn(itemFrame, listColumns, "border-line border-b px-2 last:border-b-0")}
      >
        <Thumbnail
          diagram={diagram}
          organizationId={props.organizationId}
          className="hidden h-7 w-12 rounded-sm border border-line sm:flex"
        />
        <div className="min-w-0">
          <Title {...props} />
        </div>
        <div className="text-muted">
          <span className="sr-only">Changed </span>
          {changed}
        </div>
        <div className="hidden text-muted md:block">
          <span className="sr-only">Created </span>
          <time dateTime={diagram.createdAt}>{formatDate(new Date(diagram.createdAt))}</time>
        </div>
        <div className="hidden text-muted md:block">
          <span className="sr-only">Version </span>
          {diagram.version}
        </div>
        <MenuButton {...props} />
      </li>
    );
  }
  return (
    <li
      data-diagram-id={diagram.id}
      className={cn(
        itemFrame,
        "flex flex-col overflow-hidden rounded-lg border border-line bg-surface hover:border-line-strong",
      )}
    >
      <Thumbnail
        diagram={diagram}
        organizationId={props.organizationId}
        className="aspect-[16/9] border-line border-b"
      />
      <div className="flex h-14 items-center gap-1 py-2 pr-2 pl-3">
        <div className="min-w-0 flex-1">
          <Title {...props} />
          {!props.renaming && (
            <div className="truncate text-muted text-xs">
              <span className="max-sm:sr-only">Changed </span>
              {changed}
            </div>
          )}
        </div>
        <MenuButton {...props} />
      </div>
    </li>
  );
});

// listColumns is shared by the rows, their head and their skeletons.
export const listColumns =
  "grid h-11 grid-cols-[minmax(0,1fr)_6rem_2rem] items-center gap-3 sm:grid-cols-[3rem_minmax(0,1fr)_8rem_2rem] md:grid-cols-[3rem_minmax(0,1fr)_8rem_8rem_5rem_2rem]";

const itemFrame =
  "group relative [content-visibility:auto] has-[[data-open]:focus-visible]:outline-2 has-[[data-open]:focus-visible]:outline-accent has-[[data-open]:focus-visible]:outline-offset-2";

function Title({ diagram, organizationId, active, renaming, onOpen, onRename, onRenamed }: DiagramItemProps) {
  if (renaming) {
    return (
      <TitleInput
        title={diagram.title}
        onCommit={(title) => onRename(diagram, title)}
        onDone={(by) => onRenamed(diagram, by)}
      />
    );
  }
  return (
    <Link
      to="/o/$organizationId/diagrams/$diagramId"
      params={{ organizationId, diagramId: diagram.id }}
      data-open
      draggable={false}
      tabIndex={active ? 0 : -1}
      title={diagram.title}
      onClick={() => onOpen(diagram)}
      className="block truncate font-medium outline-none after:absolute after:inset-0 focus-visible:outline-none"
    >
      {diagram.title}
    </Link>
  );
}

function MenuButton({ diagram, active, menuOpen, onMenu }: DiagramItemProps) {
  return (
    <button
      type="button"
      aria-label={`Actions for “${diagram.title}”`}
      aria-haspopup="menu"
      aria-expanded={menuOpen}
      tabIndex={active ? 0 : -1}
      onClick={(event) => onMenu(diagram, event.currentTarget)}
      className={cn(
        "relative z-10 flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink focus-visible:opacity-100 group-hover:opacity-100 group-has-[:focus-visible]:opacity-100 [@media(hover:none)]:opacity-100",
        menuOpen ? "bg-hover text-ink opacity-100" : "opacity-60",
      )}
    >
      <Ellipsis className="size-4" aria-hidden="true" />
    </button>
  );
}
