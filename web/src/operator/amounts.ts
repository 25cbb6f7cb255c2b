// Amounts as people read them.

export const count = (n: number): string => n.toLocaleString();

export const percent = (share: number): string =>
  share.toLocaleString(undefined, { style: "percent", maximumFractionDigits: share < 0.01 ? 2 : 1 });

// duration takes seconds.
export function duration(seconds: number): string {
  const ms = seconds * 1000;
  if (ms >= 10_000) return `over ${count(10)} s`;
  if (ms >= 1000) return `${round(seconds, 1)} s`;
  return `${round(ms, ms < 10 ? 1 : 0)} ms`;
}

export function bytes(n: number): string {
  if (n >= 1e9) return `${round(n / 1e9, 1)} GB`;
  if (n >= 1e6) return `${round(n / 1e6, n < 1e7 ? 1 : 0)} MB`;
  return `${round(n / 1e3, 0)} kB`;
}

// since is the time between two moments, in its largest two units.
export function since(from: string, until: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(until) - Date.parse(from)) / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min`;
}

function round(n: number, digits: number): string {
  return n.toLocaleString(undefined, { maximumFractionDigits: digits });
}
