// Our pictures beside those of bpmn-js, in a real browser: the reference models and real files of many tools, each
// drawn by `laneway render` and by bpmn-js's own saveSVG, rasterised and compared by structural similarity. A plain run
// takes the reference models; LANEWAY_TEST_LONG=1 takes a hundred other files too. LANEWAY_PICTURE_SHEETS names a folder
// for contact sheets: ours, bpmn-js's, the difference.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./browser-bundle";
import { launchChromium } from "./chromium";
import type { Comparison } from "./picture-judge";

const corpus = process.env.LANEWAY_BPMN_CORPUS || resolve(import.meta.dirname, "../../../shared/bpmn-corpus");
const laneway = resolve(process.env.LANEWAY_BIN || resolve(import.meta.dirname, "../../bin/laneway"));
const sheets = process.env.LANEWAY_PICTURE_SHEETS;
const others = process.env.LANEWAY_TEST_LONG === "1" ? 100 : 0;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  const { script } = await bundle("picture-judge.ts", "judge");
  await page.setContent("<!doctype html><title>Pictures</title><body></body>");
  await page.addScriptTag({ content: script });
});
afterAll(() => browser?.close());

type Judge = typeof import("./picture-judge");
type Row = Comparison & { name: string };

function files(): { reference: string[]; spread: string[] } {
  const inFolder = (folder: string) =>
    readdirSync(join(corpus, folder))
      .filter((name) => name.endsWith(".bpmn"))
      .sort()
      .map((name) => join(folder, name));
  const tools = readdirSync(corpus)
    .filter((name) => name !== "reference" && statSync(join(corpus, name)).isDirectory())
    .sort();
  const rest = tools.flatMap(inFolder);
  const step = Math.max(1, Math.floor(rest.length / Math.max(1, others)));
  // Evenly over all tools first, then what lies between, for files that bpmn-js can't open.
  const spread = [...rest.filter((_, i) => i % step === 0), ...rest.filter((_, i) => i % step !== 0)];
  return { reference: inFolder("reference"), spread: others ? spread : [] };
}

// judged compares the pictures of a file; undefined when bpmn-js draws none, or nothing in it.
async function judged(name: string): Promise<Row | undefined> {
  const xml = readFileSync(join(corpus, name), "utf8");
  const theirs = await page.evaluate((xml) => (Reflect.get(window, "judge") as Judge).saveSVG(xml), xml);
  if ("failed" in theirs || !theirs.svg.includes("djs-visual")) return undefined;
  const ours = execFileSync(laneway, ["render", join(corpus, name)], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const comparison = await page.evaluate(
    ([ours, theirs]) => (Reflect.get(window, "judge") as Judge).compare(ours ?? "", theirs ?? "", 600),
    [ours, theirs.svg],
  );
  return { name, ...comparison };
}

async function writeSheets(rows: Row[]): Promise<void> {
  if (!sheets) return;
  mkdirSync(sheets, { recursive: true });
  const write = async (name: string, some: Row[], factor: number) => {
    const captioned = some.map((row) => ({
      caption: `${row.similarity.toFixed(4)} ${row.name}`,
      strip: row.strip,
    }));
    const png = await page.evaluate(
      ([rows, factor]) => (Reflect.get(window, "judge") as Judge).sheet(rows, factor),
      [captioned, factor] as const,
    );
    writeFileSync(join(sheets, name), Buffer.from(png.split(",")[1] ?? "", "base64"));
  };
  const worst = [...rows].sort((a, b) => a.similarity - b.similarity);
  for (let at = 0; at < worst.length; at += 10) {
    await write(`sheet-${String(at / 10).padStart(2, "0")}.png`, worst.slice(at, at + 10), 1);
  }
  // A small one to keep: the widest variety of symbols, and the file that differs most.
  const shown = ["A.4.0", "B.2.0", "C.8.0"].map((name) => `reference/${name}.bpmn`);
  await write(
    "overview.png",
    [...rows.filter(({ name }) => shown.includes(name)), ...worst.slice(0, 1)],
    0.6,
  );
  const table = worst.map((row) => `${row.similarity.toFixed(4)}\t${row.width}x${row.height}\t${row.name}\n`);
  writeFileSync(join(sheets, "similarity.tsv"), table.join(""));
}

test("our pictures look like those of bpmn-js", async () => {
  // Labels break where they do in the studio when both are measured in Arial, or in a font made like it.
  const width = await page.evaluate(() =>
    (Reflect.get(window, "judge") as Judge).fontWidth("Order received"),
  );
  expect(width, "the package fonts-liberation, or Arial, has to be installed").toBeCloseTo(79.36, 1);

  const { reference, spread } = files();
  const rows: Row[] = [];
  for (const name of reference) {
    const row = await judged(name);
    if (!row) throw new Error(`bpmn-js draws nothing of ${name}`);
    rows.push(row);
  }
  let left = others;
  for (const name of spread) {
    if (left === 0) break;
    const row = await judged(name);
    if (row) {
      rows.push(row);
      left--;
    }
  }
  await writeSheets(rows);
  const mean = rows.reduce((sum, row) => sum + row.similarity, 0) / rows.length;
  const low = rows
    .filter((row) => row.similarity < 0.93)
    .map((row) => `${row.similarity.toFixed(4)} ${row.name}`);
  process.stdout.write(
    `${rows.length} pictures, mean similarity ${mean.toFixed(4)}, lowest ${Math.min(...rows.map((row) => row.similarity)).toFixed(4)}\n`,
  );
  expect(reference).toHaveLength(21);
  expect(left).toBe(0);
  expect(low).toEqual([]);
  expect(mean).toBeGreaterThan(0.97);
});
