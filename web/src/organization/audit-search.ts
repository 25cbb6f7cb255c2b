import type { AuditFilter } from "../api/audit";

const day = /^\d{4}-\d{2}-\d{2}$/;

// parseAuditSearch reads the filter from the page's address, so that it can be passed on. What makes no sense is
// undefined; left out, the router would keep it.
export function parseAuditSearch(search: Record<string, unknown>): AuditFilter {
  const text = (name: string) =>
    typeof search[name] === "string" && search[name] ? search[name] : undefined;
  const date = (name: string) => {
    const value = text(name);
    return value && day.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  return { kind: text("kind"), actorId: text("actorId"), from: date("from"), until: date("until") };
}

// tidyAuditFilter keeps what narrows the log.
export function tidyAuditFilter(filter: { [K in keyof AuditFilter]: string | undefined }): AuditFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
}
