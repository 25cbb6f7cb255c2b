import { Link } from "@tanstack/react-router";
import { ArrowDownUp, LayoutGrid, List, Plus, Search, Trash2, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { DiagramSort } from "../api/diagram";
import { Button, buttonStyle } from "../ui/button";
import { IconButton } from "../ui/icon-button";
import { Input } from "../ui/input";
import { Menu, MenuContent, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "../ui/menu";
import { isTyping } from "./import-source";
import type { LibrarySearch } from "./library-search";
import type { ViewMode } from "./view-mode";

type LibraryToolbarProps = {
  organizationId: string;
  search: LibrarySearch;
  onSearch: (search: LibrarySearch) => void;
  view: ViewMode;
  onView: (view: ViewMode) => void;
  canWrite: boolean;
  creating: boolean;
  onNew: () => void;
  onImport: () => void;
};

const sorts: { sort: DiagramSort; text: string }[] = [
  { sort: "updatedAt", text: "Last changed" },
  { sort: "title", text: "Title" },
  { sort: "createdAt", text: "Newest" },
];

export function LibraryToolbar(props: LibraryToolbarProps) {
  const { organizationId, search, onSearch, view, onView, canWrite } = props;
  const sort = search.sort ?? "updatedAt";
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TitleFilter q={search.q ?? ""} onChange={(q) => onSearch(withQuery(search, q))} />
      <Menu>
        <MenuTrigger>
          <Button variant="ghost" className="px-2">
            <ArrowDownUp aria-hidden="true" />
            <span className="sr-only sm:not-sr-only">
              <span className="sr-only">Sorted by: </span>
              {sorts.find((choice) => choice.sort === sort)?.text}
            </span>
          </Button>
        </MenuTrigger>
        <MenuContent align="start">
          <MenuLabel>Sort by</MenuLabel>
          <MenuRadioGroup
            value={sort}
            onValueChange={(value) => onSearch(withSort(search, value as DiagramSort))}
          >
            {sorts.map((choice) => (
              <MenuRadioItem key={choice.sort} value={choice.sort}>
                {choice.text}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
        </MenuContent>
      </Menu>
      <fieldset className="flex">
        <legend className="sr-only">Show as</legend>
        <IconButton
          label="Grid"
          aria-pressed={view === "grid"}
          onClick={() => onView("grid")}
          className="rounded-r-none"
        >
          <LayoutGrid aria-hidden="true" />
        </IconButton>
        <IconButton
          label="List"
          aria-pressed={view === "list"}
          onClick={() => onView("list")}
          className="rounded-l-none"
        >
          <List aria-hidden="true" />
        </IconButton>
      </fieldset>
      <Link
        to="/o/$organizationId/trash"
        params={{ organizationId }}
        className={buttonStyle({ variant: "ghost", className: "px-2 hover:bg-hover" })}
      >
        <Trash2 aria-hidden="true" />
        <span className="sr-only sm:not-sr-only">Trash</span>
      </Link>
      {canWrite && (
        <div className="ml-auto flex gap-2">
          <Button onClick={props.onImport}>
            <Upload aria-hidden="true" />
            Import
          </Button>
          <Button variant="primary" onClick={props.onNew} busy={props.creating}>
            {!props.creating && <Plus aria-hidden="true" />}
            New<span className="-ml-1 hidden sm:inline"> diagram</span>
          </Button>
        </div>
      )}
    </div>
  );
}

const typingPause = 250;

// TitleFilter hands on what is typed after a short pause, so that the address and the list follow thoughts and not
// every key. "/" leads to it from anywhere in the page, Esc empties it.
function TitleFilter({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [text, setText] = useState(q);
  const [known, setKnown] = useState(q);
  if (known !== q) {
    // The address changed by another way: back, forward, a link.
    setKnown(q);
    setText(q);
  }

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = (next: string, pause: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setKnown(next);
      onChange(next);
    }, pause);
  };
  return (
    <div className="relative w-full sm:w-64">
      <Search className="pointer-events-none absolute top-2 left-2 size-4 text-muted" aria-hidden="true" />
      <Input
        ref={input}
        type="search"
        aria-label="Filter by title"
        aria-keyshortcuts="/"
        placeholder="Filter by title"
        maxLength={200}
        value={text}
        className="pl-8"
        onChange={(event) => change(event.target.value, typingPause)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") {
            event.preventDefault();
            change("", 0);
          }
        }}
      />
    </div>
  );
}

function withQuery({ q: _, ...search }: LibrarySearch, q: string): LibrarySearch {
  return q.trim() ? { ...search, q } : search;
}

function withSort({ sort: _, ...search }: LibrarySearch, sort: DiagramSort): LibrarySearch {
  return sort === "updatedAt" ? search : { ...search, sort };
}
