// What people have before a test begins: an account, an organization, diagrams. It comes through the API, because the
// way through the pages is what single tests are about.
import type { APIResponse, BrowserContext, Page } from "playwright-core";
import type { TestFile } from "./corpus";

export type Person = { organizationId: string; email: string };

export const password = "correct horse battery staple";

let count = 0;

// someoneNew is an e-mail address that nobody has yet.
export function someoneNew(): string {
  count += 1;
  return `person-${count}@laneway.test`;
}

// signUp makes an account and signs the context in.
export async function signUp(context: BrowserContext, organizationName = "Harbour Works"): Promise<Person> {
  const email = someoneNew();
  const answer = await accepted(
    context.request.post("/api/auth/sign-up", {
      data: { email, password, displayName: "Ada Berg", organizationName },
    }),
  );
  const { organization } = (await answer.json()) as { organization: { id: string } };
  return { organizationId: organization.id, email };
}

export type Summary = { id: string; title: string; version: number };

// upload makes a diagram of a document, as its bytes are.
export async function upload(
  context: BrowserContext,
  person: Person,
  file: TestFile,
  title: string,
): Promise<Summary> {
  const answer = await accepted(
    context.request.post("/api/diagrams", {
      params: { title },
      headers: { "Content-Type": "application/bpmn+xml", ...organizationOf(person) },
      data: file.buffer,
    }),
  );
  return (await answer.json()) as Summary;
}

// storedXml is the document as the server keeps it, byte by byte.
export async function storedXml(context: BrowserContext, person: Person, id: string): Promise<string> {
  const answer = await accepted(
    context.request.get(`/api/diagrams/${id}/xml`, { headers: organizationOf(person) }),
  );
  return answer.text();
}

export async function storedVersion(context: BrowserContext, person: Person, id: string): Promise<number> {
  const answer = await accepted(
    context.request.get(`/api/diagrams/${id}`, { headers: organizationOf(person) }),
  );
  return ((await answer.json()) as Summary).version;
}

// storedDiagrams lists what the organization has, titles in the order of the alphabet.
export async function storedDiagrams(context: BrowserContext, person: Person): Promise<Summary[]> {
  const answer = await accepted(
    context.request.get("/api/diagrams?limit=100&sort=title", { headers: organizationOf(person) }),
  );
  return ((await answer.json()) as { data: Summary[] }).data;
}

export function libraryPath(person: Person): string {
  return `/o/${person.organizationId}/diagrams`;
}

export function diagramPath(person: Person, id: string): string {
  return `${libraryPath(person)}/${id}`;
}

// organizationOfPage reads from a page's address whose diagrams it shows.
export function organizationOfPage(page: Page): string {
  const id = /\/o\/([0-9a-f-]{36})/.exec(page.url())?.[1];
  if (!id) throw new Error(`${page.url()} names no organization`);
  return id;
}

function organizationOf(person: Person): Record<string, string> {
  return { "Laneway-Organization": person.organizationId };
}

async function accepted(sending: Promise<APIResponse>): Promise<APIResponse> {
  const answer = await sending;
  if (!answer.ok()) throw new Error(`${answer.url()} answered ${answer.status()}: ${await answer.text()}`);
  return answer;
}
