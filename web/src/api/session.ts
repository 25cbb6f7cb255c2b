import { queryOptions } from "@tanstack/react-query";
import { type Api, answer, expire } from "./client";
import { ApiError, replacedError } from "./problem";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type User = Schemas["User"];
export type Organization = Schemas["Organization"];
export type Me = Schemas["Me"];
export type SignedIn = Schemas["SignedIn"];
export type SignUp = Schemas["SignUp"];
export type SignIn = Schemas["SignIn"];
export type Provider = Schemas["Provider"];

export const sessionKeys = {
  me: ["me"] as const,
  providers: ["providers"] as const,
  pendingLink: ["pending link"] as const,
  options: ["sign-in-options"] as const,
  passwordReset: (secret: string) => ["password-resets", secret] as const,
};

// providersQuery lists the other services that people can sign in with here.
export function providersQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.providers,
    queryFn: async ({ signal }) => (await answer(api.client.GET("/api/auth/providers", { signal }))).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

// startAddress is where a link leads to sign in with another service. It is an address of the server.
export function startAddress(provider: Provider, next: string | undefined): string {
  const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
  return `/api/auth/oidc/${encodeURIComponent(provider.id)}/start${query}`;
}

// pendingLinkQuery is what somebody who has come back from a service has to confirm. 404: nothing.
export function pendingLinkQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.pendingLink,
    queryFn: ({ signal }) => answer(api.client.GET("/api/auth/link", { signal })),
    staleTime: 0,
  });
}

export async function confirmLink(api: Api, password: string): Promise<SignedIn> {
  const session = await answer(api.client.POST("/api/auth/link", { body: { password } }));
  signedIn(api, session.user);
  return session;
}

// meQuery is who is signed in, with all organizations. A 401 means nobody.
export function meQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.me,
    queryFn: async ({ signal }) => {
      const me = await answer(api.client.GET("/api/me", { signal }));
      if (isSomebodyElse(api, me.user)) {
        // As good as a session that has ended: what is on the page is of the one who was here before.
        expire(api.session);
        throw replacedError();
      }
      signedIn(api, me.user);
      return me;
    },
    staleTime: 5 * 60_000,
  });
}

// signInOptionsQuery is what this server offers to whoever is not signed in; that changes with its settings only.
export function signInOptionsQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.options,
    queryFn: ({ signal }) => answer(api.client.GET("/api/auth/options", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

// requestPasswordReset asks for a mail. It answers the same whether there is an account or not.
export async function requestPasswordReset(api: Api, email: string): Promise<void> {
  await answer(api.client.POST("/api/auth/password-reset", { body: { email } }));
}

// passwordResetQuery looks at a link. It is asked anew each time: it can be used up meanwhile.
export function passwordResetQuery(api: Api, secret: string) {
  return queryOptions({
    queryKey: sessionKeys.passwordReset(secret),
    queryFn: ({ signal }) =>
      answer(api.client.GET("/api/auth/password-reset/{secret}", { params: { path: { secret } }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

// resetPassword ends all sessions of the person, in this browser too.
export async function resetPassword(api: Api, secret: string, newPassword: string): Promise<void> {
  await answer(
    api.client.POST("/api/auth/password-reset/{secret}", {
      params: { path: { secret } },
      body: { newPassword },
    }),
  );
}

export async function signIn(api: Api, credentials: SignIn): Promise<SignedIn> {
  const session = await answer(api.client.POST("/api/auth/sign-in", { body: credentials }));
  signedIn(api, session.user);
  return session;
}

export async function signUp(api: Api, account: SignUp): Promise<SignedIn> {
  const session = await answer(api.client.POST("/api/auth/sign-up", { body: account }));
  signedIn(api, session.user);
  return session;
}

// signedInElsewhere tells whether a person whose session has ended has signed in again in another tab, and takes it on.
// false: it was somebody else. Rejects while nobody has.
export async function signedInElsewhere(api: Api, userId: string): Promise<boolean> {
  const { user } = await answer(api.client.GET("/api/me"));
  if (user.id === userId) signedIn(api, user);
  return user.id === userId;
}

// isSomebodyElse: in another tab somebody else has signed in meanwhile. A page goes on as whom it was opened by, or not at
// all; only signing in on it changes that.
function isSomebodyElse(api: Api, user: User): boolean {
  const known = api.session.getState();
  return "userId" in known && known.userId !== user.id;
}

// signOut ends the session here and on the server. The caller clears the query cache.
export async function signOut(api: Api): Promise<void> {
  await answer(api.client.POST("/api/auth/sign-out"));
  api.forget();
}

function signedIn(api: Api, user: User): void {
  api.session.setState({ status: "signed-in", userId: user.id }, true);
}

// acrossExpiry makes a call that outlives the session: answered 401 because the session has ended, it waits until the
// same person has signed in again and makes the call once more. When they leave instead, the 401 stands.
export async function acrossExpiry<T>(api: Api, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const before = api.session.getState();
    if (!(error instanceof ApiError) || error.status !== 401 || before.status !== "expired") throw error;
    if (!(await returned(api, before.userId))) throw error;
    return call();
  }
}

function returned(api: Api, userId: string): Promise<boolean> {
  return new Promise((resolve) => {
    const unsubscribe = api.session.subscribe((state) => {
      if (state.status === "expired") return;
      unsubscribe();
      resolve(state.status === "signed-in" && state.userId === userId);
    });
  });
}
