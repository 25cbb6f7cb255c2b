// Comparing, the history and the window of conflicts: nothing for axe to find, nothing wider than the screen.
import { corpusFile, fileOf } from "./corpus";
import { put, saveAll } from "./history";
import { Inspection } from "./inspection";
import { diagramPath, signUp, upload } from "./person";
import { withLaneway } from "./scenario";
import { drawn } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/C.1.1-export.bpmn");
const told = "The approver checks amount, supplier and order, and approves within two days.";
const text = file.buffer
  .toString()
  .replace(
    'name="Approve invoice">',
    `name="Approve invoice"><bpmn:documentation>${told}</bpmn:documentation>`,
  );
const later = text
  .replace("within two days", "within one working day; above 10,000 a second approver is needed")
  .replace('name="Prepare bank transfer"', 'name="Prepare the bank transfer"')
  .replace('<dc:Bounds x="270" y="77"', '<dc:Bounds x="270" y="37"')
  .replace("</bpmn:process>", '<bpmn:task id="Activity_new" name="Notify supplier" /></bpmn:process>')
  .replace(
    "</bpmndi:BPMNPlane>",
    '<bpmndi:BPMNShape id="Activity_new_di" bpmnElement="Activity_new"><dc:Bounds x="700" y="330" width="100" height="80" /></bpmndi:BPMNShape></bpmndi:BPMNPlane>',
  );

scenario("comparing", async ({ page, context }) => {
  const inspection = new Inspection(page);
  const person = await signUp(context);
  const { id } = await upload(context, person, fileOf("Invoice.bpmn", text), "Invoice receipt");
  await saveAll(context, person, id, [later]);
  await page.goto(`${diagramPath(person, id)}/compare?from=1`);
  await page.getByText("elements differ").waitFor();
  await page.keyboard.press("n");
  await page.locator(".djs-element.laneway-chosen").first().waitFor();
  await inspection.look("compare");
  await page.goto(`${diagramPath(person, id)}/compare?from=2&to=2`);
  await page.getByText("Both say the same").waitFor();
  await inspection.look("compare-same");
  inspection.assertClean();
});

scenario("the history", async ({ page, context }) => {
  const inspection = new Inspection(page);
  const person = await signUp(context);
  const { id } = await upload(context, person, fileOf("Invoice.bpmn", text), "Invoice receipt");
  const saves = ["A", "B", "C", "D"].map((name) => text.replace('"Approve invoice"', `"Approve ${name}"`));
  await saveAll(context, person, id, [...saves, later]);
  await page.goto(diagramPath(person, id));
  await drawn(page, "StartEvent_1").waitFor();
  await page.getByRole("button", { name: "History" }).click();
  const panel = page.getByRole("complementary", { name: "History" });
  await panel.getByRole("button", { name: /4 saves/ }).click();
  await panel.getByRole("button", { name: "Actions for version 3" }).click();
  await page.getByRole("menuitem", { name: "Restore this version" }).waitFor();
  await inspection.look("history-menu");
  await page.getByRole("menuitem", { name: "Name this version" }).click();
  await panel.getByRole("textbox", { name: "Name of the version" }).fill("Signed off by finance");
  await page.keyboard.press("Enter");
  await panel.getByRole("button", { name: /^Signed off by finance/ }).click();
  await page.getByRole("region", { name: "Version 3" }).getByText("Approve B").waitFor();
  await inspection.look("history-preview");
  await page.getByRole("button", { name: "Restore this version" }).click();
  await page.getByRole("alertdialog").waitFor();
  await inspection.look("history-restore");
  inspection.assertClean();
});

scenario("conflicts", async ({ page, context, watch }) => {
  watch.expect(/status of 409/, "the conflict that is looked at");
  const inspection = new Inspection(page);
  const person = await signUp(context);
  const { id } = await upload(context, person, fileOf("Invoice.bpmn", text), "Invoice receipt");
  const by = (who: string, days: string) =>
    text
      .replace("two days", days)
      .replace('"Approve invoice"', `"Approve (${who})"`)
      .replace('"Assign approver"', `"Assign (${who})"`)
      .replace('<dc:Bounds x="270" y="77"', `<dc:Bounds x="270" y="${days.length * 5}"`);
  await put(context, person, id, { bpmnXml: by("Ben", "a week"), expectedVersion: 1 });
  await put(context, person, id, {
    bpmnXml: by("Ada", "one working day"),
    expectedVersion: 1,
    onConflict: "merge",
  });
  await page.goto(diagramPath(person, id));
  await page.getByRole("button", { name: "Decide now" }).waitFor();
  await drawn(page, "StartEvent_1").waitFor();
  await inspection.look("conflict-notice");
  await page.getByRole("button", { name: "Decide now" }).click();
  const window = page.getByRole("dialog", { name: "Both changed the same things" });
  await window.locator(".djs-element").first().waitFor();
  await page.keyboard.press("2");
  await window.getByText("1 of 3 decided").waitFor();
  await window.getByText(/decided already/).click();
  await inspection.look("conflict-window");
  inspection.assertClean();
});
