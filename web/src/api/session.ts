import { queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type User = Schemas["User"];
export type Organization = Schemas["Organization"];
export type Me = Schemas["Me"];
export type SignedIn = Schemas["SignedIn"];
export type SignUp = Schemas["SignUp"];
export type SignIn = Schemas["SignIn"];

export const sessionKeys = { me: ["me"] as const };

// meQuery is who is signed in, with all organizations. A 401 means nobody.
export function meQuery(api: Api) {
  return queryOptions({
    queryKey: sessionKeys.me,
    queryFn: async ({ signal }) => {
      const me = await answer(api.client.GET("/api/me", { signal }));
      signedIn(api, me.user);
      return me;
    },
    staleTime: 5 * 60_000,
  });
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

// signOut ends the session here and on the server. The caller clears the query cache.
export async function signOut(api: Api): Promise<void> {
  await answer(api.client.POST("/api/auth/sign-out"));
  api.forget();
}

function signedIn(api: Api, user: User): void {
  api.session.setState({ status: "signed-in", userId: user.id }, true);
}
