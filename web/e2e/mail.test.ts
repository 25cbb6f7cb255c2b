// What goes by mail: an invitation, and a link to choose another password.
import type { Locator } from "playwright-core";
import { expect } from "vitest";
import { Inspection } from "./inspection";
import { MailServer } from "./mail-server";
import { libraryPath, password, signUp, someoneNew } from "./person";
import { newContext, patience, withLaneway } from "./scenario";

const mail = new MailServer();
const scenario = withLaneway({ mail });

async function linkTo(address: string, path: string): Promise<string> {
  const find = () => mail.letters.findLast(({ to, text }) => to === address && text.includes(`/${path}/`));
  await expect.poll(find, { timeout: patience }).toBeDefined();
  return new RegExp(`http://\\S+/${path}/[\\w-]{43}`).exec(find()?.text ?? "")?.[0] ?? "";
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

scenario(
  "an invitation by mail, and one that can't be delivered",
  async ({ page, context, browser, server }) => {
    const inspection = new Inspection(page);
    const person = await signUp(context);
    const email = someoneNew();
    await page.goto(`/o/${person.organizationId}/members`);
    const invite = async (address: string) => {
      await page.getByRole("button", { name: "Invite", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Invite to Harbour Works" });
      await dialog.getByText("A link is sent there").waitFor();
      await dialog.getByLabel("For whom (optional)").fill(address);
      await dialog.getByRole("button", { name: "Invite" }).click();
      await page.getByRole("dialog", { name: "The invitation is on its way" }).waitFor();
    };
    await invite(email);
    await inspection.look("invite-mail");
    await page.getByRole("button", { name: "Done" }).click();
    const link = await linkTo(email, "invitation");
    const theirs = await newContext(browser, server);
    try {
      const guest = await theirs.newPage();
      await guest.goto(link);
      await guest.getByText("Ada Berg invites you").waitFor();
      expect(await guest.getByLabel("E-mail address").inputValue()).toBe(email);
      await guest.getByLabel("Your name").fill("Bo Lund");
      await guest.getByRole("textbox", { name: "Password" }).fill(password);
      await guest.getByRole("button", { name: "Create account and join" }).click();
      await guest.waitForURL(`**${libraryPath(person)}`);
    } finally {
      await theirs.close();
    }
    mail.refuse("nobody@laneway.test");
    await invite("nobody@laneway.test");
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("The mail could not be sent: 550 5.1.1 nobody has this address").waitFor();
    await inspection.look("members-mail-failed");
    inspection.assertClean();
  },
);

scenario("a forgotten password", async ({ page, context, browser, server, watch }) => {
  watch.expect(/status of 40[14]/, "sessions end, links are used up, and a wrong password is tried");
  const inspection = new Inspection(page);
  const person = await signUp(context);
  await context.clearCookies();
  const elsewhere = await newContext(browser, server);
  const data = { email: person.email, password };
  expect((await elsewhere.request.post("/api/auth/sign-in", { data })).status()).toBe(200);

  await page.goto("/sign-in");
  await inspection.look("sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("link", { name: "Back to signing in" }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
  await inspection.look("forgotten");
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  expect(await hasFocus(page.getByRole("heading", { name: "Look into your mail" }))).toBe(true);
  await inspection.look("forgotten-sent");
  // Nobody is told whether there is an account.
  await page.getByRole("button", { name: "try again" }).click();
  expect(await page.getByLabel("E-mail address").inputValue()).toBe(person.email);
  await page.getByLabel("E-mail address").fill("stranger@laneway.test");
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();

  const link = await linkTo(person.email, "password-reset");
  await page.goto(link);
  await page.getByText(`For ${person.email}.`).waitFor();
  await inspection.look("password-reset");
  const next = "four other unrelated words";
  await page.getByLabel("New password").fill(next);
  // Coming back to the tab has the link looked at anew. That it fails takes away nothing that was typed.
  await page.route("**/api/auth/password-reset/*", (route) => route.fulfill({ status: 404 }), { times: 1 });
  const looked = page.waitForResponse("**/api/auth/password-reset/*");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await looked;
  await page.getByRole("button", { name: "Change password" }).click();
  const changed = page.getByRole("heading", { name: "Your password is changed" });
  await changed.waitFor();
  expect(await hasFocus(changed)).toBe(true);
  await inspection.look("password-reset-done");
  expect((await elsewhere.request.get("/api/me")).status()).toBe(401);
  await elsewhere.close();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("textbox", { name: "Password" }).fill(next);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**${libraryPath(person)}`);
  await page.goto(link);
  await page.getByRole("heading", { name: "This link can’t be used" }).waitFor();
  await inspection.look("password-reset-used");
  expect(mail.letters.some(({ to }) => to === "stranger@laneway.test")).toBe(false);
  inspection.assertClean();
});
