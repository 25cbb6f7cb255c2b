// What stands above two drawings that are compared: which two, how much differs, and the way from one change to the
// next.
import { ArrowDown, ArrowUp, Braces, FileDiff, X } from "lucide-react";
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
  onFrom: (version: number) => void;
  // null stands for whatever is current.
  onTo: (version: number | null) => void;
  onFile: (file: File) => void;
  onNoFile: () => void;
};

export function CompareBar(props: CompareBarProps) {
  const { versions, from, to, head, file, onFrom, onTo, onFile, onNoFile } = props;
  const input = useRef<HTMLInputElement>(null);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = target.files?.[0];
    target.value = "";
    if (chosen) onFile(chosen);
  };
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-surface px-3 py-1.5">
      <VersionPicker label="Compare" versions={versions} value={from} head={head} onChange={onFrom} />
      {file === null ? (
        <VersionPicker
          label="with"
          versions={versions}
          value={to}
          head={head}
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
  onChange: (version: number) => void;
};

function VersionPicker({ label, versions, value, head, onChange }: VersionPickerProps) {
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
        onChange={({ target }) => onChange(Number(target.value))}
      >
        {!known && <option value={value}>Version {value}</option>}
        {versions.map((version) => (
          <option key={version.number} value={version.number}>
            {version.number === head ? `Current. ${versionLine(version, now)}` : versionLine(version, now)}
          </option>
        ))}
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
