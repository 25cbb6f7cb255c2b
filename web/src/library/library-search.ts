import type { DiagramFilter, DiagramSort } from "../api/diagram";

// LibrarySearch is the part of the library's state that stands in the address.
export type LibrarySearch = { q?: string; sort?: DiagramSort; project?: string };

// parseLibrarySearch takes what it understands; the rest is undefined, else the router would keep it. The default sort is
// left out, so that addresses stay short.
export function parseLibrarySearch(search: Record<string, unknown>): LibrarySearch {
  const q =
    typeof search.q === "string" || typeof search.q === "number" ? String(search.q).slice(0, 200) : "";
  const sort = search.sort === "title" || search.sort === "createdAt" ? search.sort : undefined;
  const project =
    typeof search.project === "string" && uuid.test(search.project) ? search.project : undefined;
  return { q: q.trim() ? q : undefined, sort, project };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// filterOf is what the list asks for.
export function filterOf({ project, ...filter }: LibrarySearch): DiagramFilter {
  return project ? { ...filter, projectId: project } : filter;
}
