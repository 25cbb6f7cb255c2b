import type { DiagramSort } from "../api/diagram";

// LibrarySearch is the part of the library's state that stands in the address.
export type LibrarySearch = { q?: string; sort?: DiagramSort };

// parseLibrarySearch takes what it understands. The default sort is left out, so that addresses stay short.
export function parseLibrarySearch(search: Record<string, unknown>): LibrarySearch {
  const q =
    typeof search.q === "string" || typeof search.q === "number" ? String(search.q).slice(0, 200) : "";
  const sort = search.sort === "title" || search.sort === "createdAt" ? search.sort : undefined;
  return { ...(q.trim() ? { q } : {}), ...(sort ? { sort } : {}) };
}
