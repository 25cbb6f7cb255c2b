// Everything that matters can be done without a mouse, and one always sees where one is.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { password, someoneNew } from "./person";
import { patience, withLaneway } from "./scenario";
import { savedStatus, saving } from "./studio";

const scenario = withLaneway();

// focusMark says how the focus can be seen: by an outline or a ring on what has it, or close around it.
function focusMark(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return "nothing has the focus";
    let element: Element | null = focused;
    for (let level = 0; element && level < 5; level += 1) {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      if (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) return "marked";
      if (level === 0 && boxShadow !== "none") return "marked";
      element = element.parentElement;
    }
    return `no mark on ${focused.outerHTML.slice(0, 200)}`;
  });
}

// tabTo presses Tab until the target has the focus. On the way every stop has to show itself.
async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press(key);
    const reached = await target.evaluate((element) => element === document.activeElement);
    const mark = await focusMark(page);
    // After the last element of the page the focus goes to the browser before it begins anew.
    if (mark !== "nothing has the focus") expect(mark).toBe("marked");
    if (reached) return;
  }
  throw new Error(`60 × ${key} did not lead to ${target}`);
}

async function hasFocus(target: Locator): Promise<void> {
  await target.waitFor();
  await expect
    .poll(() => target.evaluate((element) => element === document.activeElement), { timeout: patience })
    .toBe(true);
}

scenario("by keyboard: sign up, draw, undo, redo, save, rename, sign out and in again", async ({ page }) => {
  const email = someoneNew();
  const keyboard = page.keyboard;

  await page.goto("/sign-up");
  await hasFocus(page.getByLabel("Your name"));
  await keyboard.type("Ada Berg");
  await tabTo(page, page.getByLabel("E-mail address"));
  await keyboard.type(email);
  await tabTo(page, page.getByRole("textbox", { name: "Password" }));
  await keyboard.type(password);
  await keyboard.press("Enter");

  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await tabTo(page, page.getByRole("button", { name: "New diagram" }).first());
  await keyboard.press("Enter");

  // Draw: a task out of the palette.
  const sheet = page.locator(".djs-container");
  const tasks = sheet.locator(".djs-shape[data-element-id^=Activity_]");
  await sheet.locator(".djs-shape[data-element-id^=StartEvent_]").waitFor();
  await tabTo(page, page.getByRole("toolbar", { name: "Palette" }).locator(".entry[tabindex='0']"));
  const entry = page.locator(".djs-palette .entry[data-action='create.task']");
  for (let presses = 0; presses < 30; presses += 1) {
    if (await entry.evaluate((element) => element === document.activeElement)) break;
    await keyboard.press("ArrowDown");
    expect(await focusMark(page)).toBe("marked");
  }
  await hasFocus(entry);
  await keyboard.press("Enter");
  await tasks.waitFor();

  await keyboard.press("Control+z");
  await tasks.waitFor({ state: "detached" });
  await keyboard.press("Control+y");
  await tasks.waitFor();
  const saved = saving(page);
  await keyboard.press("Control+s");
  await saved;
  await savedStatus(page).waitFor();

  // Back to the library, where the diagram that was open has the focus.
  await tabTo(page, page.getByRole("link", { name: "Diagrams", exact: true }), "Shift+Tab");
  await keyboard.press("Enter");
  const tile = page.getByRole("link", { name: "Untitled diagram" });
  await hasFocus(tile);
  expect(await focusMark(page)).toBe("marked");

  const renamed = saving(page);
  await keyboard.press("F2");
  await hasFocus(page.getByRole("textbox", { name: "New title of “Untitled diagram”" }));
  await keyboard.type("Order intake");
  await keyboard.press("Enter");
  await renamed;
  const renamedTile = page.getByRole("link", { name: "Order intake" });
  await hasFocus(renamedTile);

  // Open it again: the task is there, and the studio knows the new title.
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Order intake" }).waitFor();
  await tasks.waitFor();

  await tabTo(page, page.getByRole("button", { name: "Account of Ada Berg" }));
  await keyboard.press("Enter");
  await hasFocus(page.getByRole("menuitem", { name: "Account" }));
  await keyboard.press("End");
  await hasFocus(page.getByRole("menuitem", { name: "Sign out" }));
  expect(await focusMark(page)).toBe("marked");
  await keyboard.press("Enter");

  await hasFocus(page.getByLabel("E-mail address"));
  await keyboard.type(email);
  await tabTo(page, page.getByRole("textbox", { name: "Password" }));
  await keyboard.type(password);
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "Order intake" }).waitFor();
});
