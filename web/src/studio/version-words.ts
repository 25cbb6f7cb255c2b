// How versions are spoken of.
import type { Version } from "../api/version";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayInYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

export function clockWords(at: string): string {
  return clock.format(new Date(at));
}

// dayWords names the day of a time as seen from now.
export function dayWords(at: string, now: Date): string {
  const date = new Date(at);
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.getFullYear() === now.getFullYear() ? dayInYear.format(date) : dayOfYear.format(date);
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

export function authorWords({ author }: Version): string {
  return author.displayName ?? "Somebody who left";
}

// kindText says how a version came about, "" for a usual save.
export function kindText({ kind, fromVersion }: Version): string {
  switch (kind) {
    case "saved":
      return "";
    case "created":
      return fromVersion === null ? "Created" : `Made from version ${fromVersion}`;
    case "merged":
      return "Merged";
    case "restored":
      return fromVersion === null ? "Restored" : `Restored from version ${fromVersion}`;
    case "resolved":
      return "Conflicts resolved";
    case "taken":
      return fromVersion === null ? "Elements taken back" : `Elements taken back from version ${fromVersion}`;
  }
}

export function countWords(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

// versionLine is a version in one line, as a choice in a list.
export function versionLine(version: Version, now: Date): string {
  const name = version.label === null ? "" : `: ${version.label}`;
  const when = `${dayWords(version.createdAt, now)} ${clockWords(version.createdAt)}`;
  return `Version ${version.number}${name}, ${when}, ${authorWords(version)}`;
}
