// A scenario is a test with a fresh browser context against a Laneway of its test file. When it fails, what was to be
// seen lies in e2e/out: a picture of every page, what the pages wrote, and what the server wrote.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, type TestContext, test } from "vitest";
import { launchChromium } from "./chromium";
import { LanewayServer } from "./laneway-server";
import type { MailServer } from "./mail-server";
import { Watch } from "./watch";

export const outFolder = resolve(import.meta.dirname, "out");

// How long a single wait may take. It is generous: it only has to end some time when a thing never comes.
export const patience = 45_000;

export type Scene = {
  server: LanewayServer;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  watch: Watch;
};

type Play = (scene: Scene) => Promise<void>;

// How the browser of a scenario is to be, and how long it may take, where that is longer than usual.
type ScenarioOptions = BrowserContextOptions & { timeout?: number };

// What a Laneway has beside it: a mail server to send its mail to, and what is started before it and says with which
// settings.
type Beside = { mail?: MailServer; prepare?: () => Promise<readonly string[]> };

// withLaneway gives a test file its server and its browser, and the way to write scenarios with them.
export function withLaneway({
  mail,
  prepare,
}: Beside = {}): (name: string, play: Play, options?: ScenarioOptions) => void {
  let settings: readonly string[] = [];
  let server: LanewayServer;
  let browser: Browser;

  beforeAll(async () => {
    await mail?.listen();
    settings = (await prepare?.()) ?? [];
    [server, browser] = await Promise.all([LanewayServer.start(mail, settings), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    await mail?.close();
  });

  return (name, play, { timeout, ...options } = {}) => {
    const attempt = async () => {
      const context = await newContext(browser, server, options);
      const watch = await Watch.over(context, server.address);
      const page = await context.newPage();
      try {
        await play({ server, browser, context, page, watch });
        watch.assertClean();
      } catch (error) {
        await keepTraces(name, server, [{ context, watch }]);
        throw error;
      } finally {
        await context.close();
      }
    };
    // A scenario that is tried twice finds as little as it found the first time: its people are not there yet.
    const run = async ({ task }: TestContext) => {
      if (task.result?.retryCount) {
        await server.dispose();
        server = await LanewayServer.start(mail, settings);
      }
      await attempt();
    };
    if (timeout === undefined) test(name, run);
    else test(name, run, timeout);
  };
}

export async function newContext(
  browser: Browser,
  server: LanewayServer,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: server.address,
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(patience);
  return context;
}

// keepTraces writes down what can still be seen of a failed test.
export async function keepTraces(
  name: string,
  server: LanewayServer,
  seen: readonly { context: BrowserContext; watch: Watch }[],
): Promise<void> {
  const folder = join(outFolder, name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "server.log"), server.log);
  writeFileSync(join(folder, "console.log"), seen.map(({ watch }) => watch.console).join("\n\n"));
  const pages = seen.flatMap(({ context }) => context.pages());
  for (const [index, page] of pages.entries()) {
    // A page that crashed or hangs has no picture; the failure itself must be told all the same.
    await page.screenshot({ path: join(folder, `page-${index + 1}.png`), timeout: 5_000 }).catch(() => {});
  }
}
