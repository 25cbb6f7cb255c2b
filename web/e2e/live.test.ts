// Two people draw in one diagram at once: each sees what the other does, and nothing of one's own is disturbed by it.
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { diagramPath, type Person, signUp, upload } from "./person";
import { newContext, patience, withLaneway } from "./scenario";
import { drag, drawn, keptDrafts, placeOf, relabel, savedStatus, saving } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const first = "Activity_10i3hk7";
const second = "Activity_1eb0bmc";
const third = "Activity_1m3q7qr";
const down = { x: 0, y: 140 };
// LANEWAY_TEST_LONG=1 stays offline for five minutes.
const offlineMs = process.env.LANEWAY_TEST_LONG === "1" ? 300_000 : 0;

type Pair = { person: Person; id: string; mine: Page; theirs: Page; other: BrowserContext };

// twoBrowsers opens a diagram in two browsers that know nothing of each other.
async function twoBrowsers(
  scene: Parameters<Parameters<typeof scenario>[1]>[0],
  play: (pair: Pair) => Promise<void>,
): Promise<void> {
  const { browser, server, context, page: mine } = scene;
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const other = await newContext(browser, server);
  try {
    await other.addCookies(await context.cookies());
    const theirs = await other.newPage();
    await Promise.all([mine.goto(diagramPath(person, id)), theirs.goto(diagramPath(person, id))]);
    for (const page of [mine, theirs]) {
      await drawn(page, first).waitFor();
      await page.getByRole("list", { name: "Also here" }).waitFor();
    }
    await play({ person, id, mine, theirs, other });
  } finally {
    await other.close();
  }
}

scenario("twenty edits of somebody else, then my undo takes back my last step only", (scene) =>
  twoBrowsers(scene, async ({ mine, theirs }) => {
    const before = { first: await placeOf(mine, first), third: await placeOf(mine, third) };
    const saved = saving(mine);
    await drag(mine, first, down);
    await saved;
    const moved = await placeOf(mine, first);
    // An import would draw everything anew.
    await drawn(mine, second).evaluate((graphics) => graphics.setAttribute("data-mark", "kept"));
    await expect.poll(() => placeOf(theirs, first), { timeout: patience }).toEqual(moved);

    for (let edit = 1; edit <= 20; edit += 1) {
      const answered = saving(theirs);
      if (edit === 1) await drag(theirs, third, down);
      else await relabel(theirs, second, `Edit ${edit}`);
      await answered;
    }
    await drawn(mine, second).filter({ hasText: "Edit 20" }).waitFor();
    const theirPlace = await placeOf(theirs, third);
    expect(await placeOf(mine, third)).toEqual(theirPlace);

    const undone = saving(mine);
    await mine.getByRole("button", { name: "Undo" }).click();
    await undone;
    expect(await placeOf(mine, first)).toEqual(before.first);
    expect(await placeOf(mine, third)).toEqual(theirPlace);
    expect(theirPlace).not.toEqual(before.third);
    expect(await drawn(mine, second).getAttribute("data-mark")).toBe("kept");
    await drawn(mine, second).filter({ hasText: "Edit 20" }).waitFor();
    expect(await mine.getByRole("button", { name: "Undo" }).isDisabled()).toBe(true);
    await expect.poll(() => placeOf(theirs, first), { timeout: patience }).toEqual(before.first);
  }),
);

scenario("an open text editor stays open while somebody else draws", (scene) =>
  twoBrowsers(scene, async ({ mine, theirs }) => {
    await mine.bringToFront();
    await drawn(mine, first).dblclick();
    const box = mine.locator(".djs-direct-editing-content");
    await box.fill("Half typ");
    const answered = saving(theirs);
    await drag(theirs, third, down);
    await answered;
    const place = await placeOf(theirs, third);
    await expect.poll(() => placeOf(mine, third), { timeout: patience }).toEqual(place);
    expect(await box.textContent()).toBe("Half typ");
    await box.press("End");
    await box.pressSequentially("ed");
    const saved = saving(mine);
    await box.press("Enter");
    await saved;
    await drawn(theirs, first).filter({ hasText: "Half typed" }).waitFor();
  }),
);

scenario(
  "offline on both sides, thirty edits each: merged when the server can be reached again",
  async (scene) => {
    scene.watch.expect(
      /ERR_INTERNET_DISCONNECTED|ERR_/,
      "the browsers are cut off; that is what the test is about",
    );
    await twoBrowsers(scene, async ({ mine, theirs, other }) => {
      await Promise.all([scene.context.setOffline(true), other.setOffline(true)]);
      const began = Date.now();
      for (let edit = 1; edit <= 29; edit += 1) {
        await relabel(mine, first, `Mine ${edit}`);
        await relabel(theirs, second, `Theirs ${edit}`);
        // They draw now and then over the whole time.
        await mine.waitForTimeout(Math.max(0, began + (offlineMs * edit) / 29 - Date.now()));
      }
      await drag(mine, first, down);
      await drag(theirs, third, down);
      const places = { first: await placeOf(mine, first), third: await placeOf(theirs, third) };
      await expect.poll(() => keptDrafts(mine), { timeout: patience }).toBe(1);
      await Promise.all([scene.context.setOffline(false), other.setOffline(false)]);
      for (const page of [mine, theirs]) {
        await drawn(page, first).filter({ hasText: "Mine 29" }).waitFor();
        await drawn(page, second).filter({ hasText: "Theirs 29" }).waitFor();
        await expect.poll(() => placeOf(page, first), { timeout: patience }).toEqual(places.first);
        await expect.poll(() => placeOf(page, third), { timeout: patience }).toEqual(places.third);
        await savedStatus(page).waitFor();
      }
    });
  },
);

scenario("who is here is shown, with what they have selected, and gone when they leave", (scene) =>
  twoBrowsers(scene, async ({ mine, theirs, other }) => {
    await drawn(theirs, second).click();
    await mine
      .locator(`[data-element-id="${second}"][class*="laneway-mark-"]`)
      .waitFor({ state: "attached" });
    await mine.getByRole("list", { name: "Also here" }).getByRole("img", { name: "Ada Berg" }).waitFor();
    await other.close();
    await mine.getByRole("list", { name: "Also here" }).waitFor({ state: "detached", timeout: 12_000 });
  }),
);
