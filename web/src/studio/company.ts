// A Company is who else has the diagram open, and tells them of this tab: every few seconds, and when something else
// is selected. Who goes silent is gone ten seconds later.
import type { Api } from "../api/client";
import type { EventFeed } from "../api/events";
import { type Present, setPresence } from "../api/presence";

type CompanyPlace = {
  api: Api;
  events: EventFeed;
  organizationId: string;
  diagramId: string;
  session: string;
};

const beatMs = 5000;
const selectionMs = 200;
const maxSelection = 100;

export class Company {
  readonly #place: CompanyPlace;
  readonly #listeners = new Set<() => void>();
  #others: readonly Present[] = [];
  #selection: string[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(place: CompanyPlace) {
    this.#place = place;
  }

  // others are the people there, with the tabs that are not this one.
  readonly others = (): readonly Present[] => this.#others;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // select tells what is selected here now.
  select(ids: readonly string[]): void {
    this.#selection = ids.slice(0, maxSelection);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#beat();
    }, selectionMs);
  }

  // join begins to tell and to hear, until the signal.
  join(signal: AbortSignal): void {
    const { events, diagramId } = this.#place;
    const timer = setInterval(() => this.#beat(), beatMs);
    const stop = events.subscribe((live) => {
      if (live.kind === "presence" && live.event.diagramId === diagramId) this.#take(live.event.present);
    });
    const leave = () => void this.#post(true);
    addEventListener("pagehide", leave, { signal });
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      clearTimeout(this.#soon);
      stop();
      leave();
      this.#listeners.clear();
    });
    this.#beat();
  }

  #beat(): void {
    void this.#post(false).then((present) => {
      if (present) this.#take(present);
    });
  }

  async #post(leaving: boolean): Promise<Present[] | null> {
    const { api, organizationId, diagramId, session } = this.#place;
    // Whoever is signed out is here for nobody, and the server knows it.
    const { status } = api.session.getState();
    if (status === "signed-out" || status === "expired") return null;
    const presence = { session, selection: this.#selection, ...(leaving ? { leaving } : {}) };
    try {
      return await setPresence(api, organizationId, diagramId, presence);
    } catch {
      // The next beat tells it again.
      return null;
    }
  }

  #take(present: readonly Present[]): void {
    const others = present
      .map((person) => ({
        ...person,
        sessions: person.sessions.filter(({ session }) => session !== this.#place.session),
      }))
      .filter(({ sessions }) => sessions.length > 0);
    if (JSON.stringify(others) === JSON.stringify(this.#others)) return;
    this.#others = others;
    for (const listener of this.#listeners) listener();
  }
}
