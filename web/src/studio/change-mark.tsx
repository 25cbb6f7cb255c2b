// One sign and one colour for each kind of change, on the sheet and beside it: never the colour alone.
import type { ChangeKind } from "../api/version";
import { cn } from "../ui/cn";

export type MarkKind = ChangeKind | "conflict";

const signs: Record<MarkKind, string> = {
  added: "M8 3.5v9M3.5 8h9",
  removed: "M3.5 8h9",
  changed: "M3.5 12.5l.8-3 6-6 2.2 2.2-6 6z",
  moved: "M2.5 8h11M10.5 5l3 3-3 3M5.5 5l-3 3 3 3",
  conflict: "M8 3v6M8 12.2v.6",
};

const colours: Record<MarkKind, string> = {
  added: "bg-success-soft text-success",
  removed: "bg-danger-soft text-danger",
  changed: "bg-warning-soft text-warning",
  moved: "bg-accent-soft text-accent",
  conflict: "bg-danger-soft text-danger",
};

export const kindWords: Record<ChangeKind, string> = {
  added: "Added",
  removed: "Removed",
  changed: "Changed",
  moved: "Moved",
};

export function ChangeMark({ kind, className }: { kind: MarkKind; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cn(
        "inline-flex size-5 shrink-0 items-center justify-center rounded-full",
        colours[kind],
        className,
      )}
    >
      <svg viewBox="0 0 16 16" className="size-3.5" fill="none" stroke="currentColor" strokeWidth="2">
        <title>{kind}</title>
        <path d={signs[kind]} strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  );
}

// markSign draws the same sign for the sheet, which is none of React's.
export function markSign(kind: MarkKind): HTMLElement {
  const sign = document.createElement("span");
  sign.className = `laneway-sign laneway-sign-${kind}`;
  sign.setAttribute("aria-hidden", "true");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", signs[kind]);
  svg.append(path);
  sign.append(svg);
  return sign;
}
