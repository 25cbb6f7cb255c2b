// The log of an organization: it tells what was done, it can be narrowed, and it comes as a table.
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { Inspection } from "./inspection";
import { libraryPath, signUp, storedDiagrams, upload } from "./person";
import { patience, withLaneway } from "./scenario";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

scenario("who did what", async ({ page, context }) => {
  const person = await signUp(context);
  const at = { headers: { "Laneway-Organization": person.organizationId } };
  await upload(context, person, file, "Order intake");
  const [diagram] = await storedDiagrams(context, person);
  const address = `/api/diagrams/${diagram?.id}`;
  for (let version = 1; version <= 3; version++) {
    const stored = await context.request.get(`${address}/xml`, at);
    const xml = (await stored.text()).replace("</", `<!-- ${version} --></`);
    const saved = await context.request.put(address, {
      ...at,
      data: { bpmnXml: xml, expectedVersion: version },
    });
    expect(saved.status()).toBe(200);
  }
  expect((await context.request.delete(address, at)).status()).toBe(204);

  await page.goto(libraryPath(person));
  await page.getByRole("button", { name: "Organization: Harbour Works" }).click();
  await page.getByRole("menuitem", { name: "Log" }).click();
  await page.getByRole("heading", { name: "Log" }).waitFor();
  const rows = page.getByRole("list", { name: "Changes" }).getByRole("listitem");
  await rows.first().waitFor();
  const told = async () => (await rows.locator("p").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
  expect(await told()).toEqual([
    "Ada Berg moved Order intake to the trash",
    "Ada Berg saved Order intake 3 times, up to version 4",
    "Ada Berg created Order intake",
    "Ada Berg joined as admin",
    "Ada Berg founded Harbour Works",
  ]);

  await page.getByLabel("What").selectOption({ label: "Organization" });
  await expect.poll(told, { timeout: patience }).toEqual(["Ada Berg founded Harbour Works"]);
  expect(new URL(page.url()).searchParams.get("kind")).toBe("organization");
  await page.reload(); // the address holds the filter
  await expect.poll(told, { timeout: patience }).toEqual(["Ada Berg founded Harbour Works"]);
  await page.getByLabel("Until").fill("2020-01-01");
  await page.getByText("Nothing in the log fits this.").waitFor();
  await page.getByRole("button", { name: "Show everything" }).click();
  await expect.poll(async () => (await told()).length, { timeout: patience }).toBe(5);

  await page.getByLabel("Who").selectOption({ label: "Ada Berg" });
  await page.getByLabel("What").selectOption({ label: "Diagrams" });
  await expect.poll(async () => (await told()).length, { timeout: patience }).toBe(3);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const table = await context.request.get(new URL((await download).url()).href);
  const lines = (await table.text()).trimEnd().split("\r\n");
  expect(lines[0]).toBe("seq,at,kind,actorId,actorName,subjectId,subjectName,data");
  expect(lines.slice(1).map((line) => line.split(",")[2])).toEqual([
    "diagram.trashed",
    "diagram.saved",
    "diagram.saved",
    "diagram.saved",
    "diagram.created",
  ]);

  const inspection = new Inspection(page);
  await page.getByLabel("Who").selectOption({ label: "Everybody" });
  await page.getByLabel("What").selectOption({ label: "Everything" });
  await expect.poll(async () => (await told()).length, { timeout: patience }).toBe(5);
  await inspection.look("log");
  inspection.assertClean();
});
