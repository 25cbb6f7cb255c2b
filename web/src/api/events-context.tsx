import { createContext, type ReactNode, useContext, useMemo } from "react";
import { EventFeed } from "./events";

const EventsContext = createContext<EventFeed | null>(null);

// EventsProvider gives the pages of an organization one feed of its events.
export function EventsProvider({
  organizationId,
  children,
}: {
  organizationId: string;
  children: ReactNode;
}) {
  const feed = useMemo(() => new EventFeed(organizationId), [organizationId]);
  return <EventsContext value={feed}>{children}</EventsContext>;
}

export function useEvents(): EventFeed {
  const feed = useContext(EventsContext);
  if (!feed) throw new Error("useEvents outside EventsProvider");
  return feed;
}
