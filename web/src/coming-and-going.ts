// Coming and going: who is signed in, where they go after signing in, and what is forgotten when they leave. Shared by
// the routes, and by nothing else.
import type { QueryClient } from "@tanstack/react-query";
import { redirect, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { isSafeNext } from "./account/next";
import type { Api } from "./api/client";
import { ApiError } from "./api/problem";
import { type Me, meQuery, type SignedIn, sessionKeys } from "./api/session";

export type RouterContext = { api: Api; queryClient: QueryClient };

// useEnter goes to where one came from, else to the organization. Nothing of a user before is kept.
export function useEnter(next: string | undefined): (session: SignedIn) => void {
  const router = useRouter();
  return useCallback(
    ({ organization }: SignedIn) => {
      router.options.context.queryClient.clear();
      if (next) {
        router.history.push(next);
        return;
      }
      if (organization === null) {
        void router.navigate({ to: "/" });
        return;
      }
      void router.navigate({
        to: "/o/$organizationId/diagrams",
        params: { organizationId: organization.id },
      });
    },
    [router, next],
  );
}

// useLeave forgets everything of whoever was signed in, and goes to the page to sign in on.
export function useLeave(): (next?: string) => void {
  const router = useRouter();
  return useCallback(
    (next) => {
      router.options.context.queryClient.clear();
      void router.navigate({ to: "/sign-in", search: next ? { next } : {} });
    },
    [router],
  );
}

// useShowOrganization goes to an organization's diagrams, after what is known of one's own was loaded anew.
export function useShowOrganization(): (organizationId: string) => Promise<void> {
  const router = useRouter();
  return useCallback(
    async (organizationId) => {
      await router.options.context.queryClient.refetchQueries({ queryKey: sessionKeys.me });
      await router.navigate({ to: "/o/$organizationId/diagrams", params: { organizationId } });
    },
    [router],
  );
}

export async function requireMe({ api, queryClient }: RouterContext, from: string | undefined): Promise<Me> {
  try {
    return await queryClient.ensureQueryData(meQuery(api));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      throw redirect({ to: "/sign-in", search: from ? { next: from } : {}, replace: true });
    }
    throw error;
  }
}

// whoAsks is who is signed in, undefined for nobody: for pages that are there for both.
export async function whoAsks({ api, queryClient }: RouterContext): Promise<Me | undefined> {
  try {
    return await queryClient.ensureQueryData(meQuery(api));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

// homeOf is the organization that is shown first; undefined for whoever is in none.
export function homeOf(me: Me): string | undefined {
  return me.defaultOrganizationId ?? me.organizations[0]?.id;
}

// What reads the search of an address names every key, as undefined where it makes no sense: what is left out the router
// hands to the page as it stands in the address.

// parseArrival reads with what somebody comes back from another service: the id of one that was linked, or the word for
// what went wrong.
export function parseArrival(search: Record<string, unknown>): { linked?: string; problem?: string } {
  const word = (value: unknown) =>
    typeof value === "string" && /^[\w-]{1,40}$/.test(value) ? value : undefined;
  return { linked: word(search.linked), problem: word(search.problem) };
}

export function parseNext(search: Record<string, unknown>): { next?: string } {
  return { next: isSafeNext(search.next) ? search.next : undefined };
}

type Preloading = { preload?: (() => Promise<void> | undefined) | undefined };

// withPreload lets the router load the page's code together with its data, before the page is shown.
export function withPreload<C extends object>(component: C, page: Preloading): C & Preloading {
  return Object.assign(component, { preload: page.preload });
}
