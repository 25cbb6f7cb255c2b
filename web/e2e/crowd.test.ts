// Four people draw in one diagram at once, each with half a second at most between two edits: in the end all of them
// have what the server has. It goes on for 20 seconds, with LANEWAY_TEST_LONG=1 for two minutes, and tells how soon the
// others see an edit.
import { readFileSync } from "node:fs";
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { difference } from "./laneway-diff";
import { diagramPath, signUp, storedXml, upload } from "./person";
import { keepTraces, newContext, patience, withLaneway } from "./scenario";
import { labelOf, noteSightings, type Waits, waitsBetween } from "./sightings";
import { drawn, relabel, savedStatus } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const shapes = ["Activity_10i3hk7", "Activity_1eb0bmc", "Activity_1m3q7qr", "Event_1pmxsnn"];
const seconds = process.env.LANEWAY_TEST_LONG === "1" ? 120 : 20;

// Numbers that look random and are the same in every run.
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

// nudge moves whatever shape by some steps of the arrow keys: two people may well move the same one.
async function nudge(page: Page, elementId: string, steps: number): Promise<void> {
  await page.evaluate((id) => {
    location.hash = "";
    location.hash = `element=${encodeURIComponent(id)}`;
  }, elementId);
  await page.locator(`.djs-element.selected[data-element-id="${elementId}"]`).waitFor();
  await page.locator(".djs-container > svg").first().focus();
  const key = steps % 2 === 0 ? "ArrowDown" : "ArrowRight";
  for (let step = 0; step < steps; step += 1) await page.keyboard.press(key);
}

scenario(
  "four people at once end with the same document",
  async ({ browser, server, context, page, watch }) => {
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    const others: BrowserContext[] = [];
    let edits = 0;
    let waits: Waits = { sinceAcknowledged: [], sinceDrawn: [] };
    try {
      await noteSightings(context);
      const pages = [page];
      for (let more = 0; more < 3; more += 1) {
        const other = await newContext(browser, server);
        others.push(other);
        await noteSightings(other);
        await other.addCookies(await context.cookies());
        pages.push(await other.newPage());
      }
      await Promise.all(pages.map((one) => one.goto(diagramPath(person, id))));
      for (const one of pages) {
        await one.getByRole("list", { name: "Also here" }).waitFor();
        await drawn(one, shapes[0] ?? "").evaluate((graphics) => graphics.setAttribute("data-mark", "kept"));
      }

      const until = Date.now() + seconds * 1000;
      await Promise.all(
        pages.map(async (one, at) => {
          const roll = dice(at + 1);
          const own = shapes[at] ?? "";
          for (let turn = 1; Date.now() < until; turn += 1) {
            edits += 1;
            if (roll(3) > 0) await nudge(one, shapes[roll(shapes.length)] ?? own, 1 + roll(4));
            else await relabel(one, own, labelOf(at, turn));
            await aMoment(roll(500));
          }
        }),
      );

      for (const one of pages) {
        await one.getByRole("button", { name: "Save" }).click();
        await savedStatus(one).waitFor();
      }
      for (const [at, one] of pages.entries()) {
        await expect
          .poll(async () => difference(await storedXml(context, person, id), await exported(one)), {
            timeout: patience,
            message: `what person ${at} has`,
          })
          .toEqual([]);
        expect(await drawn(one, shapes[0] ?? "").getAttribute("data-mark")).toBe("kept");
      }
      waits = await waitsBetween(pages);
    } catch (error) {
      const seen = await Promise.all(others.map(async (other) => ({ context: other, watch })));
      await keepTraces("four people, the others", server, seen);
      throw error;
    } finally {
      for (const other of others) await other.close();
    }
    const { sinceAcknowledged, sinceDrawn } = waits;
    process.stdout.write(
      `${edits} edits; of ${sinceAcknowledged.length} looks at a new label: p95 ${p95(sinceAcknowledged)} ms (median ${median(sinceAcknowledged)}) from the acknowledgement of its save, p95 ${p95(sinceDrawn)} ms (median ${median(sinceDrawn)}) from the edit\n`,
    );
    expect(sinceAcknowledged.length).toBeGreaterThan(9);
    expect(Math.max(...sinceAcknowledged)).toBeLessThan(patience);
  },
);

// aMoment is the time that a person looks before the next edit.
function aMoment(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function quantile(times: number[], q: number): number {
  return Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length * q)] ?? 0);
}

const p95 = (times: number[]) => quantile(times, 0.95);
const median = (times: number[]) => quantile(times, 0.5);

async function exported(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "BPMN 2.0 (XML)" }).click();
  return readFileSync(await (await download).path(), "utf8");
}
