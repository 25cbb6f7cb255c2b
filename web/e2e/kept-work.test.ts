// Work is not lost: not with a browser that dies, not with a server that goes away, not when two people draw at once.
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { MortalBrowser } from "./chromium";
import { corpusFile } from "./corpus";
import { diagramPath, type Person, signUp, storedDiagrams, storedVersion, storedXml, upload } from "./person";
import { keepTraces, patience, withLaneway } from "./scenario";
import { drag, drawn, keptDrafts, placeOf, relabel, savedStatus, saving, status } from "./studio";
import { Watch } from "./watch";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const first = "Activity_10i3hk7";
const second = "Activity_1eb0bmc";
const third = "Activity_1m3q7qr";
const down = { x: 0, y: 140 };

scenario(
  "a killed browser: the edit is offered when it comes back, and restoring saves it",
  async (scene) => {
    const { server, context: outside } = scene;
    const person = await signUp(outside);
    const { id } = await upload(outside, person, file, "Order intake");
    const address = server.address + diagramPath(person, id);
    const mortal = new MortalBrowser();
    const seen: { context: BrowserContext; watch: Watch }[] = [];
    const open = async () => {
      const context = await mortal.start();
      context.setDefaultTimeout(patience);
      const watch = await Watch.over(context, server.address);
      seen.push({ context, watch });
      // The browser writes cookies to the disk only now and then; who signed in long ago has one there.
      await context.addCookies(await outside.cookies());
      const page = context.pages()[0] ?? (await context.newPage());
      return { page, watch };
    };
    try {
      const before = await open();
      // No save gets through, so what survives is what the browser itself has kept.
      await before.page.route("**/api/diagrams/*", async (route) => {
        if (route.request().method() !== "PUT") await route.continue();
      });
      await before.page.goto(address);
      await drawn(before.page, second).waitFor();
      await drag(before.page, second, down);
      // Of what is done, a second at most may be lost: no word of the page that it has written something is waited for.
      const safeAfter = new Promise((done) => setTimeout(done, 1000));
      const moved = await placeOf(before.page, second);
      await safeAfter;
      await mortal.kill();
      before.watch.assertClean();
      expect(await storedVersion(outside, person, id)).toBe(1);

      const after = await open();
      await after.page.goto(address);
      const offer = after.page.getByRole("dialog", { name: "Work of yours is kept in this browser" });
      await offer.waitFor();
      const saved = saving(after.page);
      await offer.getByRole("button", { name: "Go on with it" }).click();
      await drawn(after.page, second).waitFor();
      expect(await placeOf(after.page, second)).toEqual(moved);
      await saved;
      await savedStatus(after.page).waitFor();
      expect(await storedVersion(outside, person, id)).toBe(2);
      await expect.poll(() => keptDrafts(after.page), { timeout: patience }).toBe(0);
      after.watch.assertClean();
    } catch (error) {
      await keepTraces("a killed browser", server, seen);
      throw error;
    } finally {
      await mortal.dispose();
    }
  },
);

// conflict lets two tabs name one shape differently; the second is told. It gives the second tab and its dialog.
async function conflict(context: BrowserContext, watch: Watch, theirs: Page, person: Person, id: string) {
  watch.expect(/status of 409/, "the server cannot merge the second save; that is what the test is about");
  const mine = await context.newPage();
  // Cut from what the others do, it goes on from what it has.
  await mine.route("**/api/events*", (route) => route.abort());
  // The tabs of a browser share one stream; this one also talks to nobody but itself.
  await mine.addInitScript(() => {
    window.BroadcastChannel = class extends BroadcastChannel {
      constructor(name: string) {
        super(`${name}, alone`);
      }
    };
  });
  watch.expect(
    /api\/events.*|net::ERR_FAILED/,
    "the second tab is kept from hearing of the first one's save",
  );
  await Promise.all([theirs.goto(diagramPath(person, id)), mine.goto(diagramPath(person, id))]);
  await Promise.all([drawn(theirs, first).waitFor(), drawn(mine, first).waitFor()]);

  await theirs.bringToFront();
  const saved = saving(theirs);
  await relabel(theirs, first, "Theirs");
  await saved;
  await savedStatus(theirs).waitFor();

  await mine.bringToFront();
  await relabel(mine, first, "Mine");
  const dialog = mine.getByRole("dialog", { name: "Both changed the same things" });
  await dialog.waitFor();
  return { mine, dialog };
}

scenario("two tabs change different things: both keep their work", async ({ context, page }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const other = await context.newPage();
  await Promise.all([page.goto(diagramPath(person, id)), other.goto(diagramPath(person, id))]);
  await Promise.all([drawn(page, first).waitFor(), drawn(other, first).waitFor()]);

  await page.bringToFront();
  const saved = saving(page);
  await drag(page, first, down);
  await saved;
  await other.bringToFront();
  const alsoSaved = saving(other);
  await drag(other, third, down);
  await alsoSaved;
  const places = { first: await placeOf(page, first), third: await placeOf(other, third) };
  await expect.poll(() => placeOf(other, first), { timeout: patience }).toEqual(places.first);
  const again = await context.newPage();
  await again.goto(diagramPath(person, id));
  await drawn(again, first).waitFor();
  expect({ first: await placeOf(again, first), third: await placeOf(again, third) }).toEqual(places);
  await expect.poll(() => keptDrafts(other), { timeout: patience }).toBe(0);
});

scenario("two tabs in conflict: mine becomes a copy, theirs stays", async ({ context, page, watch }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const { mine, dialog } = await conflict(context, watch, page, person, id);
  const theirs = await storedXml(context, person, id);

  await dialog.getByRole("button", { name: "Other ways" }).click();
  await mine.getByRole("menuitem", { name: "Keep mine as a copy" }).click();
  await mine.waitForURL((url) => !url.pathname.endsWith(id));
  await mine.getByRole("button", { name: "Order intake (copy)" }).waitFor();
  await drawn(mine, first).filter({ hasText: "Mine" }).waitFor();

  expect(await storedXml(context, person, id)).toBe(theirs);
  expect(await storedVersion(context, person, id)).toBe(2);
  const titles = (await storedDiagrams(context, person)).map(({ title }) => title);
  expect(titles).toEqual(["Order intake", "Order intake (copy)"]);
  await expect.poll(() => keptDrafts(mine), { timeout: patience }).toBe(0);
});

scenario("two tabs in conflict: decided later, mine can still be had", async ({ context, page, watch }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const { mine, dialog } = await conflict(context, watch, page, person, id);

  await dialog.getByRole("button", { name: "Decide later", exact: true }).click();
  await mine.reload();
  await drawn(mine, first).filter({ hasText: "Theirs" }).waitFor();
  await mine.getByRole("button", { name: "Decide now" }).click();
  await dialog.getByRole("button", { name: "Other ways" }).click();
  await mine.getByRole("menuitem", { name: "Keep mine as a copy" }).click();
  await mine.waitForURL((url) => !url.pathname.endsWith(id));
  await drawn(mine, first).filter({ hasText: "Mine" }).waitFor();
  expect(await storedVersion(context, person, id)).toBe(2);
  await expect.poll(() => keptDrafts(mine), { timeout: patience }).toBe(0);
});

scenario(
  "the server goes away and comes back: the work is kept here and then saves by itself",
  async ({ server, context, page, watch }) => {
    watch.expect(/net::ERR_|status of 503/, "the server is down, and the page goes on asking for it");
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await page.goto(diagramPath(person, id));
    await drawn(page, second).waitFor();

    await server.stop();
    await drag(page, second, down);
    const moved = await placeOf(page, second);
    await status(page).filter({ hasText: "Offline, kept here" }).waitFor();
    await page.getByText("The server can’t be reached").waitFor();
    expect(await keptDrafts(page)).toBe(1);
    // Drawing goes on meanwhile.
    await drag(page, third, down);
    const alsoMoved = await placeOf(page, third);

    const saved = saving(page);
    await server.startAgain();
    await saved;
    await savedStatus(page).waitFor();
    await page.getByText("The server can’t be reached").waitFor({ state: "detached" });
    await expect.poll(() => keptDrafts(page), { timeout: patience }).toBe(0);

    // The session has outlived the server.
    await page.reload();
    await drawn(page, second).waitFor();
    expect(await placeOf(page, second)).toEqual(moved);
    expect(await placeOf(page, third)).toEqual(alsoMoved);
    await page.getByRole("button", { name: "Account of Ada Berg" }).waitFor();
  },
);

scenario(
  "only the database goes away: the server says so, the work is kept here and then saves by itself",
  async ({ server, context, page, watch }) => {
    watch.expect(/status of 503/, "the server is up and says that it cannot work");
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await page.goto(diagramPath(person, id));
    await drawn(page, second).waitFor();

    const release = server.holdDatabase();
    try {
      const refused = saving(page, 503);
      await drag(page, second, down);
      const answer = await refused;
      expect(Number(answer.headers()["retry-after"])).toBeGreaterThan(0);
      expect(answer.headers()["content-type"]).toContain("application/problem+json");
      await status(page).filter({ hasText: "Server away, kept here" }).waitFor();
      await page.getByText("The server is not ready at the moment").waitFor();
      expect(await keptDrafts(page)).toBe(1);
      // Drawing goes on meanwhile.
      await drag(page, third, down);
    } finally {
      release();
    }
    const moved = { second: await placeOf(page, second), third: await placeOf(page, third) };
    await savedStatus(page).waitFor();
    await page.getByText("The server is not ready at the moment").waitFor({ state: "detached" });
    await expect.poll(() => keptDrafts(page), { timeout: patience }).toBe(0);

    await page.reload();
    await drawn(page, second).waitFor();
    expect({ second: await placeOf(page, second), third: await placeOf(page, third) }).toEqual(moved);
  },
);
