// Reports to Sentry from the page, against a fake one that takes envelopes apart: what is told, and what is not.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, expect } from "vitest";
import { corpusFile } from "./corpus";
import { libraryPath, signUp, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drawn } from "./studio";

type Item = Record<string, unknown> & { type?: string; transaction?: string };

// FakeSentry keeps every event and transaction, and the text of all envelopes.
class FakeSentry {
  readonly items: Item[] = [];
  text = "";
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      if (request.method === "POST")
        this.#open(request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw);
      response.writeHead(200, { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" });
      response.end("{}");
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://publickey@127.0.0.1:${this.port}/7`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
  }

  // An envelope is a line for all, then for each item a line about it and its payload.
  #open(envelope: Buffer): void {
    this.text += envelope.toString();
    const lines = envelope.toString().split("\n").slice(1);
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const { type } = JSON.parse(lines[at] ?? "{}") as { type?: string };
      if (type === "event" || type === "transaction")
        this.items.push(JSON.parse(lines[at + 1] ?? "{}") as Item);
    }
  }
}

const sentry = new FakeSentry();
const scenario = withLaneway({
  prepare: async () => [
    ...["--sentry-browser-dsn", await sentry.start()],
    ...["--environment", "staging", "--trace-sampling", "1"],
  ],
});
afterAll(() => sentry.stop());

const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

scenario("errors of the page are told by what is allowed", async ({ page, context, watch }) => {
  watch.expect(
    new RegExp(`foreign request: http://127.0.0.1:${sentry.port}/api/7/envelope/`),
    "that is Sentry's",
  );
  watch.expect(/canary|reading 'id'|reading 'title'|of null/, "the errors of this test");
  const person = await signUp(context, "canary-organization");
  await upload(context, person, file, "canary-title");
  const settings = page.waitForResponse((response) => response.url().endsWith("/api/web"));
  const answer = await page.goto(`${libraryPath(person)}?q=canary`);
  expect(answer?.headers()["content-security-policy"]).toContain(
    `connect-src 'self' http://127.0.0.1:${sentry.port};`,
  );
  await settings;
  await page.evaluate(() => {
    setTimeout(() => {
      throw new TypeError("Cannot read properties of undefined (reading 'canary')");
    });
    void Promise.reject(new Error("canary-password and <canary-xml/>"));
    void Promise.reject(
      new TypeError("Failed to fetch dynamically imported module: http://canary/assets/x.js"),
    );
  });
  await expect.poll(() => sentry.items.length, { timeout: patience }).toBeGreaterThanOrEqual(2);

  // What React catches on a page that cannot be drawn.
  await page.route("**/api/diagrams?**", (route) =>
    route.fulfill({ json: { data: [null], nextCursor: null, hasMore: false } }),
  );
  await page.reload();
  await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
  const byReact = () =>
    sentry.items.filter(({ tags }) => (tags as { seenBy?: string } | undefined)?.seenBy === "react");
  await expect.poll(() => byReact().length, { timeout: patience }).toBeGreaterThanOrEqual(1);
  await page.unroute("**/api/diagrams?**");

  // Opening a diagram is a transaction.
  await page.goto(libraryPath(person));
  await page.getByRole("link", { name: "canary-title" }).click();
  await drawn(page, "Activity_1eb0bmc").waitFor();
  const transactions = (name: string) =>
    sentry.items.filter(({ type, transaction }) => type === "transaction" && transaction === name);
  await expect
    .poll(() => transactions("open a diagram").length, { timeout: patience })
    .toBeGreaterThanOrEqual(1);
  expect(transactions("open a diagram")[0]).toMatchObject({ tags: { from: "click" } });
  // So is coming in on a page.
  expect(transactions("/o/{}/diagrams")[0]).toMatchObject({
    contexts: { trace: { op: "pageload" } },
    start_timestamp: expect.any(Number),
  });

  expect(sentry.text).not.toMatch(/canary|dynamically imported|Ada Berg|cookie/i);
  expect(sentry.text).not.toContain(person.email);
  expect(sentry.text).not.toContain(person.organizationId);
  // Nor may Sentry note whose address a report came from.
  expect(sentry.text).toContain('"infer_ip":"never"');
  expect(sentry.text).not.toContain('"auto"');
  const errors = sentry.items.filter(({ type }) => type !== "transaction");
  for (const item of errors) {
    expect(item).toMatchObject({ environment: "staging", release: expect.any(String), level: "error" });
    const refused = ["request", "user", "extra", "contexts", "message", "server_name", "modules"];
    expect(Object.keys(item).filter((key) => refused.includes(key))).toEqual([]);
  }
  expect(errors[0]).toMatchObject({ transaction: "/o/{}/diagrams", tags: { route: "/o/{}/diagrams" } });
});
