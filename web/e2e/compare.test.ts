// Two versions beside each other: what differs is marked, listed and reached by key, and the address can be passed on.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile, fileOf } from "./corpus";
import { put, saveAll } from "./history";
import { diagramPath, signUp, storedVersion, storedXml, upload } from "./person";
import { patience, withLaneway } from "./scenario";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const first = "Activity_10i3hk7";
const text = file.buffer.toString();
const renamed = text.replace('name="Task 1"', 'name="Check order"');
const moved = renamed.replace('<omgdc:Bounds x="570" y="80"', '<omgdc:Bounds x="570" y="200"');
const added = moved
  .replace("</process>", '<task id="Activity_pay" name="Pay" /></process>')
  .replace(
    "</bpmndi:BPMNPlane>",
    '<bpmndi:BPMNShape id="Activity_pay_di" bpmnElement="Activity_pay"><omgdc:Bounds x="250" y="240" width="100" height="80" /></bpmndi:BPMNShape></bpmndi:BPMNPlane>',
  );

function entries(page: Page) {
  return page.getByRole("list", { name: "Changes", exact: true }).locator("> li");
}

function marked(page: Page, kind: string, elementId: string) {
  return page.locator(`.djs-element.laneway-mark-${kind}[data-element-id="${elementId}"]`);
}

// viewports are what the sheets show of their drawings, as far as an eye can tell.
function viewports(page: Page): Promise<string[]> {
  return page.locator("svg > g.viewport").evaluateAll((groups) =>
    groups.map((group) =>
      (group.getAttribute("transform") ?? "")
        .split(/[^\d.e-]+/)
        .map((number) => Number(number).toFixed(1))
        .join(" "),
    ),
  );
}

scenario("an address compares two versions, and keys go from change to change", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await saveAll(context, person, id, [renamed, moved, added]);

  await page.goto(`${diagramPath(person, id)}/compare?from=1&to=4`);
  await entries(page).first().waitFor();
  expect(await entries(page).count()).toBe(3);
  await entries(page).filter({ hasText: "Check order" }).getByText("Task 1").waitFor();
  await page.getByRole("list", { name: "How many of each" }).getByText("1 added").waitFor();
  await page.getByRole("list", { name: "How many of each" }).getByText("1 moved").waitFor();
  await expect.poll(() => marked(page, "changed", first).count(), { timeout: patience }).toBe(2);
  expect(await marked(page, "added", "Activity_pay").count()).toBe(1);
  expect(await marked(page, "moved", "Activity_1m3q7qr").count()).toBe(2);

  await page.keyboard.press("n");
  await page.getByText("1 of 3").waitFor();
  await page.keyboard.press("j");
  await page.getByText("2 of 3").waitFor();
  await page.keyboard.press("p");
  await page.keyboard.press("k");
  await page.getByText("3 of 3").waitFor();
  const current = entries(page).filter({ has: page.locator("[aria-current]") });
  await current.getByText("Task 3").waitFor();
  await expect.poll(() => page.locator(".djs-element.laneway-chosen").count(), { timeout: patience }).toBe(2);

  // The two sheets move as one.
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect.poll(async () => new Set(await viewports(page)).size, { timeout: patience }).toBe(1);

  await page.getByRole("checkbox", { name: /layout alone/ }).uncheck();
  await expect.poll(() => entries(page).count(), { timeout: patience }).toBe(2);

  // The other version is chosen, and the address says so.
  await page.getByLabel("with", { exact: true }).selectOption("2");
  await page.waitForURL(/compare\?from=1&to=2$/);
  await expect.poll(() => entries(page).count(), { timeout: patience }).toBe(1);
  await page.getByLabel("with", { exact: true }).selectOption("4");
  await page.waitForURL(/compare\?from=1$/);

  // The link that is passed on names both, so that it shows the same when others have saved; layout is still left out.
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("The link is copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/compare\?from=1&to=4$/);
  expect((await put(context, person, id, { bpmnXml: text, expectedVersion: 4 })).ok()).toBe(true);
  const another = await context.newPage();
  await another.goto(link);
  await expect.poll(() => entries(another).count(), { timeout: patience }).toBe(2);
  await another.close();

  await page.goto(`${diagramPath(person, id)}/compare?from=2&to=2`);
  await page.getByText("Both say the same").waitFor();
});

scenario(
  "versions of long ago can be chosen, too, and the list is there for programs",
  async ({ page, context }) => {
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    const names = Array.from({ length: 59 }, (_, at) =>
      text.replace('name="Task 1"', `name="Task 1, ${at}"`),
    );
    await saveAll(context, person, id, names);
    await page.goto(`${diagramPath(person, id)}/compare`);
    const from = page.getByLabel("Compare", { exact: true });
    await entries(page).getByText("Task 1, 57").waitFor();
    expect(await from.inputValue()).toBe("59");
    const offers = (version: number) => from.locator(`option[value="${version}"]`).count();
    expect(await offers(2)).toBe(0);
    await from.selectOption("older");
    await expect.poll(() => offers(2), { timeout: patience }).toBe(1);
    expect(await from.inputValue()).toBe("59");
    expect(await from.locator('option[value="older"]').count()).toBe(0);
    await from.selectOption("2");
    await page.waitForURL(/compare\?from=2$/);
    await entries(page).getByText("Task 1, 0").waitFor();

    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "JSON" }).click();
    const stream = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    const told = JSON.parse(Buffer.concat(chunks).toString()) as {
      from: number;
      to: number;
      changes: object[];
    };
    expect(told).toMatchObject({ from: 2, to: 60, changes: [{ op: "set", element: first, path: "@name" }] });
  },
);

scenario("a version and a file", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");

  await page.goto(`${diagramPath(person, id)}/compare?from=1`);
  await page.getByText("Both say the same").waitFor();
  await page.getByLabel("File to compare with").setInputFiles(fileOf("Mine.bpmn", added));
  await page.getByRole("region", { name: "Mine.bpmn" }).waitFor();
  await expect.poll(() => entries(page).count(), { timeout: patience }).toBe(3);
  expect(await storedVersion(context, person, id)).toBe(1);

  await page.getByLabel("File to compare with").setInputFiles(fileOf("Broken.bpmn", "<definitions"));
  await page.getByText("Broken.bpmn can’t be compared").waitFor();
  await page.getByRole("button", { name: "Compare with a version again" }).click();
  await page.getByText("Both say the same").waitFor();
});

scenario("an element is taken back, and that is undone", async ({ page, context }) => {
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await saveAll(context, person, id, [renamed, moved]);

  await page.goto(`${diagramPath(person, id)}/compare?from=1`);
  await entries(page).first().waitFor();
  await page.keyboard.press("n");
  await page.getByRole("button", { name: "Take back from version 1: Check order" }).click();
  await page.getByText("Taken back from version 1", { exact: true }).waitFor();
  await expect.poll(() => entries(page).count(), { timeout: patience }).toBe(1);
  expect(await storedXml(context, person, id)).toContain('name="Task 1"');
  expect(await storedVersion(context, person, id)).toBe(4);

  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => entries(page).count(), { timeout: patience }).toBe(2);
  expect(await storedXml(context, person, id)).toContain('name="Check order"');
  expect(await storedVersion(context, person, id)).toBe(5);
});

const third = "Activity_1m3q7qr";
const [towards, away] = ["Flow_0ec6s1g", "Flow_01pjh7d"];

// without is the document as it is when somebody has removed the third task, and with it the flows at it.
function without(): string {
  const element = (id: string, attribute: string) =>
    new RegExp(`\\s*<((?:\\w+:)?\\w+)[^>]* ${attribute}="${id}"(?:[^>]*/>|[^>]*[^/]>[^]*?</\\1>)`);
  let left = text;
  for (const id of [third, towards, away]) {
    left = left.replace(element(id, "id"), "").replace(element(id, "bpmnElement"), "");
    left = left.replaceAll(new RegExp(`\\s*<(incoming|outgoing)>${id}</\\1>`, "g"), "");
  }
  return left;
}

scenario("what can’t come back alone comes back with what it needs", async ({ page, context, watch }) => {
  watch.expect(/status of 422/, "a flow alone can’t be taken back");
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await saveAll(context, person, id, [without()]);

  await page.goto(`${diagramPath(person, id)}/compare?from=1`);
  await page.getByRole("list", { name: "How many of each" }).getByText("3 removed").waitFor();
  await expect.poll(() => marked(page, "removed", third).count(), { timeout: patience }).toBe(1);
  await entries(page).filter({ hasText: "Task 2 → Task 3" }).getByRole("button").first().click();
  await page.getByRole("button", { name: /^Take back from version 1/ }).click();
  await page.getByText("It needs Task 3.").waitFor();
  expect(await storedVersion(context, person, id)).toBe(2);
  await page.getByRole("button", { name: "Take all back" }).click();
  await page.getByText("Taken back from version 1", { exact: true }).waitFor();
  await page.getByText("Both say the same").waitFor();
  expect(await storedVersion(context, person, id)).toBe(3);
});
