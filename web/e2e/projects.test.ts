// Projects: made, filled, moved between, described, archived and brought back; and how the pages around that look.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { Inspection } from "./inspection";
import { libraryPath, signUp, storedDiagrams, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { dropFiles } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

function rail(page: Page) {
  return page.getByRole("navigation", { name: "Projects" });
}

async function newProject(page: Page, name: string, description = ""): Promise<void> {
  await rail(page).getByRole("button", { name: "New project" }).click();
  const dialog = page.getByRole("dialog", { name: "New project" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Description (optional)").fill(description);
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

async function titles(page: Page): Promise<string[]> {
  return page.getByRole("list", { name: "Diagrams" }).locator("[data-open]").allTextContents();
}

scenario("create, fill, move, rename, archive and bring back", async ({ page, context, server }) => {
  const person = await signUp(context);
  await server.setPlan(person.organizationId, "pro");
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(libraryPath(person));
  await page.getByRole("link", { name: "Order intake" }).waitFor();
  await newProject(page, "Sales", "Everything from the first call\nto the invoice.");
  await page.waitForURL(/project=/);
  const sales = page.url();
  await page.getByText("No diagrams yet").waitFor();

  // What is made here belongs here: a blank sheet, and files.
  await page.getByRole("button", { name: "New diagram" }).first().click();
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Sales" }).click();
  await page.getByRole("link", { name: "Untitled diagram" }).waitFor();
  await dropFiles(page, [file, { ...file, name: "Berths.bpmn" }]);
  const imported = page.getByRole("dialog", { name: "Import" });
  await imported.getByText("All 2 diagrams were imported.").waitFor();
  await imported.getByRole("button", { name: "Close" }).last().click();
  await expect.poll(async () => (await titles(page)).length, { timeout: patience }).toBe(3);
  await rail(page).getByRole("button", { name: "Sales 3 diagrams" }).waitFor();

  // The other one stands among all of them, and is moved in by its menu.
  await rail(page).getByRole("button", { name: "All diagrams" }).click();
  await expect.poll(async () => (await titles(page)).length, { timeout: patience }).toBe(4);
  await page.getByRole("button", { name: "Actions for “Order intake”" }).click();
  await page.getByRole("menuitem", { name: "Move to project" }).click();
  const move = page.getByRole("dialog", { name: "Move “Order intake”" });
  await move.getByRole("radio", { name: "Sales" }).check();
  await move.getByRole("button", { name: "Move" }).click();
  await rail(page).getByRole("button", { name: "Sales 4 diagrams" }).click();
  await page.getByRole("link", { name: "Order intake" }).waitFor();
  expect(page.url()).toBe(sales);
  // Another project is a place that one goes back from.
  await page.goBack();
  await page.getByRole("heading", { name: "Diagrams", level: 1 }).waitFor();
  await page.goForward();

  await page.getByRole("button", { name: "Actions for the project “Sales”" }).click();
  await page.getByRole("menuitem", { name: "Rename and describe" }).click();
  const edit = page.getByRole("dialog", { name: "Change “Sales”" });
  expect(await edit.getByLabel("Description (optional)").inputValue()).toContain("to the invoice.");
  await edit.getByLabel("Name").fill("Sales and orders");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Sales and orders", level: 1 }).waitFor();
  await rail(page).getByRole("button", { name: "Sales and orders 4 diagrams" }).waitFor();

  await page.getByRole("button", { name: "Actions for the project “Sales and orders”" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Archive" }).click();
  await page.getByText("This project is archived.").waitFor();
  expect(await page.getByRole("button", { name: "New diagram" }).count()).toBe(0);
  await expect
    .poll(
      () =>
        rail(page)
          .getByRole("button", { name: /^Sales and orders/ })
          .count(),
      { timeout: patience },
    )
    .toBe(0);
  // Out of an archived project one may move.
  await page.getByRole("button", { name: "Actions for “Order intake”" }).click();
  await page.getByRole("menuitem", { name: "Move to project" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "No project" }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
  await page.getByRole("link", { name: "Order intake" }).waitFor({ state: "detached" });

  await rail(page).getByRole("button", { name: "Archived projects" }).click();
  await page.getByRole("button", { name: "Bring back “Sales and orders”" }).click();
  await page.getByText("No project is archived.").waitFor();
  await page.keyboard.press("Escape");
  await rail(page).getByRole("button", { name: "Sales and orders 3 diagrams" }).waitFor();
  const stored = await storedDiagrams(context, person);
  expect(stored.find((diagram) => diagram.id === id)?.version).toBe(3);
});

scenario("how they look", async ({ page, context, watch }) => {
  watch.expect(/status of 404/, "there is no such project, on purpose");
  const inspection = new Inspection(page);
  const person = await signUp(context);
  await page.goto(libraryPath(person));
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await inspection.look("projects-none");
  await newProject(
    page,
    "Berth allocation for vessels of more than three hundred metres",
    "Planned weekly.\n\nAsk Ilse.",
  );
  await newProject(page, "Sales", "Everything from the first call to the invoice.");
  await upload(context, person, file, "Order intake");
  await page.reload();
  await page.getByRole("heading", { name: "Sales", level: 1 }).waitFor();
  await inspection.look("project-empty");
  await rail(page).getByRole("button", { name: "All diagrams" }).click();
  await page.getByRole("button", { name: "Actions for “Order intake”" }).click();
  await page.getByRole("menuitem", { name: "Move to project" }).waitFor();
  await inspection.look("project-item-menu");
  // In a window of another size the menu has closed.
  await page.getByRole("button", { name: "Actions for “Order intake”" }).click();
  await page.getByRole("menuitem", { name: "Move to project" }).click();
  await page.getByRole("radio", { name: "Sales" }).check();
  await inspection.look("project-move");
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
  await rail(page).getByRole("button", { name: "Sales 1 diagram" }).click();
  await page.getByRole("link", { name: "Order intake" }).waitFor();
  await inspection.look("project");
  await page.getByRole("button", { name: "Actions for the project “Sales”" }).click();
  await page.getByRole("menuitem", { name: "Rename and describe" }).click();
  await page.getByRole("dialog").waitFor();
  await inspection.look("project-edit");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Order intake" }).click();
  await page.getByRole("toolbar", { name: "View" }).waitFor();
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Sales" }).waitFor();
  await inspection.look("project-studio");
  await page.goBack();
  await page.getByRole("button", { name: "Actions for the project “Sales”" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await page.getByRole("alertdialog").waitFor();
  await inspection.look("project-archive");
  await page.getByRole("alertdialog").getByRole("button", { name: "Archive" }).click();
  await page.getByText("This project is archived.").waitFor();
  await inspection.look("project-archived");
  await rail(page).getByRole("button", { name: "Archived projects" }).click();
  await page.getByRole("button", { name: "Bring back “Sales”" }).waitFor();
  await inspection.look("projects-archived");
  await page.goto(`${libraryPath(person)}?project=018f0000-0000-7000-8000-000000000000`);
  await page.getByRole("heading", { name: "There is no such project" }).waitFor();
  await inspection.look("project-missing");
  inspection.assertClean();
});
