// The client: one way for every call. It sends back how far one has read (Laneway-Seq, so that another replica does
// not answer with something older than one's own last write), and turns everything that is not 2xx into an
// ApiError. It shows nothing, redirects nowhere and retries nothing.
import createClient, { type Client } from "openapi-fetch";
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError, errorFromResponse, offlineError } from "./problem";
import type { paths } from "./schema";

// SessionState is what the calls so far have told. "expired": a call was answered 401 though one was signed in;
// who has something to send waits for "signed-in" and sends it again.
export type SessionState =
  | { status: "unknown" }
  | { status: "signed-in"; userId: string }
  | { status: "expired"; userId: string }
  | { status: "signed-out" };

// Connection is what the last call has shown: whether the server answers at all, and whether it can work.
export type Connection = "reachable" | "unreachable" | "unavailable";

export type Api = {
  // client has a typed call for every route; its answers are read with answer().
  client: Client<paths>;
  session: StoreApi<SessionState>;
  connection: StoreApi<{ state: Connection }>;
  // forget drops what is known of a user; used at sign-out and at a change of user.
  forget: () => void;
};

// Answers that say: not me, and not now.
const gateway = new Set([502, 503, 504]);

type ApiOptions = { fetch?: (request: Request) => Promise<Response>; baseUrl?: string };

// createApi makes the one client of a page. Nothing of it lives in a module: a second one shares nothing with it.
export function createApi({ fetch: send = (request) => fetch(request), baseUrl }: ApiOptions = {}): Api {
  const session = createStore<SessionState>(() => ({ status: "unknown" }));
  const connection = createStore<{ state: Connection }>(() => ({ state: "reachable" }));
  const seqs = new Map<string, number>();

  async function transport(request: Request): Promise<Response> {
    const organizationId = request.headers.get("Laneway-Organization");
    const seq = organizationId === null ? undefined : seqs.get(organizationId);
    if (seq !== undefined) request.headers.set("Laneway-Seq", String(seq));

    let response: Response;
    try {
      response = await send(request);
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      connection.setState({ state: "unreachable" });
      throw offlineError(cause);
    }

    connection.setState({ state: gateway.has(response.status) ? "unavailable" : "reachable" });
    if (organizationId !== null) remember(seqs, organizationId, response.headers.get("Laneway-Seq"));
    if (response.ok) return response;
    // At sign-in a 401 is about a password and says nothing of the session.
    if (response.status === 401 && !new URL(request.url).pathname.startsWith("/api/auth/")) expire(session);
    throw await errorFromResponse(response);
  }

  return {
    client: createClient<paths>({
      baseUrl: baseUrl ?? location.origin,
      credentials: "same-origin",
      fetch: transport,
    }),
    session,
    connection,
    forget() {
      seqs.clear();
      session.setState({ status: "signed-out" }, true);
    },
  };
}

// answer gives the body of a call. A body that breaks off is as good as no answer.
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  try {
    return (await call).data as T;
  } catch (error) {
    if (error instanceof ApiError || isAbort(error)) throw error;
    throw offlineError(error);
  }
}

function isAbort(error: unknown): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === "AbortError";
}

function remember(seqs: Map<string, number>, organizationId: string, header: string | null): void {
  const seq = Number(header);
  if (header === null || !Number.isSafeInteger(seq)) return;
  seqs.set(organizationId, Math.max(seq, seqs.get(organizationId) ?? 0));
}

// expire notes that whoever was signed in is not any more.
export function expire(session: StoreApi<SessionState>): void {
  const state = session.getState();
  if (state.status === "signed-in") session.setState({ status: "expired", userId: state.userId }, true);
}
