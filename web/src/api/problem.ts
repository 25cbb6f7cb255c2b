// A problem is the API's one form of error (RFC 9457). Everything that goes wrong with a call, also a network that
// is gone or an answer from something between here and the server, becomes an ApiError with a kind.

import type { components } from "./schema";

// FieldError is one entry of a problem's errors: what is wrong with one field or one place of a document.
export type FieldError = components["schemas"]["FieldError"];
// Problem is what the server said; an answer of something between here and the server may have none of it.
export type Problem = Partial<components["schemas"]["Problem"]>;

// ProblemKind is the closed list of the API, and two of the client: "offline" (no answer came) and "unknown" (an
// answer that is none of Laneway's).
export type ProblemKind =
  | "malformed"
  | "unauthenticated"
  | "forbidden"
  | "quota-exceeded"
  | "not-found"
  | "method-not-allowed"
  | "conflict"
  | "too-large"
  | "unsupported-media-type"
  | "invalid"
  | "version-required"
  | "baseline-required"
  | "rate-limited"
  | "internal"
  | "unavailable"
  | "storage-full"
  | "offline"
  | "unknown";

const kindsByStatus: Record<number, ProblemKind> = {
  400: "malformed",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  409: "conflict",
  413: "too-large",
  415: "unsupported-media-type",
  422: "invalid",
  428: "version-required",
  429: "rate-limited",
  500: "internal",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
  507: "storage-full",
};

const typedKinds = new Set<string>([...Object.values(kindsByStatus), "quota-exceeded", "baseline-required"]);

// ApiError is what every function of src/api throws. Decide on kind, never on the text.
export class ApiError extends Error {
  // status is that of HTTP, 0 when no answer came.
  readonly status: number;
  readonly kind: ProblemKind;
  readonly problem: Problem;
  // requestId names the call in the server's log; show it where somebody may have to ask for help.
  readonly requestId: string | undefined;
  // retryAfter is in seconds, where the server said so.
  readonly retryAfter: number | undefined;

  constructor(init: {
    status: number;
    kind: ProblemKind;
    problem: Problem;
    requestId?: string | undefined;
    retryAfter?: number | undefined;
    cause?: unknown;
  }) {
    super(init.problem.detail ?? init.problem.title ?? init.kind, { cause: init.cause });
    this.name = "ApiError";
    this.status = init.status;
    this.kind = init.kind;
    this.problem = init.problem;
    this.requestId = init.requestId;
    this.retryAfter = init.retryAfter;
  }

  // errors are the problem's fields, an empty list where it has none.
  get errors(): FieldError[] {
    return Array.isArray(this.problem.errors) ? this.problem.errors : [];
  }

  // has tells whether one of the errors carries the code.
  has(code: string): boolean {
    return this.errors.some((error) => error.code === code);
  }
}

// errorFromResponse reads an answer that is not 2xx. It never throws: an unreadable body is a problem without words.
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const problem = await readProblem(response);
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError({
    status: response.status,
    kind: kindOf(response.status, problem),
    problem,
    requestId: response.headers.get("X-Request-Id") ?? problem.instance ?? undefined,
    retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
  });
}

// offlineError is for a call that got no answer: the network, the server or something between them is gone.
export function offlineError(cause: unknown): ApiError {
  return new ApiError({
    status: 0,
    kind: "offline",
    problem: { detail: "The server can’t be reached." },
    cause,
  });
}

// replacedError is for an answer that is somebody else's: their session is in this browser by now.
export function replacedError(): ApiError {
  const detail = "Somebody else has signed in in this browser.";
  return new ApiError({ status: 401, kind: "unauthenticated", problem: { detail } });
}

async function readProblem(response: Response): Promise<Problem> {
  if (!/[/+]json\b/.test(response.headers.get("Content-Type") ?? "")) return {};
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Problem) : {};
  } catch {
    return {};
  }
}

function kindOf(status: number, problem: Problem): ProblemKind {
  const named = typeof problem.type === "string" ? problem.type.replace(/^.*\/problems\//, "") : "";
  if (typedKinds.has(named)) return named as ProblemKind;
  return kindsByStatus[status] ?? (status >= 500 ? "internal" : "unknown");
}

// describeError is a sentence for people. Where the server explains itself its own words are best.
export function describeError(error: unknown): string {
  if (!(error instanceof ApiError))
    return "Something went wrong in the page itself. Reload it and try again.";
  switch (error.kind) {
    case "offline":
      return "The server can’t be reached. Check the connection and try again.";
    case "unavailable":
      return "The server is not available at the moment. Try again shortly.";
    case "internal":
      return error.requestId
        ? `The server failed on this (request ${error.requestId}).`
        : "The server failed on this.";
    case "rate-limited":
      // Where one particular limit is meant, the server says what else one can do.
      if (error.errors[0]) return error.errors[0].detail;
      return error.retryAfter
        ? `Too many requests. Try again in ${error.retryAfter} s.`
        : "Too many requests. Try again in a minute.";
    case "unauthenticated":
      return error.problem.detail ?? "Sign in to go on.";
    case "storage-full":
      return error.problem.detail ?? "The server has no room left to store this.";
    default:
      return (
        error.errors[0]?.detail ?? error.problem.detail ?? error.problem.title ?? "The server refused this."
      );
  }
}
