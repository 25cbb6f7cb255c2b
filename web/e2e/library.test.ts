// The library: finding, ordering and looking after many diagrams.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile, fileOf } from "./corpus";
import { diagramPath, libraryPath, signUp, storedDiagrams, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drawn, saving } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

function tiles(page: Page) {
  return page.getByRole("list", { name: "Diagrams" }).locator("[data-diagram-id]");
}

async function titles(page: Page): Promise<string[]> {
  return page.getByRole("list", { name: "Diagrams" }).locator("[data-open]").allTextContents();
}

scenario(
  "sixty diagrams: scrolling brings the rest, sort and filter stand in the address, back leads back",
  async ({ page, context, server }) => {
    const person = await signUp(context);
    await server.setPlan(person.organizationId, "pro");
    const names = Array.from({ length: 60 }, (_, index) => `Process ${String(index + 1).padStart(2, "0")}`);
    for (const name of names) await upload(context, person, file, name);

    await page.goto(libraryPath(person));
    await tiles(page).nth(47).waitFor({ state: "attached" });
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 4000);
          return tiles(page).count();
        },
        { timeout: patience },
      )
      .toBe(60);
    expect(await titles(page)).toEqual(names.toReversed());
    await page.getByText("60 of 100 diagrams on the pro plan").waitFor();

    await page.getByRole("button", { name: "Sorted by: Last changed" }).click();
    await page.getByRole("menuitemradio", { name: "Title" }).click();
    await page.waitForURL("**/diagrams?sort=title");
    await expect.poll(async () => (await titles(page))[0], { timeout: patience }).toBe("Process 01");

    await page.keyboard.press("/");
    await page.keyboard.type("process 4");
    await page.waitForURL((url) => url.searchParams.get("q") === "process 4");
    await expect.poll(() => titles(page), { timeout: patience }).toEqual(names.slice(39, 49));
    expect(new URL(page.url()).searchParams.get("sort")).toBe("title");

    // Opened from the list and back: the same view, and the diagram has the focus.
    const clicked = performance.now();
    await page.getByRole("link", { name: "Process 44" }).click();
    await drawn(page, "Activity_1eb0bmc").waitFor();
    process.stdout.write(
      `from the click to the drawn canvas: ${Math.round(performance.now() - clicked)} ms\n`,
    );
    await page.goBack();
    await expect.poll(() => titles(page), { timeout: patience }).toEqual(names.slice(39, 49));
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent), { timeout: patience })
      .toBe("Process 44");
    expect(await page.getByLabel("Filter by title").inputValue()).toBe("process 4");

    // The address alone says it all.
    await page.reload();
    await expect.poll(() => titles(page), { timeout: patience }).toEqual(names.slice(39, 49));
    await page.getByLabel("Filter by title").press("Escape");
    await page.waitForURL((url) => !url.searchParams.has("q"));
    await page.getByLabel("Filter by title").fill("nothing like this");
    await page.getByText("No title contains “nothing like this”.").waitFor();
  },
);

scenario("rename in place, duplicate, trash with undo, restore", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(libraryPath(person));
  const stored = async () => (await storedDiagrams(context, person)).map(({ title }) => title);

  const renamed = saving(page);
  await page.getByRole("button", { name: "Actions for “Order intake”" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  const field = page.getByRole("textbox", { name: "New title of “Order intake”" });
  await field.fill("Orders <b>2026</b>");
  await field.press("Enter");
  await renamed;
  expect(await stored()).toEqual(["Orders <b>2026</b>"]);

  await page.getByRole("button", { name: "Actions for “Orders <b>2026</b>”" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await expect.poll(() => tiles(page).count(), { timeout: patience }).toBe(2);
  expect(await stored()).toHaveLength(2);

  const original = page.locator(`[data-diagram-id="${id}"]`);
  await original.getByRole("link").focus();
  await page.keyboard.press("Delete");
  await original.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await original.waitFor();
  await expect.poll(stored, { timeout: patience }).toHaveLength(2);

  await original.getByRole("link").focus();
  await page.keyboard.press("Delete");
  await original.waitFor({ state: "detached" });
  await expect.poll(stored, { timeout: patience }).toHaveLength(1);

  await page.getByRole("link", { name: "Trash" }).click();
  await page.getByRole("button", { name: "Restore “Orders <b>2026</b>”" }).click();
  await page.getByText("The trash is empty.").waitFor();
  await page.getByRole("link", { name: "To the diagrams" }).click();
  await original.waitFor();
});

scenario("a trashed diagram's address says where it is", async ({ page, context, watch }) => {
  watch.expect(/status of 404/, "a trashed diagram is not found at its address");
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await context.request.delete(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
  });
  await page.goto(diagramPath(person, id));
  await page.getByRole("heading", { name: "This diagram is in the trash" }).waitFor();
  await page.getByRole("link", { name: "To the trash" }).click();
  await page.getByRole("button", { name: "Restore “Order intake”" }).waitFor();
});

scenario("the sixth diagram on the free plan is refused in words", async ({ page, context, watch }) => {
  watch.expect(/status of 403/, "the sixth diagram is over the plan");
  const person = await signUp(context);
  for (const name of ["One", "Two", "Three", "Four", "Five"]) await upload(context, person, file, name);
  await page.goto(libraryPath(person));
  await page.getByText("5 of 5 diagrams on the free plan").waitFor();

  await page.getByRole("button", { name: "New diagram" }).click();
  const notice = page.getByRole("alert").filter({ hasText: "5" });
  await notice.waitFor();
  expect(await notice.textContent()).toContain("5 of 5 diagrams are in use on the free plan");

  await page.getByLabel("Choose files to import").setInputFiles([fileOf("Six.bpmn", file.buffer.toString())]);
  const dialog = page.getByRole("dialog", { name: "Import" });
  await dialog.getByText("The diagram was not imported.").waitFor();
  await dialog.getByText(/^5 of 5 diagrams are in use on the free plan/).waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();

  // Trash frees a place.
  await tiles(page).first().getByRole("link").focus();
  await page.keyboard.press("Delete");
  await page.getByText("4 of 5 diagrams on the free plan").waitFor();
  await page.getByRole("button", { name: "New diagram" }).click();
  await page.locator(".djs-shape[data-element-id^=StartEvent_]").waitFor();
});

scenario("grid or list, light or dark: what one chose is remembered", async ({ page, context }) => {
  const person = await signUp(context);
  await upload(context, person, file, "Order intake");
  await page.goto(libraryPath(person));
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  expect(await theme()).toBe("light");

  await page.getByRole("button", { name: "List" }).click();
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect.poll(theme, { timeout: patience }).toBe("dark");

  await page.reload();
  await page.getByRole("button", { name: "List", pressed: true }).waitFor();
  expect(await theme()).toBe("dark");
  const other = await context.newPage();
  await other.goto(libraryPath(person));
  await other.getByRole("button", { name: "List", pressed: true }).waitFor();
  expect(await other.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");

  // What another tab chooses shows here, too.
  await other.getByRole("button", { name: "Theme" }).click();
  await other.getByRole("menuitemradio", { name: "Light" }).click();
  await expect.poll(theme, { timeout: patience }).toBe("light");
});

scenario("every diagram has its picture, also after a save", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(libraryPath(person));
  const picture = page.locator(`[data-diagram-id="${id}"] img`);
  // naturalWidth is more than nothing once the browser has read the picture.
  const width = () =>
    picture.evaluate((image: HTMLImageElement) => (image.complete ? image.naturalWidth : 0));
  await expect.poll(width, { timeout: patience }).toBeGreaterThan(100);
  const first = await picture.getAttribute("src");
  expect(first).toContain("version=1");

  const other = fileOf("other.bpmn", file.buffer.toString().replaceAll("Task 1", "Task one"));
  await context.request.put(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
    data: { bpmnXml: other.buffer.toString(), expectedVersion: 1 },
  });
  await page.reload();
  await expect.poll(() => picture.getAttribute("src"), { timeout: patience }).toContain("version=2");
  await expect.poll(width, { timeout: patience }).toBeGreaterThan(100);
});
