// One version in the history, and a run of autosaves folded into one line.
import {
  ChevronDown,
  ChevronRight,
  Copy,
  EllipsisVertical,
  Eye,
  GitCompareArrows,
  History,
  Tag,
} from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Version } from "../api/version";
import { cn } from "../ui/cn";
import { IconButton } from "../ui/icon-button";
import { Input } from "../ui/input";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "../ui/menu";
import { authorWords, clockWords, countWords, kindText } from "./version-words";

// What can be done with a version. Who may only read lacks the changing ones.
export type VersionActions = {
  preview: (version: Version) => void;
  compareWithCurrent: (version: Version) => void;
  compareWithBefore: (version: Version) => void;
  change: {
    label: (version: Version, label: string | null) => Promise<void>;
    restore: (version: Version) => void;
    duplicate: (version: Version) => void;
  } | null;
};

type VersionEntryProps = {
  version: Version;
  current: boolean;
  // Its preview is open.
  shown: boolean;
  actions: VersionActions;
};

export function VersionEntry({ version, current, shown, actions }: VersionEntryProps) {
  const [naming, setNaming] = useState(false);
  const { change } = actions;
  const { number, label } = version;
  const title = label ?? `Version ${number}`;
  const details = [
    current ? "Current" : "",
    label === null ? "" : `Version ${number}`,
    authorWords(version),
    kindText(version),
    version.changeCount === null ? "" : countWords(version.changeCount, "change", "changes"),
  ].filter((part) => part !== "");

  return (
    <li
      className={cn(
        "group relative flex items-start gap-1 border-l-2 border-l-transparent pr-1",
        shown && "border-l-accent bg-accent-soft",
      )}
    >
      {naming && change ? (
        <NameField
          label={label}
          onDone={() => setNaming(false)}
          onName={async (next) => change.label(version, next)}
        />
      ) : (
        <button
          type="button"
          aria-current={shown || undefined}
          className="min-w-0 flex-1 rounded-sm px-3 py-1.5 text-left enabled:hover:bg-hover focus-visible:-outline-offset-2"
          onClick={() => actions.preview(version)}
        >
          <span className="flex items-baseline gap-2">
            <span
              className={cn("wrap-anywhere min-w-0 flex-1", label === null ? "font-medium" : "font-semibold")}
            >
              {title}
            </span>
            <time dateTime={version.createdAt} className="shrink-0 text-muted text-xs tabular-nums">
              {clockWords(version.createdAt)}
            </time>
          </span>
          <span className="wrap-anywhere block text-muted text-xs">{details.join(" · ")}</span>
        </button>
      )}
      <Menu>
        <MenuTrigger>
          <IconButton label={`Actions for version ${number}`} className="mt-1 size-7">
            <EllipsisVertical aria-hidden="true" />
          </IconButton>
        </MenuTrigger>
        <MenuContent onCloseAutoFocus={naming ? (event) => event.preventDefault() : undefined}>
          <MenuItem icon={<Eye />} onSelect={() => actions.preview(version)}>
            Look at it
          </MenuItem>
          {!current && (
            <MenuItem icon={<GitCompareArrows />} onSelect={() => actions.compareWithCurrent(version)}>
              Compare with the current one
            </MenuItem>
          )}
          {number > 1 && (
            <MenuItem icon={<GitCompareArrows />} onSelect={() => actions.compareWithBefore(version)}>
              Compare with the one before
            </MenuItem>
          )}
          {change && (
            <>
              <MenuSeparator />
              <MenuItem icon={<Tag />} onSelect={() => setNaming(true)}>
                {label === null ? "Name this version" : "Change its name"}
              </MenuItem>
              <MenuItem icon={<Copy />} onSelect={() => change.duplicate(version)}>
                Make a diagram of it
              </MenuItem>
              {!current && (
                <MenuItem icon={<History />} onSelect={() => change.restore(version)}>
                  Restore this version
                </MenuItem>
              )}
            </>
          )}
        </MenuContent>
      </Menu>
    </li>
  );
}

type NameFieldProps = {
  label: string | null;
  onName: (label: string | null) => Promise<void>;
  onDone: () => void;
};

// An empty name takes the name away. Leaving the field keeps what was typed.
function NameField({ label, onName, onDone }: NameFieldProps) {
  const [text, setText] = useState(label ?? "");
  const [saving, setSaving] = useState(false);
  const save = async () => {
    const next = text.trim() === "" ? null : text.trim();
    if (next === label || saving) {
      if (!saving) onDone();
      return;
    }
    setSaving(true);
    await onName(next);
    onDone();
  };
  return (
    <form
      className="min-w-0 flex-1 px-2 py-1.5"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save();
      }}
    >
      <Input
        // The person has just asked for it.
        ref={(field) => field?.focus()}
        aria-label="Name of the version"
        placeholder="Name of the version"
        maxLength={200}
        value={text}
        readOnly={saving}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onDone();
        }}
        onBlur={() => void save()}
      />
    </form>
  );
}

type RunEntryProps = {
  versions: readonly Version[];
  shown: number | null;
  actions: VersionActions;
};

export function RunEntry({ versions, shown, actions }: RunEntryProps) {
  const [open, setOpen] = useState(false);
  const [newest, oldest] = [versions[0], versions.at(-1)];
  if (!newest || !oldest) return null;
  const unfolded = open || versions.some(({ number }) => number === shown);
  const changes = versions.reduce((sum, { changeCount }) => sum + (changeCount ?? 0), 0);
  const Chevron = unfolded ? ChevronDown : ChevronRight;
  return (
    <li>
      <button
        type="button"
        aria-expanded={unfolded}
        className="flex w-full items-start gap-1.5 rounded-sm border-l-2 border-l-transparent py-1.5 pr-9 pl-3 text-left enabled:hover:bg-hover focus-visible:-outline-offset-2"
        onClick={() => setOpen(!open)}
      >
        <Chevron aria-hidden="true" className="mt-0.5 -ml-1 size-4 shrink-0 text-muted" />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className="min-w-0 flex-1">{versions.length} saves</span>
            <span className="shrink-0 text-muted text-xs tabular-nums">
              {clockWords(oldest.createdAt)} – {clockWords(newest.createdAt)}
            </span>
          </span>
          <span className="wrap-anywhere block text-muted text-xs">
            {authorWords(newest)} · Versions {oldest.number} to {newest.number}
            {changes > 0 ? ` · ${countWords(changes, "change", "changes")}` : ""}
          </span>
        </span>
      </button>
      {unfolded && (
        <ul className="ml-3 border-line border-l">
          {versions.map((version) => (
            <VersionEntry
              key={version.number}
              version={version}
              current={false}
              shown={version.number === shown}
              actions={actions}
            />
          ))}
        </ul>
      )}
    </li>
  );
}
