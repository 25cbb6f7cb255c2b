// Changes to lists that are already loaded, so that what one did shows at once. The server's answer follows.
import type { InfiniteData } from "@tanstack/react-query";
import type { DiagramPage, DiagramSummary } from "../api/diagram";

export type Pages = InfiniteData<DiagramPage, unknown>;

export function withoutDiagram(pages: Pages | undefined, id: string): Pages | undefined {
  return mapPages(pages, (data) => data.filter((diagram) => diagram.id !== id));
}

export function withDiagram(pages: Pages | undefined, changed: DiagramSummary): Pages | undefined {
  return mapPages(pages, (data) =>
    data.map((diagram) => (diagram.id === changed.id ? { ...diagram, ...changed } : diagram)),
  );
}

// flatten puts the pages behind each other. A diagram that moved between two loads stands only once.
export function flatten(pages: Pages | undefined): DiagramSummary[] {
  const seen = new Map<string, DiagramSummary>();
  for (const page of pages?.pages ?? []) {
    for (const diagram of page.data) if (!seen.has(diagram.id)) seen.set(diagram.id, diagram);
  }
  return [...seen.values()];
}

function mapPages(
  pages: Pages | undefined,
  change: (data: DiagramSummary[]) => DiagramSummary[],
): Pages | undefined {
  return pages && { ...pages, pages: pages.pages.map((page) => ({ ...page, data: change(page.data) })) };
}
