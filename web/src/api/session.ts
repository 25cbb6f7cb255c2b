import { queryOptions } from "@tanstack/react-query";
import type { Api } from "./client";

export type Plan = "free" | "pro" | "enterprise";
export type Role = "admin" | "member" | "viewer";
export type User = { id: string; email: string; displayName: string };
export type Organization = { id: string; name: string; plan: Plan; role: Role };
export type Me = { user: User; organizations: Organization[]; defaultOrganizationId: string };
export type SignedIn = { user: User; organization: Organization };

export type SignUp = { email: string; password: string; displayName: string; organizationName?: string };

export const sessionKeys = { me: ["me"] as const };

// meQuery is who is signed in, with all organizations. A 401 means nobody.
export function meQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.me,
    queryFn: async ({ signal }) => {
      const me = await api.call<Me>("GET", "/api/me", { signal });
      signedIn(api, me.user);
      return me;
    },
    staleTime: 5 * 60_000,
  });
}

export async function signIn(api: Api, credentials: { email: string; password: string }): Promise<SignedIn> {
  const answer = await api.call<SignedIn>("POST", "/api/auth/sign-in", { body: credentials });
  signedIn(api, answer.user);
  return answer;
}

export async function signUp(api: Api, account: SignUp): Promise<SignedIn> {
  const answer = await api.call<SignedIn>("POST", "/api/auth/sign-up", { body: account });
  signedIn(api, answer.user);
  return answer;
}

// signOut ends the session here and on the server. The caller clears the query cache.
export async function signOut(api: Api): Promise<void> {
  await api.call<void>("POST", "/api/auth/sign-out", { body: {} });
  api.forget();
}

function signedIn(api: Api, user: User): void {
  api.session.setState({ status: "signed-in", userId: user.id }, true);
}
