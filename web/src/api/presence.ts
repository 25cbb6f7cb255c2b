import { type Api, answer } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Present = Schemas["Present"];

// setPresence tells that this tab shows a diagram, or leaves it, and gives everybody who has it open. With leaving the
// call outlives the page.
export async function setPresence(
  api: Api,
  organizationId: string,
  id: string,
  presence: Schemas["Presence"],
): Promise<Present[]> {
  const { present } = await answer(
    api.client.POST("/api/diagrams/{id}/presence", {
      params: { header: { "Laneway-Organization": organizationId }, path: { id } },
      body: presence,
      ...(presence.leaving ? { keepalive: true } : {}),
    }),
  );
  return present;
}
