// Keeping work as a diagram of its own: the way out that is always open.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useApi } from "../api/api-context";
import { createDiagram, diagramKeys } from "../api/diagram";

const maxTitle = 200;

// copyTitle says where a copy comes from, within the length that a title may have.
export function copyTitle(title: string): string {
  const suffix = " (copy)";
  const letters = Array.from(title.endsWith(suffix) ? title.slice(0, -suffix.length) : title);
  return letters.slice(0, maxTitle - suffix.length).join("") + suffix;
}

// useSaveCopy makes a new diagram of a document and returns its id. It throws what the API throws.
export function useSaveCopy(
  organizationId: string,
): (work: { bpmnXml: string; title: string }) => Promise<string> {
  const api = useApi();
  const queryClient = useQueryClient();
  return useCallback(
    async ({ bpmnXml, title }) => {
      const copy = await createDiagram(api, organizationId, { title: copyTitle(title), bpmnXml });
      void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
      return copy.id;
    },
    [api, queryClient, organizationId],
  );
}

// useOpenDiagram goes to another diagram's page, and resolves when that is there.
export function useOpenDiagram(organizationId: string): (diagramId: string) => Promise<void> {
  const navigate = useNavigate();
  return useCallback(
    (diagramId) =>
      navigate({ to: "/o/$organizationId/diagrams/$diagramId", params: { organizationId, diagramId } }),
    [navigate, organizationId],
  );
}
