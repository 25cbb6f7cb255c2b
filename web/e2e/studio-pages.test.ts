// The studio and its dialogs: nothing for axe to find, nothing wider than the screen.
import { expect } from "vitest";
import { corpusFile, fileOf } from "./corpus";
import { Inspection } from "./inspection";
import { diagramPath, signUp, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drag, drawn, dropFiles, keptDrafts, relabel } from "./studio";

const scenario = withLaneway();
const simple = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const rich = corpusFile("reference/C.3.0.bpmn");
const first = "Activity_10i3hk7";

scenario("the studio", async ({ page, context, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(
    /status of 4(04|09)|net::ERR_FAILED/,
    "missing diagrams and a conflict are shown here, and one page is kept from hearing of others",
  );
  const person = await signUp(context);
  const { id } = await upload(context, person, simple, "Order intake");
  const commented = await upload(context, person, rich, "Fridge repair");

  await page.goto(diagramPath(person, commented.id));
  await page.getByRole("toolbar", { name: "Palette" }).waitFor();
  await inspection.look("studio");

  await page.goto(diagramPath(person, id));
  await drawn(page, first).click();
  await page.getByRole("toolbar", { name: "Element actions" }).waitFor();
  await inspection.look("studio-selected");
  await page.getByRole("button", { name: "Minimap" }).click();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await inspection.look("studio-shortcuts");
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Picture (SVG)" }).waitFor();
  await inspection.look("studio-export");
  await page.keyboard.press("Escape");

  const text = fileOf("Other.bpmn", simple.buffer.toString());
  await dropFiles(page, [text]);
  const incoming = page.getByRole("dialog", { name: "What to do with Other.bpmn?" });
  await incoming.waitFor();
  await inspection.look("studio-dropped");
  await incoming.getByRole("button", { name: "Cancel" }).click();

  // Cut from what others do, one goes on from what one has.
  await page.route("**/api/events*", (route) => route.abort());
  await page.goto(diagramPath(person, id));
  await drawn(page, first).waitFor();
  await context.request.put(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
    data: { bpmnXml: simple.buffer.toString().replace('name="Task 1"', 'name="Theirs"'), expectedVersion: 1 },
  });
  await relabel(page, first, "Mine");
  const conflict = page.getByRole("dialog", { name: "Both changed the same things" });
  await conflict.waitFor();
  await inspection.look("studio-conflict");
  await conflict.getByRole("button", { name: "Decide later", exact: true }).click();

  const kept = await upload(context, person, simple, "Kept here");
  await page.route("**/api/diagrams/*", async (route) => {
    if (route.request().method() === "PUT") await route.abort();
    else await route.continue();
  });
  await page.goto(diagramPath(person, kept.id));
  await drawn(page, first).waitFor();
  const before = await keptDrafts(page);
  await drag(page, first, { x: 0, y: 120 });
  await expect.poll(() => keptDrafts(page), { timeout: patience }).toBe(before + 1);
  await page.reload();
  await page.getByRole("dialog", { name: "Work of yours is kept in this browser" }).waitFor();
  await inspection.look("studio-drafts");

  const foreign = simple.buffer
    .toString()
    .replace('name="Task 2">', 'name="Task 2"><cost xmlns="urn:harbour" amount="5" />');
  const partly = await upload(context, person, fileOf("f", foreign), "With foreign parts");
  await page.goto(diagramPath(person, partly.id));
  await page.getByText("can’t be shown here").waitFor();
  await inspection.look("studio-partly");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByRole("dialog", { name: "What can’t be shown" }).waitFor();
  await inspection.look("studio-warnings");

  const bare = withoutDrawing();
  const undrawn = await upload(context, person, bare, "No drawing");
  await page.goto(diagramPath(person, undrawn.id));
  await page.getByRole("heading", { name: "This document can’t be drawn" }).waitFor();
  await inspection.look("studio-undrawable");

  await context.request.delete(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
  });
  await page.goto(diagramPath(person, id));
  await page.getByRole("heading", { name: "This diagram is in the trash" }).waitFor();
  await inspection.look("studio-trashed");
  await page.goto(diagramPath(person, "01890000-0000-7000-8000-000000000000"));
  await page.getByRole("heading", { name: "There is no such diagram" }).waitFor();
  await inspection.look("studio-missing");
  inspection.assertClean();
});

// withoutDrawing is a valid document without any drawing in it.
function withoutDrawing() {
  return fileOf(
    "bare.bpmn",
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D" targetNamespace="urn:t"><process id="P"><task id="T" /></process></definitions>',
  );
}
