// Projects: the calls, and the query options next to their keys.
import { queryOptions } from "@tanstack/react-query";
import { type Api, answer } from "./client";
import { newKey } from "./idempotency";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Project = Schemas["Project"];
export type ProjectUpdate = Schemas["ProjectUpdate"];

export const projectKeys = {
  all: (organizationId: string) => ["organizations", organizationId, "projects"] as const,
  list: (organizationId: string, archived: boolean) =>
    [...projectKeys.all(organizationId), "list", archived] as const,
  detail: (organizationId: string, id: string) => [...projectKeys.all(organizationId), "detail", id] as const,
};

const pageSize = 100;
// Who has more projects than this finds the others by their diagrams.
const mostPages = 10;

// projectsQuery gives all projects by name, those in use or the archive: there are few enough to be one list.
export function projectsQuery(api: Api, organizationId: string, archived = false) {
  return queryOptions({
    queryKey: projectKeys.list(organizationId, archived),
    queryFn: async ({ signal }) => {
      const projects: Project[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < mostPages; page += 1) {
        const query = { limit: pageSize, archived, ...(cursor ? { cursor } : {}) };
        const answered: Schemas["ProjectPage"] = await answer(
          api.client.GET("/api/projects", { params: { header: at(organizationId), query }, signal }),
        );
        projects.push(...answered.data);
        cursor = answered.hasMore ? answered.nextCursor : null;
        if (cursor === null) break;
      }
      return projects;
    },
    refetchOnMount: "always",
  });
}

// projectQuery gives one project, in use or archived.
export function projectQuery(api: Api, organizationId: string, id: string) {
  return queryOptions({
    queryKey: projectKeys.detail(organizationId, id),
    queryFn: ({ signal }) =>
      answer(
        api.client.GET("/api/projects/{project}", {
          params: { header: at(organizationId), path: { project: id } },
          signal,
        }),
      ),
  });
}

export function createProject(
  api: Api,
  organizationId: string,
  project: Schemas["NewProject"],
  idempotencyKey: string = newKey(),
): Promise<Project> {
  return answer(
    api.client.POST("/api/projects", {
      params: { header: { ...at(organizationId), "Idempotency-Key": idempotencyKey } },
      body: project,
    }),
  );
}

// updateProject changes the project as it was seen; a conflict means that somebody changed it meanwhile.
export function updateProject(
  api: Api,
  organizationId: string,
  project: Project,
  update: Pick<ProjectUpdate, "name" | "description" | "archived">,
): Promise<Project> {
  return answer(
    api.client.PUT("/api/projects/{project}", {
      params: { header: at(organizationId), path: { project: project.id } },
      body: { ...update, expectedVersion: project.version },
    }),
  );
}

function at(organizationId: string) {
  return { "Laneway-Organization": organizationId };
}
