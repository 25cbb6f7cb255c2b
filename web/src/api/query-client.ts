import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./problem";

// createQueryClient makes the cache of one page. It is cleared at sign-out, so nothing passes from user to user.
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // "always": a laptop without a network still reaches the Laneway that runs on it, so only a call can tell.
      queries: {
        networkMode: "always",
        staleTime: 15_000,
        gcTime: 5 * 60_000,
        retry: (failures, error) => failures < 3 && isTransient(error),
        retryDelay,
      },
      // A write is repeated only by who knows that it may be: see the idempotency keys in diagram.ts.
      mutations: { networkMode: "always", retry: false },
    },
  });
}

// isTransient tells whether the same call may succeed a little later. It looks at the status only: a refusal (4xx)
// stays one, except where the server asks to come back.
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.kind === "offline" || error.status === 429 || (error.status >= 500 && error.status !== 507);
}

function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfter : undefined;
  return Math.min(asked !== undefined ? asked * 1000 : 500 * 2 ** failures, 30_000);
}
