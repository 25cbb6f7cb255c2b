import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { diagramKeys } from "../api/diagram";
import { useEvents } from "../api/events-context";
import { organizationKeys } from "../api/organization";
import { projectKeys } from "../api/project";
import { sessionKeys } from "../api/session";

const gatherMs = 500;

// LiveLists keeps lists up to date with what others do: diagrams, and the organization with its members and one's own
// role in it. Events that come together cause one load.
export function LiveLists({ organizationId }: { organizationId: string }) {
  const events = useEvents();
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let organization = false;
    const stop = events.subscribe(({ kind }) => {
      if (kind === "presence") return;
      organization ||= kind !== "diagram";
      timer ??= setTimeout(() => {
        timer = undefined;
        void queryClient.invalidateQueries({ queryKey: diagramKeys.lists(organizationId) });
        void queryClient.invalidateQueries({ queryKey: projectKeys.all(organizationId) });
        void queryClient.invalidateQueries({
          queryKey: organization
            ? organizationKeys.all(organizationId)
            : organizationKeys.usage(organizationId),
        });
        if (organization) void queryClient.invalidateQueries({ queryKey: sessionKeys.me });
        organization = false;
      }, gatherMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [events, queryClient, organizationId]);
  return null;
}
