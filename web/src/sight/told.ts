// What may be told about an error, by a list of what is allowed: an error's text may repeat what somebody drew or
// typed, so most texts stay here.
import type { ErrorEvent, Exception, StackFrame } from "@sentry/react";
import { ApiError } from "../api/problem";
import { isChunkFailure } from "./chunk-failure";
import { routeOf } from "./place";

// Errors of the language itself name what the code calls things. What they quote is left out all the same.
const ownWords = new Set(["TypeError", "ReferenceError", "RangeError"]);

// toldMessage is what is told of an error's text: nothing, but for errors of the language, and of our API its kind.
export function toldMessage(error: unknown): string {
  if (error instanceof ApiError) {
    return [error.kind, error.status, error.requestId].filter((part) => part !== undefined).join(" ");
  }
  if (!(error instanceof Error) || !ownWords.has(error.name)) return "";
  return error.message
    .replace(/https?:\/\/\S+/g, "…")
    .replace(/"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”/g, "…")
    .slice(0, 200);
}

// toldEvent is the report that goes out: everything that is not named here stays. null is no report.
export function toldEvent(event: ErrorEvent, error: unknown): ErrorEvent | null {
  if (isChunkFailure(error)) return null;
  const { event_id, timestamp, level, platform, release, environment, breadcrumbs, exception, sdk } = event;
  return {
    type: undefined,
    ...{ event_id, timestamp, level, platform, release, environment, sdk },
    transaction: routeOf(location.pathname),
    tags: { route: routeOf(location.pathname), seenBy: String(event.tags?.seenBy ?? "page") },
    // Each was stripped when it was made.
    breadcrumbs: breadcrumbs ?? [],
    exception: {
      values: (exception?.values ?? []).map((one, at, all) =>
        toldException(one, at === all.length - 1 ? toldMessage(error) : ""),
      ),
    },
  } as ErrorEvent;
}

function toldException({ type, stacktrace, mechanism }: Exception, value: string): Exception {
  return {
    type: type !== undefined && /^[A-Za-z]{1,60}$/.test(type) ? type : "Error",
    value,
    stacktrace: { frames: (stacktrace?.frames ?? []).map(toldFrame) },
    ...(mechanism ? { mechanism: { type: mechanism.type, handled: false } } : {}),
  };
}

function toldFrame({ filename, function: name, lineno, colno }: StackFrame): StackFrame {
  return { filename: fileOf(filename), function: name, lineno, colno, in_app: true } as StackFrame;
}

// fileOf is a file of our build by its path, anything else by nothing.
function fileOf(filename: string | undefined): string {
  const path = /^(?:https?:\/\/[^/]+)?(\/assets\/[\w.-]+)$/.exec(filename ?? "")?.[1];
  return path ? `app://${path}` : "";
}
