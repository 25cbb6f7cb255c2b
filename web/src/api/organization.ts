// Organizations, their members and invitations: the calls, and the query options next to their keys.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import type { components } from "./schema";
import type { Me, Organization } from "./session";

type Schemas = components["schemas"];
export type Role = Schemas["Role"];
export type Member = Schemas["Member"];
export type MemberPage = Schemas["MemberPage"];
export type Usage = Schemas["Usage"];
export type Invitation = Schemas["Invitation"];
export type CreatedInvitation = Schemas["CreatedInvitation"];
export type DeletedOrganization = Schemas["DeletedOrganization"];
export type InvitationView = Schemas["InvitationView"];

export const organizationKeys = {
  all: (id: string) => ["organizations", id, "organization"] as const,
  members: (id: string) => [...organizationKeys.all(id), "members"] as const,
  invitations: (id: string) => [...organizationKeys.all(id), "invitations"] as const,
  usage: (id: string) => [...organizationKeys.all(id), "usage"] as const,
  invitation: (secret: string) => ["invitations", secret] as const,
};

// membersQuery walks the members by name, page by page.
export function membersQuery(api: Api, id: string) {
  return infiniteQueryOptions({
    queryKey: organizationKeys.members(id),
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.client.GET("/api/organizations/{organization}/members", {
          params: { ...at(id), query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page: MemberPage) => (page.hasMore && page.nextCursor ? page.nextCursor : undefined),
  });
}

const mailCheckMs = 3_000;

// invitationsQuery is for admins; others are refused.
export function invitationsQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: organizationKeys.invitations(id),
    queryFn: async ({ signal }) => {
      const list = await answer(
        api.client.GET("/api/organizations/{organization}/invitations", { params: at(id), signal }),
      );
      return list.data;
    },
    // What becomes of a mail makes no event.
    refetchInterval: ({ state }) => (state.data?.some(({ mail }) => mail === "queued") ? mailCheckMs : false),
  });
}

export function usageQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: organizationKeys.usage(id),
    queryFn: ({ signal }) =>
      answer(api.client.GET("/api/organizations/{organization}/usage", { params: at(id), signal })),
    refetchOnMount: "always",
  });
}

// invitationQuery looks at an invitation, whoever one is. It is asked anew each time: it can be used up meanwhile.
export function invitationQuery(api: Api, secret: string) {
  return queryOptions({
    queryKey: organizationKeys.invitation(secret),
    queryFn: ({ signal }) =>
      answer(api.client.GET("/api/invitations/{secret}", { params: { path: { secret } }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

export function createOrganization(api: Api, name: string): Promise<Organization> {
  return answer(api.client.POST("/api/organizations", { body: { name } }));
}

export function renameOrganization(
  api: Api,
  id: string,
  name: string,
): Promise<Schemas["OrganizationDetail"]> {
  return answer(api.client.PATCH("/api/organizations/{organization}", { params: at(id), body: { name } }));
}

// deleteOrganization takes the name as somebody typed it who means it.
export function deleteOrganization(api: Api, id: string, name: string): Promise<DeletedOrganization> {
  return answer(
    api.client.POST("/api/organizations/{organization}/delete", { params: at(id), body: { name } }),
  );
}

export function restoreOrganization(api: Api, id: string): Promise<Schemas["OrganizationDetail"]> {
  return answer(api.client.POST("/api/organizations/{organization}/restore", { params: at(id) }));
}

// setDefaultOrganization chooses what is shown first after signing in.
export function setDefaultOrganization(api: Api, id: string): Promise<Me> {
  return answer(api.client.PATCH("/api/me", { body: { defaultOrganizationId: id } }));
}

export async function leaveOrganization(api: Api, id: string): Promise<void> {
  await answer(api.client.POST("/api/organizations/{organization}/leave", { params: at(id) }));
}

export function setMemberRole(api: Api, id: string, userId: string, role: Role): Promise<Member> {
  return answer(
    api.client.PATCH("/api/organizations/{organization}/members/{user}", {
      params: member(id, userId),
      body: { role },
    }),
  );
}

export async function removeMember(api: Api, id: string, userId: string): Promise<void> {
  await answer(
    api.client.DELETE("/api/organizations/{organization}/members/{user}", { params: member(id, userId) }),
  );
}

// createInvitation gives the link, which the server shows this once.
export function createInvitation(
  api: Api,
  id: string,
  invitation: { email: string | null; role: Role },
): Promise<CreatedInvitation> {
  return answer(
    api.client.POST("/api/organizations/{organization}/invitations", { params: at(id), body: invitation }),
  );
}

export async function revokeInvitation(api: Api, id: string, invitationId: string): Promise<void> {
  await answer(
    api.client.DELETE("/api/organizations/{organization}/invitations/{invitation}", {
      params: { ...at(id), path: { organization: id, invitation: invitationId } },
    }),
  );
}

export function acceptInvitation(api: Api, secret: string): Promise<Organization> {
  return answer(api.client.POST("/api/invitations/{secret}/accept", { params: { path: { secret } } }));
}

function at(id: string) {
  return { path: { organization: id }, header: { "Laneway-Organization": id } };
}

function member(id: string, userId: string) {
  return { ...at(id), path: { organization: id, user: userId } };
}
