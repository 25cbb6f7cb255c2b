// What happens in an organization, as it happens. One tab of a browser holds the stream from the server and tells the
// others: a browser has few connections to a host for all of its tabs. When that tab goes away another one takes over
// and goes on behind the last event that it has heard of. Where the browser has no locks (plain HTTP on a foreign
// address) every tab has a stream of its own.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type DiagramEvent = Schemas["DiagramEvent"];
export type PresenceEvent = Schemas["PresenceEvent"];
export type OrganizationEvent = Schemas["OrganizationEvent"];

export type LiveEvent =
  | { kind: "diagram"; event: DiagramEvent }
  | { kind: "presence"; event: PresenceEvent }
  // The organization itself, its members or its projects.
  | { kind: "organization"; event: OrganizationEvent }
  // Events may be missing: what is shown has to be loaded anew.
  | { kind: "reset" };

// What tabs tell each other, with the place in the stream.
type Told = { told: LiveEvent; place: string | null };

const diagramKinds = ["created", "saved", "trashed", "restored", "purged"].map((kind) => `diagram.${kind}`);
const organizationKinds = [
  ...["renamed", "plan_set", "deleted", "restored"].map((kind) => `organization.${kind}`),
  ...["joined", "role_changed", "removed", "left"].map((kind) => `member.${kind}`),
  ...["created", "updated", "archived", "unarchived"].map((kind) => `project.${kind}`),
];
const firstWaitMs = 1000;
const lastWaitMs = 30_000;

export class EventFeed {
  readonly #organizationId: string;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #stop: AbortController | null = null;
  #place: string | null = null;

  constructor(organizationId: string) {
    this.#organizationId = organizationId;
  }

  // subscribe calls back for every event from now on, until the returned function is called. The feed runs while
  // somebody listens.
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#stop) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = null;
    };
  }

  #start(): void {
    const controller = new AbortController();
    const { signal } = controller;
    this.#stop = controller;
    const name = `laneway-events:${this.#organizationId}`;
    const { locks } = navigator as { locks?: LockManager };
    if (!locks) {
      this.#hold(signal, () => {});
      return;
    }
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }: MessageEvent<Told>) => this.#tell(data);
    signal.addEventListener("abort", () => channel.close());
    locks
      .request(name, { signal }, () => {
        this.#hold(signal, (told) => channel.postMessage(told));
        return new Promise<void>((done) => signal.addEventListener("abort", () => done()));
      })
      .catch((error: unknown) => {
        // Given up while waiting for the lock: nobody listens any more.
        if (!signal.aborted) throw error;
      });
  }

  // hold keeps a stream open until the signal, and tells the other tabs what comes.
  #hold(signal: AbortSignal, relay: (told: Told) => void): void {
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    const pass = (told: LiveEvent, place: string) => {
      const message = { told, place: place || null };
      relay(message);
      this.#tell(message);
    };
    const open = () => {
      const query = new URLSearchParams({ organization: this.#organizationId });
      if (this.#place !== null) query.set("lastEventId", this.#place);
      const stream = new EventSource(`/api/events?${query}`);
      source = stream;
      stream.onopen = () => {
        failures = 0;
      };
      stream.onerror = () => {
        // A broken connection is mended by the browser; a refused one is not.
        if (stream.readyState !== EventSource.CLOSED || signal.aborted) return;
        timer = setTimeout(open, Math.min(firstWaitMs * 2 ** failures, lastWaitMs));
        // Perhaps one may read here no longer, which whoever shows something has to find out.
        if (failures === 0) pass({ kind: "reset" }, "");
        failures += 1;
      };
      for (const kind of diagramKinds) {
        stream.addEventListener(kind, ({ data, lastEventId }) =>
          pass({ kind: "diagram", event: JSON.parse(data) as DiagramEvent }, lastEventId),
        );
      }
      for (const kind of organizationKinds) {
        stream.addEventListener(kind, ({ data, lastEventId }) =>
          pass({ kind: "organization", event: JSON.parse(data) as OrganizationEvent }, lastEventId),
        );
      }
      stream.addEventListener("presence", ({ data, lastEventId }) =>
        pass({ kind: "presence", event: JSON.parse(data) as PresenceEvent }, lastEventId),
      );
      stream.addEventListener("reset", ({ lastEventId }) => pass({ kind: "reset" }, lastEventId));
    };
    open();
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      source?.close();
    });
  }

  #tell({ told, place }: Told): void {
    if (place !== null) this.#place = place;
    for (const listener of this.#listeners) listener(told);
  }
}
