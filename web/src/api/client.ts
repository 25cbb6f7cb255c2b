// The client: one fetch for every call. It says for which organization one asks, sends back how far one has read
// (Laneway-Seq, so that another replica does not answer with something older than one's own last write), and turns
// everything that is not 2xx into an ApiError. It shows nothing, redirects nowhere and retries nothing.
import { createStore, type StoreApi } from "zustand/vanilla";
import { errorFromResponse, offlineError } from "./problem";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type CallOptions = {
  // organizationId is left out only by calls about the person (me, sign-in).
  organizationId?: string;
  query?: Record<string, string | number | boolean | null | undefined>;
  // body is sent as JSON; bytes as they are, with contentType.
  body?: unknown;
  bytes?: Uint8Array<ArrayBuffer> | Blob;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  // keepalive lets the call outlive the page; browsers allow it for bodies up to 64 kB.
  keepalive?: boolean;
};

// SessionState is what the calls so far have told. "expired": a call was answered 401 though one was signed in;
// who has something to send waits for "signed-in" and sends it again.
export type SessionState =
  | { status: "unknown" }
  | { status: "signed-in"; userId: string }
  | { status: "expired"; userId: string }
  | { status: "signed-out" };

export type Api = {
  // call answers with the decoded JSON body, or undefined for an empty one.
  call: <T>(method: Method, path: string, options?: CallOptions) => Promise<T>;
  session: StoreApi<SessionState>;
  // forget drops what is known of a user; used at sign-out and at a change of user.
  forget: () => void;
};

type ApiOptions = { fetch?: typeof fetch; baseUrl?: string };

// createApi makes the one client of a page. Nothing of it lives in a module: a second one shares nothing with it.
export function createApi({ fetch: send = (...args) => fetch(...args), baseUrl = "" }: ApiOptions = {}): Api {
  const session = createStore<SessionState>(() => ({ status: "unknown" }));
  const seqs = new Map<string, number>();

  async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
    const { organizationId } = options;
    const headers = new Headers(options.headers);
    headers.set("Accept", "application/json, application/problem+json");
    if (organizationId) {
      headers.set("Laneway-Organization", organizationId);
      const seq = seqs.get(organizationId);
      if (seq !== undefined) headers.set("Laneway-Seq", String(seq));
    }
    let body: BodyInit | undefined;
    if (options.bytes !== undefined) {
      headers.set("Content-Type", options.contentType ?? "application/octet-stream");
      body = options.bytes;
    } else if (options.body !== undefined) {
      headers.set("Content-Type", "application/json");
      body = JSON.stringify(options.body);
    }

    let response: Response;
    try {
      response = await send(baseUrl + path + queryString(options.query), {
        method,
        headers,
        credentials: "same-origin",
        ...(body !== undefined ? { body } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
        ...(options.keepalive ? { keepalive: true } : {}),
      });
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      throw offlineError(cause);
    }

    if (organizationId) remember(seqs, organizationId, response.headers.get("Laneway-Seq"));
    if (!response.ok) {
      const error = await errorFromResponse(response);
      if (error.status === 401) expire(session);
      throw error;
    }
    if (response.status === 204 || response.headers.get("Content-Length") === "0") return undefined as T;
    try {
      return (await response.json()) as T;
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      throw offlineError(cause);
    }
  }

  return {
    call,
    session,
    forget() {
      seqs.clear();
      session.setState({ status: "signed-out" }, true);
    },
  };
}

function remember(seqs: Map<string, number>, organizationId: string, header: string | null): void {
  const seq = Number(header);
  if (header === null || !Number.isSafeInteger(seq)) return;
  seqs.set(organizationId, Math.max(seq, seqs.get(organizationId) ?? 0));
}

function expire(session: StoreApi<SessionState>): void {
  const state = session.getState();
  if (state.status === "signed-in") session.setState({ status: "expired", userId: state.userId }, true);
}

function queryString(query: CallOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) params.set(name, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}
