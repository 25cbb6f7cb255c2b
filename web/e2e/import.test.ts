// Documents come in as they are, are refused with the place of the fault, or are mended when asked for. And nothing of
// a document that came in is dropped by an edit without a word.
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile, fileOf, hostileFile } from "./corpus";
import {
  diagramPath,
  libraryPath,
  type Person,
  signUp,
  storedDiagrams,
  storedVersion,
  storedXml,
  upload,
} from "./person";
import { patience, withLaneway } from "./scenario";
import { drag, drawn, dropFiles, savedStatus, saving, status } from "./studio";

const scenario = withLaneway();
const simple = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const task = "Activity_1eb0bmc";

scenario(
  "many files at once: each is told how it fared, and what can be mended is mended when asked",
  async ({ page, context, watch }) => {
    watch.expect(/status of 422/, "two of the files are refused");
    const person = await signUp(context);
    await page.goto(libraryPath(person));
    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    await dropFiles(page, [
      simple,
      corpusFile("reference/B.1.0.bpmn"),
      corpusFile("genmymodel-0.47/C.1.0-export.bpmn"),
      hostileFile("180-sem-duplicate-id.bpmn"),
    ]);

    const dialog = page.getByRole("dialog", { name: "Import" });
    await dialog.getByText("2 of 4 diagrams were imported.").waitFor();
    const row = (name: string) => dialog.getByRole("listitem").filter({ has: page.getByText(name) });
    await row("C.1.0-export.bpmn")
      .getByText(/^Line 97, column \d+: /)
      .waitFor();
    await row("180-sem-duplicate-id.bpmn")
      .getByText(/^Line \d+.*id/)
      .waitFor();
    expect(await storedDiagrams(context, person)).toHaveLength(2);

    await dialog.getByRole("button", { name: "Repair and import" }).click();
    await dialog.getByText("3 of 4 diagrams were imported.").waitFor();
    await row("180-sem-duplicate-id.bpmn").getByText("One repair:").waitFor();
    // What can't be mended is not offered again.
    expect(await dialog.getByRole("button", { name: "Repair and import" }).count()).toBe(0);
    const mended = (await storedDiagrams(context, person)).find(({ title }) => title.startsWith("180"));
    const ids = (await storedXml(context, person, mended?.id ?? "")).match(/<bpmn:task id="[^"]+"/g);
    expect(new Set(ids).size).toBe(2);

    await row("180-sem-duplicate-id.bpmn").getByRole("link", { name: "Open" }).click();
    await page.locator(".djs-container .djs-shape").first().waitFor();
  },
);

scenario("a single malformed file says where its fault is", async ({ page, context, watch }) => {
  watch.expect(/status of 422/, "the file is refused");
  const person = await signUp(context);
  await page.goto(libraryPath(person));
  const broken = simple.buffer.toString().replace('name="Task 2">', 'name="Task 2" name="again">');
  await page.getByLabel("Choose files to import").setInputFiles([fileOf("Broken.bpmn", broken)]);
  const dialog = page.getByRole("dialog", { name: "Import" });
  await dialog.getByText(/^Line 12, column \d+: /).waitFor();
  await dialog.getByText("The diagram was not imported.").waitFor();
});

scenario(
  "pasted text becomes a diagram",
  async ({ page, context }) => {
    const person = await signUp(context);
    await page.goto(libraryPath(person));
    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    const text = simple.buffer.toString();
    await page.evaluate((xml) => navigator.clipboard.writeText(xml), text);
    await page.keyboard.press("Control+v");
    await drawn(page, task).waitFor();
    await page.getByRole("button", { name: "Pasted diagram" }).waitFor();
    const id = page.url().split("/").at(-1) ?? "";
    expect(await storedXml(context, person, id)).toBe(text);
  },
  { permissions: ["clipboard-read", "clipboard-write"] },
);

const foreign = fileOf(
  "With foreign parts.bpmn",
  simple.buffer
    .toString()
    .replace("<process ", "<!-- agreed with the harbour master -->\n  <process ")
    .replace(
      '<task id="Activity_1eb0bmc" name="Task 2">',
      '<task id="Activity_1eb0bmc" name="Task 2" note:rank="7" xmlns:note="urn:harbour">\n      <note:cost amount="5" />',
    ),
);

// startEditing opens a diagram. Where the editor cannot read all of it, it says so and is told to go on.
async function startEditing(page: Page, person: Person, id: string): Promise<void> {
  await page.goto(diagramPath(person, id));
  await page.getByText("can’t be read by the editor").waitFor();
  await page.getByRole("button", { name: "Show" }).click();
  const list = page.getByRole("dialog", { name: "What the editor can’t read" });
  await list.getByText("note:cost").first().waitFor();
  await list.getByRole("button", { name: "Edit anyway" }).click();
  await page.getByRole("toolbar", { name: "Palette" }).waitFor();
}

async function uploadForeign(context: BrowserContext): Promise<{ person: Person; id: string }> {
  const person = await signUp(context);
  const { id } = await upload(context, person, foreign, "With foreign parts");
  return { person, id };
}

scenario(
  "what the editor would drop is listed first; declining leaves the stored document as it is",
  async ({ page, context, watch }) => {
    watch.expect(/status of 422/, "the server asks for consent");
    const { person, id } = await uploadForeign(context);
    await startEditing(page, person, id);

    await drag(page, task, { x: 0, y: 140 });
    const dialog = page.getByRole("dialog", { name: "The editor can’t keep everything" });
    await dialog.getByText(/comment/i).waitFor();
    await dialog.getByText(/cost/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await status(page).filter({ hasText: "Needs your consent" }).waitFor();
    // More work changes nothing about it.
    await drag(page, "Activity_1m3q7qr", { x: 0, y: 140 });
    await page.keyboard.press("Control+s");
    await status(page).filter({ hasText: "Needs your consent" }).waitFor();
    expect(await storedXml(context, person, id)).toBe(foreign.buffer.toString());
    expect(await storedVersion(context, person, id)).toBe(1);

    // The work itself finds its way as a copy.
    await page.getByRole("button", { name: "Needs your consent" }).click();
    await dialog.getByRole("button", { name: "Save mine as a copy" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await drawn(page, task).waitFor();
    expect(await storedXml(context, person, id)).toBe(foreign.buffer.toString());
  },
);

scenario("after consent it is saved, and asked only once", async ({ page, context, watch }) => {
  watch.expect(/status of 422/, "the server asks for consent");
  const { person, id } = await uploadForeign(context);
  await startEditing(page, person, id);

  await drag(page, task, { x: 0, y: 140 });
  const dialog = page.getByRole("dialog", { name: "The editor can’t keep everything" });
  await dialog.waitFor();
  const saved = saving(page);
  await dialog.getByRole("button", { name: "Save and remove them" }).click();
  await saved;
  await savedStatus(page).waitFor();
  expect(await storedXml(context, person, id)).not.toContain("harbour master");

  const again = saving(page);
  await drag(page, "Activity_1m3q7qr", { x: 0, y: 140 });
  await again;
  await savedStatus(page).waitFor();
  expect(await storedVersion(context, person, id)).toBe(3);
});

scenario("a real document with a comment asks before it goes", async ({ page, context, watch }) => {
  watch.expect(/status of 422/, "the server asks for consent");
  const person = await signUp(context);
  const file = corpusFile("reference/C.3.0.bpmn");
  const { id } = await upload(context, person, file, "C.3.0");
  await page.goto(diagramPath(person, id));
  const shape = page.locator(".djs-container .djs-shape[data-element-id]").first();
  await shape.waitFor();
  const anyway = page.getByRole("button", { name: "Edit anyway" });
  const palette = page.getByRole("toolbar", { name: "Palette" });
  await anyway.or(palette).first().waitFor();
  if (await anyway.isVisible()) await anyway.click();
  await palette.waitFor();

  // Any command will do.
  await page.locator(".djs-container > svg").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("ArrowDown");
  const dialog = page.getByRole("dialog", { name: "The editor can’t keep everything" });
  await dialog
    .getByText(/comment/i)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => storedVersion(context, person, id), { timeout: patience }).toBe(1);
  expect(await storedXml(context, person, id)).toBe(file.buffer.toString());
});
