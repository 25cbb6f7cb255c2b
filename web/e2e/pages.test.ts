// The pages around the studio and their dialogs: nothing for axe to find, nothing wider than the screen.
import { corpusFile, hostileFile } from "./corpus";
import { Inspection } from "./inspection";
import { libraryPath, password, signUp, upload } from "./person";
import { withLaneway } from "./scenario";
import { dropFiles } from "./studio";

const scenario = withLaneway();
const simple = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

scenario("pages for everybody", async ({ page, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(/status of 401/, "the password is wrong on purpose");
  watch.expect(/status of 404/, "there is no such address, on purpose");

  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await inspection.look("sign-in");
  await page.getByLabel("E-mail address").fill("nobody@laneway.test");
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await inspection.look("sign-in-refused");

  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await inspection.look("sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("Enter your e-mail address.").waitFor();
  await inspection.look("sign-up-refused");

  await page.goto("/nothing/here");
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await inspection.look("not-found");
  await page.goto("/api/docs");
  await page.getByRole("heading").first().waitFor();
  await inspection.look("api-docs");
  await page.goto("/problems/invalid");
  await page.getByRole("heading").first().waitFor();
  await inspection.look("problem");
  inspection.assertClean();
});

scenario("the library and the trash", async ({ page, context, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(/status of 4(01|03|22)/, "files over the plan and with faults, and a session that has ended");
  const person = await signUp(context, "Harbour Works and Dredging Company of the Northern Isles");
  await page.goto(libraryPath(person));
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await inspection.look("library-empty");
  await page.goto(`/o/${person.organizationId}/trash`);
  await page.getByText("The trash is empty.").waitFor();
  await inspection.look("trash-empty");

  const trashed = await upload(context, person, simple, "Crane inspection");
  await context.request.delete(`/api/diagrams/${trashed.id}`, {
    headers: { "Laneway-Organization": person.organizationId },
  });
  await page.reload();
  await page.getByRole("button", { name: "Restore “Crane inspection”" }).waitFor();
  await inspection.look("trash");

  for (const title of [
    "Order intake",
    "Berth allocation for vessels of more than three hundred metres",
    "Pilot",
  ]) {
    await upload(context, person, simple, title);
  }
  await page.goto(libraryPath(person));
  await page.getByRole("link", { name: "Pilot" }).waitFor();
  await inspection.look("library-grid");
  await page.getByRole("button", { name: "Actions for “Pilot”" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await inspection.look("library-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Pilot" }).focus();
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "New title of “Pilot”" }).waitFor();
  await inspection.look("library-rename");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "List" }).click();
  await page.getByRole("link", { name: "Pilot" }).hover();
  await inspection.look("library-list");

  await dropFiles(page, [
    simple,
    corpusFile("genmymodel-0.47/C.1.0-export.bpmn"),
    hostileFile("180-sem-duplicate-id.bpmn"),
  ]);
  const dialog = page.getByRole("dialog", { name: "Import" });
  await dialog.getByText("1 of 3 diagrams were imported.").waitFor();
  await inspection.look("library-import");
  await dialog.getByRole("button", { name: "Repair and import" }).click();
  await dialog.getByText("2 of 3 diagrams were imported.").waitFor();
  await inspection.look("library-import-repaired");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "New diagram" }).click();
  await page.getByText("5 of 5 diagrams are in use").waitFor();
  await inspection.look("library-full");

  // Whoever is signed out elsewhere is asked for the password where they are.
  await context.clearCookies();
  await page.getByRole("button", { name: "New diagram" }).click();
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await inspection.look("session-ended");
  inspection.assertClean();
});
