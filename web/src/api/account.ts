// One's own account: sessions, password, other services to sign in with, and API tokens. The calls, and the query options next to their keys.
import { queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Token = Schemas["Token"];
export type CreatedToken = Schemas["CreatedToken"];
export type Scope = Schemas["Scope"];
export type PasswordChange = Schemas["PasswordChange"];
export type Identity = Schemas["Identity"];

export const accountKeys = {
  sessions: ["me", "sessions"] as const,
  identities: ["me", "identities"] as const,
  tokens: (organizationId: string) => ["organizations", organizationId, "tokens"] as const,
};

export function sessionsQuery(api: Api) {
  return queryOptions({
    queryKey: accountKeys.sessions,
    queryFn: async ({ signal }) => (await answer(api.client.GET("/api/me/sessions", { signal }))).data,
    refetchOnMount: "always",
  });
}

export async function endSession(api: Api, id: string): Promise<void> {
  await answer(api.client.DELETE("/api/me/sessions/{session}", { params: { path: { session: id } } }));
}

export async function endOtherSessions(api: Api): Promise<void> {
  await answer(api.client.DELETE("/api/me/sessions"));
}

// identitiesQuery is by what one can sign in: the services one's account is linked with, and whether it has a password.
export function identitiesQuery(api: Api) {
  return queryOptions({
    queryKey: accountKeys.identities,
    queryFn: ({ signal }) => answer(api.client.GET("/api/me/identities", { signal })),
    refetchOnMount: "always",
  });
}

// beginLink gives the address at the service to go to. It leads back to next.
export async function beginLink(api: Api, provider: string, next: string): Promise<string> {
  const { location } = await answer(api.client.POST("/api/me/identities", { body: { provider, next } }));
  return location;
}

export async function unlinkIdentity(api: Api, id: string): Promise<void> {
  await answer(api.client.DELETE("/api/me/identities/{identity}", { params: { path: { identity: id } } }));
}

// changePassword ends all other sessions; this one goes on under a new cookie.
export async function changePassword(api: Api, change: PasswordChange): Promise<void> {
  await answer(api.client.POST("/api/me/password", { body: change }));
}

// tokensQuery lists one's own tokens for an organization.
export function tokensQuery(api: Api, organizationId: string) {
  return queryOptions({
    queryKey: accountKeys.tokens(organizationId),
    queryFn: async ({ signal }) =>
      (await answer(api.client.GET("/api/tokens", { params: { header: at(organizationId) }, signal }))).data,
    refetchOnMount: "always",
  });
}

// createToken gives the token itself, which the server shows this once.
export function createToken(
  api: Api,
  organizationId: string,
  token: Schemas["NewToken"],
): Promise<CreatedToken> {
  return answer(api.client.POST("/api/tokens", { params: { header: at(organizationId) }, body: token }));
}

export async function revokeToken(api: Api, organizationId: string, id: string): Promise<void> {
  await answer(
    api.client.DELETE("/api/tokens/{token}", {
      params: { header: at(organizationId), path: { token: id } },
    }),
  );
}

function at(organizationId: string) {
  return { "Laneway-Organization": organizationId };
}
