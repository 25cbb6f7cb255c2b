// An organization is deleted and restored; what somebody without any organization can do; and a password by the
// operator's link.
import type { Locator } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { Inspection } from "./inspection";
import {
  diagramPath,
  libraryPath,
  organizationOfPage,
  password,
  signUp,
  someoneNew,
  storedXml,
  upload,
} from "./person";
import { newContext, patience, withLaneway } from "./scenario";
import { drawn, keptDrafts, saving } from "./studio";
import { Watch } from "./watch";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

async function hasFocus(target: Locator): Promise<void> {
  await target.waitFor();
  await expect
    .poll(() => target.evaluate((element) => element === document.activeElement), { timeout: patience })
    .toBe(true);
}

scenario("deleted, closed for everybody, restored", async ({ page, context, browser, server, watch }) => {
  watch.expect(/status of 404/, "what is deleted is not there");
  const inspection = new Inspection(page);
  const person = await signUp(context);
  await upload(context, person, file, "Order intake");
  const made = await context.request.post(`/api/organizations/${person.organizationId}/invitations`, {
    data: { role: "member" },
  });
  const { link } = (await made.json()) as { link: string };
  const theirs = await newContext(browser, server);
  const others = await Watch.over(theirs, server.address);
  others.expect(/status of 404/, "what is deleted is not there");
  try {
    const data = { email: someoneNew(), password, displayName: "Bo Lund", invitation: link.slice(-43) };
    expect((await theirs.request.post("/api/auth/sign-up", { data })).status()).toBe(201);
    const guest = await theirs.newPage();
    await guest.goto(libraryPath(person));
    await guest.getByRole("link", { name: "Order intake" }).waitFor();

    await page.goto(`/o/${person.organizationId}/settings`);
    await page.getByRole("button", { name: "Delete this organization" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete Harbour Works?" });
    const confirm = dialog.getByRole("button", { name: "Delete organization" });
    await dialog.getByLabel("Type “Harbour Works” to confirm").fill("Harbour works");
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel("Type “Harbour Works” to confirm").fill("Harbour Works");
    await inspection.look("organization-delete");
    await confirm.click();
    const deleted = Date.now();
    await hasFocus(page.getByRole("heading", { name: "Organization deleted" }));
    await guest.getByRole("heading", { name: "Organization deleted" }).waitFor();
    process.stdout.write(`from the deletion to the other's page: ${Date.now() - deleted} ms\n`);
    await guest.getByText("an admin can restore it").waitFor();
    expect(await guest.getByRole("button", { name: /^Restore/ }).count()).toBe(0);
    await inspection.look("organization-deleted");

    // Somebody without any organization has an account all the same.
    await page.goto("/");
    await page.getByRole("heading", { name: "You are in no organization" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    await inspection.look("no-organization");
    await page.getByLabel("Link of the invitation").fill("https://example.org");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("This is not the link of an invitation.").waitFor();
    await page.getByLabel("Link of the invitation").fill(link);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { name: "This invitation can’t be used" }).waitFor();
    await page.goto("/");
    await page.getByRole("button", { name: "Account of Ada Berg" }).click();
    await page.getByRole("menuitem", { name: "Account" }).click();
    await page.getByRole("heading", { name: "Sessions" }).waitFor();
    await page.getByText("This session, since").waitFor();
    await inspection.look("account-without-organization");

    await page.goto("/");
    await page.getByRole("button", { name: "Restore Harbour Works" }).click();
    await page.getByRole("link", { name: "Order intake" }).waitFor();
    // Whoever looks at the closed page sees that it is open again.
    await guest.getByRole("link", { name: "Order intake" }).waitFor();
    await page.goto(`/o/${person.organizationId}/log`);
    await page.getByText("restored the organization").waitFor();

    // With another organization at hand, the menu still leads to the deleted one.
    await page.getByRole("button", { name: "Organization: Harbour Works" }).click();
    await page.getByRole("menuitem", { name: "New organization" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Pilots");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    const pilots = organizationOfPage(page);
    const gone = await context.request.post(`/api/organizations/${person.organizationId}/delete`, {
      data: { name: "Harbour Works" },
    });
    expect(gone.status()).toBe(200);
    await page.goto(`/o/${pilots}/diagrams`);
    await page.getByRole("button", { name: "Organization: Pilots" }).click();
    await page.getByRole("menuitem", { name: "Harbour Works (deleted)" }).waitFor();
    await inspection.look("organization-menu-deleted");
    await page.getByRole("menuitem", { name: "Harbour Works (deleted)" }).click();
    await page.getByRole("button", { name: "Restore Harbour Works" }).click();
    await page.getByRole("link", { name: "Order intake" }).waitFor();
    await hasFocus(page.getByRole("heading", { level: 1 }));

    // The operator can do the same, and open pages hear of it.
    const admin = (...words: string[]) => server.admin("org", ...words);
    await expect(admin("delete", person.organizationId, "--name", "Harbour")).rejects.toThrow("not the name");
    await admin("delete", person.organizationId, "--name", "Harbour Works");
    await page.getByRole("heading", { name: "Organization deleted" }).waitFor();
    expect(await admin("list")).toMatch(/free .* 1 of 5 .* \d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +Harbour Works/);
    await admin("restore", person.organizationId);
    await page.getByRole("link", { name: "Order intake" }).waitFor();
    others.assertClean();
  } finally {
    await theirs.close();
  }
  inspection.assertClean();
});

scenario("what is being typed when an organization is deleted is kept", async ({ page, context, watch }) => {
  watch.expect(/status of 404/, "what is deleted is not there");
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await page.goto(diagramPath(person, id));
  await drawn(page, "Activity_1eb0bmc").dblclick();
  await page.locator(".djs-direct-editing-content").fill("Half typed");
  const at = `/api/organizations/${person.organizationId}`;
  const gone = await context.request.post(`${at}/delete`, { data: { name: "Harbour Works" } });
  expect(gone.status()).toBe(200);
  await page.getByRole("heading", { name: "Organization deleted" }).waitFor();
  await expect.poll(() => keptDrafts(page), { timeout: patience }).toBe(1);
  await page.getByRole("button", { name: "Restore Harbour Works" }).click();
  const offer = page.getByRole("dialog", { name: "Work of yours is kept in this browser" });
  const saved = saving(page);
  await offer.getByRole("button", { name: "Go on with it" }).click();
  await drawn(page, "Activity_1eb0bmc").filter({ hasText: "Half typed" }).waitFor();
  await saved;
  expect(await storedXml(context, person, id)).toContain("Half typed");
});

scenario("another password by the operator's link", async ({ page, context, server, watch }) => {
  watch.expect(/status of 40[14]/, "the session ends, and the link is used up");
  const inspection = new Inspection(page);
  const person = await signUp(context);
  await page.goto("/forgotten");
  await page.getByText("This server sends no mail.").waitFor();
  await inspection.look("forgotten-without-mail");
  const link = (await server.admin("user", "reset-password", person.email)).trim();
  expect(link.startsWith(`${server.address}/password-reset/`)).toBe(true);
  await page.goto(link);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Use at least 12 characters.").waitFor();
  await page.getByLabel("New password").fill("four other unrelated words");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("heading", { name: "Your password is changed" }).waitFor();
  await page.goto(libraryPath(person));
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByRole("textbox", { name: "Password" }).fill("four other unrelated words");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  inspection.assertClean();
});
