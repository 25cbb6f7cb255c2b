import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { diagramKeys } from "../api/diagram";
import { useEvents } from "../api/events-context";

const gatherMs = 500;

// LiveLists keeps the lists of diagrams up to date with what others do. Events that come together cause one load.
export function LiveLists({ organizationId }: { organizationId: string }) {
  const events = useEvents();
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = events.subscribe(({ kind }) => {
      if (kind === "presence" || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
      }, gatherMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [events, queryClient, organizationId]);
  return null;
}
