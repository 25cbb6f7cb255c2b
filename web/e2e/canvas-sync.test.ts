// The drawing takes on what others have changed: in a real browser, over documents of real tools, what is drawn and
// what is exported afterwards is what opening the other document gives. No server is needed.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./browser-bundle";
import { launchChromium } from "./chromium";
import type { Comparison } from "./sheet-bench";

const corpus = process.env.LANEWAY_BPMN_CORPUS || resolve(import.meta.dirname, "../../../shared/bpmn-corpus");
const long = process.env.LANEWAY_TEST_LONG === "1";
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  const { script, style } = await bundle("sheet-bench.ts", "bench");
  await page.setContent("<!doctype html><title>Bench</title><body></body>");
  await page.addStyleTag({ content: style });
  await page.addScriptTag({ content: script });
});
afterAll(() => browser?.close());

// This tool numbers its elements: what is a process in one file has the id of a flow in the other.
const numbered = "omnitracker-bpmn-12.3/";

// The same content under other prefixes: one document binds a vendor's namespace where it is used, the other at its top.
const prefixed = "sap-signavio-process-manager-19.9.0/C.8.0-roundtrip.bpmn";

// Every model as two different tools have written it.
function pairs(): [string, string][] {
  const tools = readdirSync(corpus).filter((name) => statSync(join(corpus, name)).isDirectory());
  const models = readdirSync(join(corpus, "reference")).filter((name) => name.endsWith(".bpmn"));
  return models.flatMap((model) => {
    const stem = model.slice(0, -".bpmn".length);
    const files = tools.flatMap((tool) =>
      readdirSync(join(corpus, tool))
        .filter((name) => name === model || name.startsWith(`${stem}-`))
        .map((name) => join(corpus, tool, name)),
    );
    const next = files.map((file, at): [string, string] => [file, files[(at + 1) % files.length] ?? file]);
    const meant = next.filter(
      (pair) => !pair.some((file) => file.includes(numbered) || file.endsWith(prefixed)),
    );
    return long ? meant : meant.filter((_, at) => at % 6 === 0);
  });
}

test("a drawing of one document takes on the other", async () => {
  const faults: string[] = [];
  const times: number[] = [];
  for (const [from, to] of pairs()) {
    const [a, b] = [readFileSync(from, "utf8"), readFileSync(to, "utf8")];
    const result = await page.evaluate(
      async ([first, second]): Promise<Comparison | string> => {
        const { takeOn } = Reflect.get(window, "bench") as typeof import("./sheet-bench");
        try {
          return await takeOn(first ?? "", second ?? "");
        } catch (error) {
          return String(error);
        }
      },
      [a, b],
    );
    const name = `${from} → ${to}`.replaceAll(`${corpus}/`, "");
    if (typeof result === "string") {
      // What bpmn-js itself can't draw is no matter of this test.
      if (!/no diagram to display|no process or collaboration|failed to parse|no plane/.test(result))
        faults.push(`${name}: ${result}`);
      continue;
    }
    times.push(result.milliseconds);
    const { missing, extra } = result;
    if (missing.length + extra.length > 0) {
      faults.push(
        [name, ...missing.slice(0, 5).map((l) => `- ${l}`), ...extra.slice(0, 5).map((l) => `+ ${l}`)].join(
          "\n",
        ),
      );
    }
  }
  times.sort((x, y) => x - y);
  process.stdout.write(
    `${times.length} pairs, p95 ${Math.round(times[Math.floor(times.length * 0.95)] ?? 0)} ms each\n`,
  );
  expect(faults.slice(0, 12)).toEqual([]);
  expect(times.length).toBeGreaterThan(40);
});
