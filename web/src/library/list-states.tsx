// What stands in the place of a list, or at its end, while it is not all there.
import { useEffect, useRef, useState } from "react";
import { describeError } from "../api/problem";
import { Button } from "../ui/button";

// ListFailure tells why there is no list.
export function ListFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-3 py-12 text-center">
      <h2 className="font-semibold text-lg">The list could not be loaded</h2>
      <p className="text-muted">{describeError(error)}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}

const patience = 10_000;

// SlowHint appears when loading has taken ten seconds.
export function SlowHint({ onRetry }: { onRetry: () => void }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className="flex items-center justify-center gap-3 py-6 text-muted">
      {late && (
        <>
          This takes longer than it should.
          <Button onClick={onRetry}>Try again</Button>
        </>
      )}
    </div>
  );
}

type ListEndProps = {
  list: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: unknown;
    fetchNextPage: () => Promise<unknown>;
  };
};

// ListEnd loads the next page when it comes near the window, and has a button for when that fails.
export function ListEnd({ list }: ListEndProps) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage } = list;
  const end = useRef<HTMLDivElement>(null);
  const wants = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;

  useEffect(() => {
    if (!wants || !end.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void fetchNextPage();
      },
      { rootMargin: "800px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [wants, fetchNextPage]);

  return (
    <div ref={end} className="flex min-h-12 items-center justify-center gap-3 py-4 text-muted">
      {isFetchingNextPage && "Loading more …"}
      {isFetchNextPageError && (
        <>
          <span role="alert">{describeError(error)}</span>
          <Button onClick={() => void fetchNextPage()}>Load more</Button>
        </>
      )}
    </div>
  );
}
