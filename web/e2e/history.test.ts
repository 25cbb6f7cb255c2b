// The history beside the drawing: names, looking back, restoring and undoing that.
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { saveAll } from "./history";
import { diagramPath, signUp, storedVersion, storedXml, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drag, drawn, savedStatus, saving } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const first = "Activity_10i3hk7";
const third = "Activity_1m3q7qr";
const text = file.buffer.toString();
const renamed = text.replace('name="Task 1"', 'name="Check order"');

scenario("a version is named, restored, and the restore is undone", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await saveAll(context, person, id, [renamed]);

  await page.goto(diagramPath(person, id));
  await drawn(page, first).getByText("Check order").waitFor();
  // What is drawn but not saved yet must not be lost by a restore.
  const saved = saving(page);
  await drag(page, third, { x: 0, y: 120 });
  await page.keyboard.press("Control+Alt+Shift+h");
  const panel = page.getByRole("complementary", { name: "History" });
  await panel.getByRole("button", { name: "Actions for version 1" }).click();
  await page.getByRole("menuitem", { name: "Name this version" }).click();
  await panel.getByRole("textbox", { name: "Name of the version" }).fill("Signed off");
  await page.keyboard.press("Enter");
  await panel.getByText("Signed off").waitFor();
  await saved;
  await savedStatus(page).waitFor();

  await panel.getByRole("button", { name: /^Signed off/ }).click();
  const preview = page.getByRole("region", { name: "Version 1" });
  await preview.getByText("Task 1").waitFor();
  await preview.getByRole("button", { name: "Restore this version" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Restore" }).click();
  await page.getByText("Version 1 is restored").waitFor();
  await drawn(page, first).getByText("Task 1").waitFor();
  expect(await storedXml(context, person, id)).toBe(text);
  expect(await storedVersion(context, person, id)).toBe(4);
  await panel.getByText("Restored from version 1").waitFor();

  await page.getByRole("button", { name: "Undo" }).last().click();
  await drawn(page, first).getByText("Check order").waitFor();
  expect(await storedVersion(context, person, id)).toBe(5);
  expect(await storedXml(context, person, id)).toContain('name="Check order"');

  await panel.getByRole("checkbox", { name: "Named only" }).check();
  await expect.poll(() => panel.getByRole("listitem").count(), { timeout: patience }).toBe(1);
});

scenario("a diagram is made of an old version", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await saveAll(context, person, id, [renamed]);

  await page.goto(diagramPath(person, id));
  await drawn(page, first).waitFor();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Actions for version 1" }).click();
  await page.getByRole("menuitem", { name: "Make a diagram of it" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await drawn(page, first).getByText("Task 1").waitFor();
});

scenario("a long history is loaded as one goes back in it", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const documents = Array.from({ length: 70 }, (_, index) =>
    text.replace('name="Task 1"', `name="Task ${index}"`),
  );
  await saveAll(context, person, id, documents);

  await page.goto(diagramPath(person, id));
  await drawn(page, first).waitFor();
  await page.getByRole("button", { name: "History" }).click();
  const panel = page.getByRole("complementary", { name: "History" });
  // The saves of one stretch of work are one line; with the first page it ends at version 22.
  await panel.getByText(/Versions \d+ to 70/).waitFor();
  await panel.getByText("Versions 2 to 70").waitFor();
  await panel.getByText("Created").waitFor();
  await panel.getByRole("button", { name: /69 saves/ }).click();
  await panel.getByRole("button", { name: "Actions for version 22" }).waitFor();
});
