import { expect } from "vitest";
import { corpusFile, fileOf, hostileFile } from "./corpus";
import { diagramPath, libraryPath, signUp, storedDiagrams, storedXml, upload } from "./person";
import { withLaneway } from "./scenario";
import { drag, drawn, dropFiles, savedStatus, saving } from "./studio";

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

scenario(
  "what the editor can’t show is said, and stays as it is when one edits",
  async ({ page, context }) => {
    const person = await signUp(context);
    const { id } = await upload(context, person, foreign, "With foreign parts");
    await page.goto(diagramPath(person, id));
    await page.getByText("can’t be shown here").waitFor();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    const list = page.getByRole("dialog", { name: "What can’t be shown" });
    await list.getByText("note:cost").first().waitFor();
    await list.getByRole("button", { name: "Close" }).last().click();

    const saved = saving(page);
    await drag(page, task, { x: 0, y: 140 });
    await saved;
    await savedStatus(page).waitFor();
    const stored = await storedXml(context, person, id);
    expect(stored).toContain("<!-- agreed with the harbour master -->");
    expect(stored).toContain('note:rank="7" xmlns:note="urn:harbour"');
    expect(stored).toContain('<note:cost amount="5" />');
  },
);
