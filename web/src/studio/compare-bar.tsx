// What stands above two drawings that are compared: which two, how much differs, and the way from one change to the
// next.
import { ArrowDown, ArrowUp, Braces, FileDiff, Link, X } from "lucide-react";
import { type ChangeEvent, useId, useRef } from "react";
import type { Version } from "../api/version";
import { Button, buttonStyle } from "../ui/button";
import { IconButton } from "../ui/icon-button";
import type { ChangeCounts } from "./change-groups";
import { ChangeMark, kindWords } from "./change-mark";
import { versionLine } from "./version-words";

type CompareBarProps = {
  versions: readonly Version[];
  from: number;
  to: number;
  head: number;
  // The name of the file that takes the place of the second version.
  file: string | null;
  // Loads older versions to choose from; null when all are there.
  onOlder: (() => void) | null;
  onFrom: (version: number) => void;
  // null stands for whatever is current.
  onTo: (version: number | null) => void;
  onFile: (file: File) => void;
  onNoFile: () => void;
  onCopyLink: () => void;
};

export function CompareBar(props: CompareBarProps) {
  const { versions, from, to, head, file, onOlder, onFrom, onTo, onFile, onNoFile, onCopyLink } = props;
  const input = useRef<HTMLInputElement>(null);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = target.files?.[0];
    target.value = "";
    if (chosen) onFile(chosen);
  };
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-surface px-3 py-1.5">
      <VersionPicker
        label="Compare"
        versions={versions}
        value={from}
        head={head}
        onOlder={onOlder}
        onChange={onFrom}
      />
      {file === null ? (
        <VersionPicker
          label="with"
          versions={versions}
          value={to}
          head={head}
          onOlder={onOlder}
          onChange={(version) => onTo(version === head ? null : version)}
        />
      ) : (
        <span className="inline-flex min-w-0 items-center gap-1.5">
          <span className="text-muted text-xs">with</span>
          <span className="max-w-64 truncate rounded-md border border-line px-2 py-1" title={file}>
            {file}
          </span>
          <IconButton label="Compare with a version again" onClick={onNoFile}>
            <X aria-hidden="true" />
          </IconButton>
        </span>
      )}
      <Button size="small" variant="ghost" onClick={() => input.current?.click()}>
        <FileDiff aria-hidden="true" />
        With a file…
      </Button>
      {file === null && (
        <Button size="small" variant="ghost" onClick={onCopyLink}>
          <Link aria-hidden="true" />
          Copy link
        </Button>
      )}
      <input
        ref={input}
        type="file"
        accept=".bpmn,.xml"
        aria-label="File to compare with"
        tabIndex={-1}
        className="sr-only"
        onChange={choose}
      />
    </div>
  );
}

type VersionPickerProps = {
  label: string;
  versions: readonly Version[];
  value: number;
  head: number;
  onOlder: (() => void) | null;
  onChange: (version: number) => void;
};

const older = "older";

function VersionPicker({ label, versions, value, head, onOlder, onChange }: VersionPickerProps) {
  const id = useId();
  const now = new Date();
  const known = versions.some(({ number }) => number === value);
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <label htmlFor={id} className="text-muted text-xs">
        {label}
      </label>
      <select
        id={id}
        value={value}
        className="h-8 w-64 min-w-0 max-w-full rounded-md border border-line-strong bg-surface px-2 text-ink max-sm:w-72"
        onChange={({ target }) => (target.value === older ? onOlder?.() : onChange(Number(target.value)))}
      >
        {!known && <option value={value}>Version {value}</option>}
        {versions.map((version) => (
          <option key={version.number} value={version.number}>
            {version.number === head ? `Current. ${versionLine(version, now)}` : versionLine(version, now)}
          </option>
        ))}
        {onOlder && <option value={older}>Older versions…</option>}
      </select>
    </span>
  );
}

type ChangesBarProps = {
  counts: ChangeCounts;
  total: number;
  // The place of the chosen change in the list, from 1; 0 when none is.
  at: number;
  layoutShown: boolean;
  layoutOnly: number;
  // Where programs find the same.
  json: { href: string; onOpen: () => void };
  onLayout: (shown: boolean) => void;
  onStep: (by: 1 | -1) => void;
};

const kinds = ["added", "removed", "changed", "moved"] as const;

// ChangesBar stands above the list of changes.
export function ChangesBar(props: ChangesBarProps) {
  const { counts, total, at, layoutShown, layoutOnly, json, onLayout, onStep } = props;
  return (
    <div className="flex shrink-0 flex-col gap-1 border-line border-b bg-surface px-3 py-2">
      <div className="flex items-center gap-1">
        <p role="status" className="min-w-0 flex-1 font-medium">
          {total === 0
            ? "Nothing differs"
            : at === 0
              ? `${total} ${total === 1 ? "element differs" : "elements differ"}`
              : `${at} of ${total}`}
        </p>
        <IconButton label="Previous change" shortcut="P" disabled={total === 0} onClick={() => onStep(-1)}>
          <ArrowUp aria-hidden="true" />
        </IconButton>
        <IconButton label="Next change" shortcut="N" disabled={total === 0} onClick={() => onStep(1)}>
          <ArrowDown aria-hidden="true" />
        </IconButton>
        <a
          href={json.href}
          className={buttonStyle({ variant: "ghost", size: "medium", className: "hover:bg-hover" })}
          title="The same as JSON"
          onClick={(event) => {
            event.preventDefault();
            json.onOpen();
          }}
        >
          <Braces aria-hidden="true" />
          JSON
        </a>
      </div>
      <ul aria-label="How many of each" className="flex flex-wrap gap-x-3 gap-y-1 text-xs">
        {kinds.map((kind) => (
          <li key={kind} className="inline-flex items-center gap-1">
            <ChangeMark kind={kind} className="size-4" />
            {counts[kind]} {kindWords[kind].toLowerCase()}
          </li>
        ))}
      </ul>
      <label className="inline-flex min-h-6 items-center gap-2 text-xs">
        <input
          type="checkbox"
          checked={layoutShown}
          className="size-4 accent-accent"
          onChange={({ target }) => onLayout(target.checked)}
        />
        Changes of the layout alone{layoutOnly > 0 ? ` (${layoutOnly})` : ""}
      </label>
    </div>
  );
}
