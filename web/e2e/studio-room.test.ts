// The studio in the room that it has: the keyboard is on the sheet from the start, and a window that gets narrower
// takes nothing out of sight or reach.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile, fileOf } from "./corpus";
import { diagramPath, signUp, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drawn } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const first = "Event_1pmxsnn";

// hidden tells which shapes of the drawing lie outside of the sheet.
function hidden(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const sheet = document.querySelector(".djs-container")?.getBoundingClientRect() ?? new DOMRect();
    return [...document.querySelectorAll(".djs-container .viewport .djs-element[data-element-id]")]
      .filter((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return left < sheet.left || right > sheet.right || top < sheet.top || bottom > sheet.bottom;
      })
      .map((element) => element.getAttribute("data-element-id") ?? "");
  });
}

scenario("opened by its address: the keys of the sheet work without a click", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(diagramPath(person, id));
  await page.locator(".djs-container > svg:focus").waitFor();
  await page.keyboard.press("Control+a");
  await page.locator(".djs-element.selected").nth(4).waitFor();
  expect(await page.evaluate(() => getSelection()?.toString())).toBe("");

  // Who has gone elsewhere on the page before it was there stays there.
  let deliver = () => {};
  const asked = new Promise<void>((done) => {
    deliver = done;
  });
  await page.route("**/api/diagrams/*", async (route) => {
    await asked;
    await route.continue();
  });
  await page.reload();
  const account = page.getByRole("button", { name: "Account of Ada Berg" });
  await account.focus();
  deliver();
  await page.getByRole("toolbar", { name: "View" }).waitFor();
  await drawn(page, first).waitFor();
  expect(await account.evaluate((element) => element === document.activeElement)).toBe(true);
});

scenario("a narrower window: all of it stays in sight and in reach", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(diagramPath(person, id));
  const view = page.getByRole("toolbar", { name: "View" });
  await view.waitFor();
  await view.getByRole("button", { name: "Minimap" }).click();
  await page.locator(".djs-minimap .map").waitFor();
  const palette = page.getByRole("toolbar", { name: "Palette" });
  const scale = view.getByText(/^\d+ %$/);
  expect(await scale.textContent()).toBe("100 %");

  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => hidden(page), { timeout: patience }).toEqual([]);
  expect(await scale.textContent()).not.toBe("100 %");
  // The properties leave so little room that a minimap would cover what it shows.
  await page.getByRole("complementary", { name: "Properties" }).waitFor();
  await page.locator(".djs-minimap .map").waitFor({ state: "hidden" });
  await view.getByRole("button", { name: "Minimap" }).waitFor({ state: "hidden" });
  const sheet = await page.locator(".djs-container").boundingBox();
  const bar = await palette.boundingBox();
  expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBeLessThanOrEqual((sheet?.y ?? 0) + (sheet?.height ?? 0));

  // A window as low as that of a phone held sideways: the rest of the palette is scrolled to.
  await page.setViewportSize({ width: 700, height: 360 });
  const last = palette.locator(".entry").last();
  await last.scrollIntoViewIfNeeded();
  await last.click({ trial: true });

  // Whoever has chosen a view keeps it.
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(() => scale.textContent(), { timeout: patience }).toBe("100 %");
  await view.getByRole("button", { name: "Zoom out" }).click();
  const chosen = await scale.textContent();
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await scale.textContent()).toBe(chosen);
});

scenario("menus and dialogs live through a change of the window", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(diagramPath(person, id));
  const button = page.getByRole("button", { name: "Export", exact: true });
  await button.click();
  const item = page.getByRole("menuitem", { name: "BPMN 2.0 (XML)" });
  for (const width of [700, 1024, 390]) {
    await page.setViewportSize({ width, height: 800 });
    await item.waitFor();
    // It hangs below its button, wherever that has gone.
    await expect
      .poll(
        async () => {
          const [menu, trigger] = [await page.getByRole("menu").boundingBox(), await button.boundingBox()];
          if (!menu || !trigger) return "nowhere";
          const gap = menu.y - (trigger.y + trigger.height);
          const beside = menu.x > trigger.x + trigger.width || menu.x + menu.width < trigger.x;
          return gap >= 0 && gap < 12 && !beside ? "below" : `${gap} px below, beside: ${beside}`;
        },
        { timeout: patience },
      )
      .toBe("below");
  }
  const download = page.waitForEvent("download");
  await item.click();
  expect((await download).suggestedFilename()).toBe("Order intake.bpmn");
  await page.getByRole("menu").waitFor({ state: "detached" });

  // One Esc closes a dialog, also from its cross.
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await dialog.getByRole("button", { name: "Close" }).last().focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

scenario("on a small screen: the notice about what can’t be shown has room", async ({ page, context }) => {
  const person = await signUp(context);
  const foreign = file.buffer
    .toString()
    .replace('name="Task 2">', 'name="Task 2"><cost xmlns="urn:harbour" amount="5" />');
  const { id } = await upload(context, person, fileOf("foreign.bpmn", foreign), "With foreign parts");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(diagramPath(person, id));
  const text = page.getByText("can’t be shown here");
  await text.waitFor();
  // Buttons beside it would leave it half of this.
  expect((await text.boundingBox())?.width).toBeGreaterThan(300);
});

scenario("whoever may only read has the keys of the view, and only those", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.route("**/api/me", async (route) => {
    const answer = await route.fetch();
    const me = (await answer.json()) as { organizations: { role: string }[] };
    for (const organization of me.organizations) organization.role = "viewer";
    await route.fulfill({ response: answer, json: me });
  });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(diagramPath(person, id));
  const scale = page.getByRole("toolbar", { name: "View" }).getByText(/^\d+ %$/);
  await page.locator(".djs-container > svg:focus").waitFor();
  expect(await scale.textContent()).not.toBe("100 %");
  await page.keyboard.press("Control+0");
  await expect.poll(() => scale.textContent(), { timeout: patience }).toBe("100 %");
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await dialog.getByText("Natural size").waitFor();
  expect(await dialog.getByText("Remove").count()).toBe(0);
});
