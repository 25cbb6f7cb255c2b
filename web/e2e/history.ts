// Versions of a diagram, made through the API: the way through the pages is what single tests are about.
import type { APIResponse, BrowserContext } from "playwright-core";
import type { Person } from "./person";

type Save = { bpmnXml?: string; title?: string; expectedVersion: number; onConflict?: "merge" };

// put saves and gives the answer as it is.
export function put(context: BrowserContext, person: Person, id: string, save: Save): Promise<APIResponse> {
  return context.request.put(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
    data: save,
  });
}

// save stores one version after the other, each on the one before.
export async function saveAll(
  context: BrowserContext,
  person: Person,
  id: string,
  documents: readonly string[],
): Promise<void> {
  for (const [index, bpmnXml] of documents.entries()) {
    const answer = await put(context, person, id, { bpmnXml, expectedVersion: index + 1 });
    if (!answer.ok()) throw new Error(`version ${index + 2}: ${answer.status()} ${await answer.text()}`);
  }
}
