const day = 24 * 60 * 60 * 1000;
const keptDays = 30;

// deletionDate is when the server will have removed a trashed diagram for good.
export function deletionDate(deletedAt: string): Date {
  return new Date(Date.parse(deletedAt) + keptDays * day);
}

export function formatDate(date: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(date);
}

export function formatDateTime(date: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(date);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["minute", 60_000],
  ["hour", 60 * 60_000],
  ["day", day],
];

// formatAgo says how long ago something was while that is easier to grasp than a date: up to a week.
export function formatAgo(date: Date, now: Date): string {
  const age = now.getTime() - date.getTime();
  if (age < 60_000) return "just now";
  if (age > 7 * day) return formatDate(date);
  const [unit, size] = steps.findLast(([, length]) => age >= length) ?? ["minute", 60_000];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(-Math.floor(age / size), unit);
}
