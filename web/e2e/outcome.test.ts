// What Laneway is for, once from the beginning to the end.
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { organizationOfPage, password, someoneNew, storedXml } from "./person";
import { withLaneway } from "./scenario";
import { changedParts, drag, drawn, dropFiles, placeOf, savedStatus, saving } from "./studio";

const scenario = withLaneway();

scenario(
  "a new person signs up, drops a real file, moves a task, and finds it moved after a reload",
  async ({ page, context }) => {
    const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
    const task = "Activity_1eb0bmc";

    const email = someoneNew();
    await page.goto("/");
    await page.waitForURL("**/sign-in**");
    await page.getByRole("link", { name: "Sign up" }).click();
    await page.getByLabel("Your name").fill("Ada Berg");
    await page.getByLabel("Organization").fill("Harbour Works");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("textbox", { name: "Password" }).fill(password);
    await page.getByRole("button", { name: "Create account" }).click();

    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    await page.getByText("Harbour Works").waitFor();
    await dropFiles(page, [file]);
    await drawn(page, task).waitFor();
    const diagramId = page.url().split("/").at(-1) ?? "";
    const person = { organizationId: organizationOfPage(page), email };
    expect(await storedXml(context, person, diagramId)).toBe(file.buffer.toString());

    const before = await placeOf(page, task);
    const saved = saving(page);
    await drag(page, task, { x: 60, y: 140 });
    const after = await placeOf(page, task);
    expect(after.y - before.y).toBeGreaterThan(100);
    await saved;
    await savedStatus(page).waitFor();

    await page.reload();
    await drawn(page, task).waitFor();
    expect(await placeOf(page, task)).toEqual(after);

    // The task has moved and the two flows that end at it were drawn anew. Nothing else is different.
    const now = await storedXml(context, person, diagramId);
    expect(await changedParts(page, file.buffer.toString(), now)).toEqual([
      "Activity_1eb0bmc_di",
      "Flow_0ec6s1g_di",
      "Flow_0ll5ug1_di",
    ]);
  },
);
