// Somebody is invited, joins, works, and is removed; and how the pages around that look.
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { Inspection } from "./inspection";
import {
  libraryPath,
  organizationOfPage,
  password,
  signUp,
  someoneNew,
  storedDiagrams,
  upload,
} from "./person";
import { newContext, patience, withLaneway } from "./scenario";
import { Watch } from "./watch";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

scenario("invite, join, work, removed", async ({ page, context, browser, server }) => {
  const person = await signUp(context);
  await upload(context, person, file, "Order intake");
  await page.goto(`/o/${person.organizationId}/members`);
  await page.getByRole("button", { name: "Invite" }).click();
  const invite = page.getByRole("dialog", { name: "Invite to Harbour Works" });
  await invite.getByRole("button", { name: "Make a link" }).click();
  const link = await page.getByRole("textbox", { name: "Invitation link" }).inputValue();
  expect(link.startsWith(`${server.address}/invitation/`)).toBe(true);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("list", { name: "Open invitations" }).getByText("Anybody with the link").waitFor();

  const theirs = await newContext(browser, server);
  const watch = await Watch.over(theirs, server.address);
  watch.expect(/status of 40[14]/, "nobody is signed in at first, and in the end nothing is there any more");
  try {
    const guest = await theirs.newPage();
    await guest.goto(link);
    await guest.getByRole("heading", { name: "Join Harbour Works" }).waitFor();
    await guest.getByText("Ada Berg invites you").waitFor();
    const email = someoneNew();
    await guest.getByLabel("Your name").fill("Bo Lund");
    await guest.getByLabel("E-mail address").fill(email);
    await guest.getByRole("textbox", { name: "Password" }).fill(password);
    await guest.getByRole("button", { name: "Create account and join" }).click();
    await guest.waitForURL(`**${libraryPath(person)}`);
    await guest.getByRole("link", { name: "Order intake" }).waitFor();

    // The member appears to the one who invited, without a reload, and the link is used up.
    const row = page
      .getByRole("list", { name: "Members" })
      .getByRole("listitem")
      .filter({ hasText: "Bo Lund" });
    await row.waitFor();
    await expect
      .poll(() => page.getByRole("list", { name: "Open invitations" }).count(), { timeout: patience })
      .toBe(0);
    const late = await theirs.newPage();
    await late.goto(link);
    await late.getByRole("heading", { name: "This invitation can’t be used" }).waitFor();
    await late.close();

    await guest.getByRole("button", { name: "New diagram" }).click();
    await guest.waitForURL("**/diagrams/*-*");
    await expect
      .poll(async () => (await storedDiagrams(context, person)).length, { timeout: patience })
      .toBe(2);
    await guest.goto(libraryPath(person));
    await guest.getByText("2 of 5 diagrams on the free plan").waitFor();

    // As a viewer there is nothing to make any more, at once.
    await row.getByRole("button", { name: "Role of Bo Lund: Member" }).click();
    await page.getByRole("menuitemradio", { name: "Viewer" }).click();
    await row.getByRole("button", { name: "Role of Bo Lund: Viewer" }).waitFor();
    await guest.getByRole("button", { name: "New diagram" }).waitFor({ state: "detached" });

    await row.getByRole("button", { name: "Remove Bo Lund" }).click();
    const removed = Date.now();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await guest.getByRole("heading", { name: "Page not found" }).waitFor({ timeout: 5_000 });
    process.stdout.write(`from the removal to an empty page: ${Date.now() - removed} ms\n`);
    await row.waitFor({ state: "detached" });
    const refused = await theirs.request.get("/api/diagrams", {
      headers: { "Laneway-Organization": person.organizationId },
    });
    expect(refused.status()).toBe(404);

    // The account is still there, for an organization of its own.
    await guest.goto("/");
    await guest.getByRole("heading", { name: "You are in no organization" }).waitFor();
    await guest.getByRole("textbox", { name: "Name" }).fill("Lund & Sons");
    await guest.getByRole("button", { name: "Create an organization" }).click();
    await guest.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    watch.assertClean();
  } finally {
    await theirs.close();
  }
});

scenario(
  "several organizations: another one, changing between them, renaming, leaving",
  async ({ page, context, browser, server, watch }) => {
    watch.expect(/status of 409/, "the only admin can't leave");
    const person = await signUp(context);
    await upload(context, person, file, "Order intake");
    await page.goto(libraryPath(person));
    await page.getByRole("button", { name: "Organization: Harbour Works" }).click();
    await page.getByRole("menuitem", { name: "New organization" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Pilots");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    await page.getByText("0 of 5 diagrams on the free plan").click();
    await page.getByRole("textbox", { name: "Name of the organization" }).fill("Pilots and Tugs");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("button", { name: "Organization: Pilots and Tugs" }).click();
    await page.getByRole("menuitemradio", { name: "Harbour Works" }).click();
    await page.getByRole("link", { name: "Order intake" }).waitFor();
    // What was chosen last is where one begins.
    await expect
      .poll(
        async () => {
          const me = await (await context.request.get("/api/me")).json();
          return (me as { defaultOrganizationId: string }).defaultOrganizationId;
        },
        { timeout: patience },
      )
      .toBe(person.organizationId);
    await page.goto("/");
    await page.getByRole("link", { name: "Order intake" }).waitFor();

    // The only admin stays; with a second one there, the first can leave.
    await page.getByRole("button", { name: "Organization: Harbour Works" }).click();
    await page.getByRole("menuitemradio", { name: "Pilots and Tugs" }).click();
    await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
    const pilots = organizationOfPage(page);
    await page.goto(`/o/${pilots}/settings`);
    const leave = async () => {
      await page.getByRole("button", { name: "Leave this organization" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
    };
    await leave();
    await page.getByText("You are still in Pilots and Tugs").waitFor();
    const made = await context.request.post(`/api/organizations/${pilots}/invitations`, {
      data: { role: "admin" },
    });
    const { link } = (await made.json()) as { link: string };
    const other = await newContext(browser, server);
    try {
      const invitation = link.slice(link.lastIndexOf("/") + 1);
      const data = { email: someoneNew(), password, displayName: "Bo Lund", invitation };
      expect((await other.request.post("/api/auth/sign-up", { data })).status()).toBe(201);
    } finally {
      await other.close();
    }
    await leave();
    await page.getByRole("link", { name: "Order intake" }).waitFor();
    await page.getByRole("button", { name: "Organization: Harbour Works" }).click();
    await page.getByRole("menuitem", { name: "Members" }).waitFor();
    expect(await page.getByRole("menuitemradio", { name: "Pilots and Tugs" }).count()).toBe(0);
  },
);

scenario("how they look", async ({ page, context, watch }) => {
  watch.expect(/status of 40[149]/, "nobody is signed in, and the last admin can't leave");
  const inspection = new Inspection(page);
  const person = await signUp(context, "Harbour Works and Dredging Company of the Northern Isles");
  const at = { headers: { "Laneway-Organization": person.organizationId } };
  const links: string[] = [];
  for (const [name, role] of [
    ["Bo Lund", "admin"],
    ["Friederike Charlotte von Hohenlohe-Langenburg und Waldenburg", "member"],
    ["Ilse", "viewer"],
  ] as const) {
    const made = await context.request.post(`/api/organizations/${person.organizationId}/invitations`, {
      ...at,
      data: { role },
    });
    const { link } = (await made.json()) as { link: string };
    links.push(link);
    const invitation = link.slice(link.lastIndexOf("/") + 1);
    const data = { email: someoneNew(), password, displayName: name, invitation };
    const other = await context.browser()?.newContext({ baseURL: new URL(link).origin });
    await other?.request.post("/api/auth/sign-up", { data });
    await other?.close();
  }
  const open = await context.request.post(`/api/organizations/${person.organizationId}/invitations`, {
    ...at,
    data: { role: "viewer", email: "somebody.with.a.long.name@harbour-works-and-dredging.example" },
  });
  const { link } = (await open.json()) as { link: string };

  await page.goto(`/o/${person.organizationId}/members`);
  await page.getByText("Open invitations").waitFor();
  await inspection.look("members");
  await page.getByRole("button", { name: "Role of Ilse: Viewer" }).click();
  await page.getByRole("menuitemradio", { name: /^Member/ }).waitFor();
  await inspection.look("members-role");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Remove Ilse" }).click();
  await page.getByRole("alertdialog").waitFor();
  await inspection.look("members-remove");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("dialog").waitFor();
  await inspection.look("invite");
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByRole("textbox", { name: "Invitation link" }).waitFor();
  await inspection.look("invite-link");
  await page.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: /^Organization: / }).click();
  await page.getByRole("menuitem", { name: "New organization" }).waitFor();
  await inspection.look("organization-menu");
  await page.getByRole("menuitem", { name: "New organization" }).click();
  await page.getByRole("dialog").waitFor();
  await inspection.look("organization-new");
  await page.keyboard.press("Escape");
  await page.goto(`/o/${person.organizationId}/settings`);
  await page.getByText("0 of 5 diagrams").waitFor();
  await inspection.look("organization");

  await page.goto(link);
  await page.getByRole("button", { name: /^Join as / }).waitFor();
  await inspection.look("invitation-signed-in");
  await page.getByRole("button", { name: /^Join as / }).click();
  await page.getByText("You are a member of this organization already.").waitFor();
  await context.clearCookies();
  await page.goto(link);
  await page.getByRole("button", { name: "Create account and join" }).waitFor();
  await inspection.look("invitation");
  await page.goto(links[0] ?? "");
  await page.getByRole("heading", { name: "This invitation can’t be used" }).waitFor();
  await inspection.look("invitation-used");
  inspection.assertClean();
});
