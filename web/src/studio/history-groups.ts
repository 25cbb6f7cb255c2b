// The history as a person reads it: by day, with the autosaves of one stretch of work folded into one line.
import type { Version } from "../api/version";
import { dayWords } from "./version-words";

export type HistoryEntry =
  | { kind: "version"; version: Version }
  // A run has at least two versions, newest first.
  | { kind: "run"; versions: readonly Version[] };

export type HistoryDay = { day: string; entries: readonly HistoryEntry[] };

// Who pauses longer than this begins another stretch of work.
const pauseMs = 30 * 60_000;

// groupHistory takes versions newest first. The first of them, which is what is stored now, always stands alone.
export function groupHistory(versions: readonly Version[], now: Date): HistoryDay[] {
  const days: { day: string; entries: HistoryEntry[] }[] = [];
  for (const version of versions) {
    const day = dayWords(version.createdAt, now);
    let group = days.at(-1);
    if (group?.day !== day) {
      group = { day, entries: [] };
      days.push(group);
    }
    const { entries } = group;
    const last = entries.at(-1);
    const run = last?.kind === "run" ? last.versions : last ? [last.version] : [];
    const above = run.at(-1);
    if (above && above !== versions[0] && continues(above, version)) {
      entries[entries.length - 1] = { kind: "run", versions: [...run, version] };
    } else {
      entries.push({ kind: "version", version });
    }
  }
  return days;
}

function continues(later: Version, earlier: Version): boolean {
  const plain = [later, earlier].every(({ kind, label }) => kind === "saved" && label === null);
  const pause = Date.parse(later.createdAt) - Date.parse(earlier.createdAt);
  return plain && later.author.id === earlier.author.id && pause <= pauseMs;
}
