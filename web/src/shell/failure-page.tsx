// What is shown instead of a page: it does not exist, or it failed. In the entry chunk, because they must work when
// nothing else loads.
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { ApiError, describeError } from "../api/problem";
import { isChunkFailure } from "../sight/chunk-failure";
import { usePageTitle } from "../ui/page-title";

const button =
  "inline-flex h-8 items-center rounded-md border border-line bg-surface px-3 font-medium text-ink hover:bg-hover";

export function NotFoundPage() {
  return (
    <MessagePage title="Page not found">
      <p className="text-muted">
        There is nothing at this address, or it belongs to an organization that you are no member of.
      </p>
      <Link to="/" className={button}>
        To the diagrams
      </Link>
    </MessagePage>
  );
}

// FailurePage tells what went wrong, with the request id where one is known, and lets one try again.
export function FailurePage({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <MessagePage title={isChunkFailure(error) ? "This page could not be loaded" : "Something went wrong"}>
      <p className="text-muted">
        {isChunkFailure(error)
          ? "A part of the page did not arrive. The connection may be gone, or Laneway was updated meanwhile."
          : describeError(error)}
      </p>
      {requestId && (
        <p className="text-muted text-xs">
          Request id: <code className="select-all text-ink">{requestId}</code>
        </p>
      )}
      <div className="flex gap-2">
        <button
          type="button"
          className={button}
          onClick={isChunkFailure(error) ? () => location.reload() : onRetry}
        >
          Try again
        </button>
        <Link to="/" className={button}>
          To the diagrams
        </Link>
      </div>
    </MessagePage>
  );
}

// NotFound is NotFoundPage outside of the shell, where nothing else has the landmark that a page needs.
export function NotFound() {
  return (
    <main>
      <NotFoundPage />
    </main>
  );
}

function MessagePage({ title, children }: { title: string; children: ReactNode }) {
  usePageTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="mx-auto flex min-h-80 max-w-md flex-col items-start justify-center gap-4 p-6">
      <h1 ref={heading} tabIndex={-1} className="font-semibold text-xl">
        {title}
      </h1>
      {children}
    </div>
  );
}
