// Signing in with another service, linking and unlinking it, in a browser that goes there and comes back.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, expect } from "vitest";
import { HarbourId } from "./harbour-id";
import { Inspection } from "./inspection";
import type { LanewayServer } from "./laneway-server";
import { organizationOfPage, password } from "./person";
import { newContext, patience, withLaneway } from "./scenario";
import type { Watch } from "./watch";

let harbour: HarbourId;
const scenario = withLaneway({
  prepare: async () => {
    harbour = await HarbourId.start();
    return harbour.settings;
  },
});
afterAll(() => harbour?.stop());

// visitsHarbour lets a test's browser leave for the service.
function visitsHarbour(watch: Watch): void {
  watch.expect(new RegExp(`foreign request: ${harbour.issuer}/`), "the way to the service");
}

async function signInAs(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Continue with Harbour ID" }).click();
  await page.getByRole("link", { name, exact: true }).click();
}

// signOut ends the session when no page is left that would still ask for something in its name: a browser logs every 401.
async function signOut(page: Page): Promise<void> {
  await page.goto("about:blank");
  expect((await page.context().request.post("/api/auth/sign-out")).status()).toBe(204);
}

// endSession ends the session of a context without its knowing.
async function endSession(context: BrowserContext, browser: Browser, server: LanewayServer): Promise<void> {
  const elsewhere = await newContext(browser, server, { storageState: await context.storageState() });
  await elsewhere.request.post("/api/auth/sign-out");
  await elsewhere.close();
}

scenario("somebody new signs in, sets a password and unlinks", async ({ page, watch }) => {
  const inspection = new Inspection(page);
  visitsHarbour(watch);
  watch.expect(/status of 409/, "the only way in can't be taken away");
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Continue with Harbour ID" }).waitFor();
  await inspection.look("sign-in-providers");
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await inspection.look("sign-up-providers");
  await signInAs(page, "ada");
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await page.getByRole("button", { name: "Account of Ada Berg" }).click();
  await page.getByRole("menuitem", { name: "Account" }).click();

  await page.getByText("You have no password").waitFor();
  await page.getByRole("button", { name: "Unlink Harbour ID, ada@harbour.test" }).waitFor();
  await inspection.look("account-without-password");
  await page.getByRole("button", { name: "Unlink Harbour ID, ada@harbour.test" }).click();
  await page.getByText("This is your only way to sign in").waitFor();
  await page.getByRole("textbox", { name: "New password" }).fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByText("You have a password now").waitFor();
  await page.getByRole("textbox", { name: "Current password" }).waitFor();
  await page.getByRole("button", { name: "Unlink Harbour ID, ada@harbour.test" }).click();
  await page.getByText("Harbour ID is not linked any more").waitFor();

  // Linked again, from the page of one's account.
  await page.getByRole("button", { name: "Link Harbour ID" }).click();
  await page.getByRole("link", { name: "ada", exact: true }).click();
  await page.getByText("You can sign in with Harbour ID from now on.").waitFor();
  expect(organizationOfPage(page)).toMatch(/^[0-9a-f-]{36}$/);
  await inspection.look("account-linked");

  // Unlinked, nothing says so any more, and the focus is where its button was.
  await page.getByRole("button", { name: "Unlink Harbour ID, ada@harbour.test" }).click();
  await page.getByText("You can sign in with Harbour ID from now on.").waitFor({ state: "detached" });
  const heading = page.getByRole("heading", { name: "Sign-in with other services" });
  await expect
    .poll(() => heading.evaluate((element) => element === document.activeElement), { timeout: patience })
    .toBe(true);
  await page.getByRole("button", { name: "Link Harbour ID" }).click();
  await page.getByRole("link", { name: "ada", exact: true }).click();
  await page.getByText("You can sign in with Harbour ID from now on.").waitFor();

  // Where one wanted to go is kept on the way.
  const wanted = new URL(page.url()).pathname.replace(/account$/, "tokens");
  await signOut(page);
  await page.goto(wanted);
  await signInAs(page, "ada");
  await page.getByText("You have no tokens here.").waitFor();
  inspection.assertClean();
});

scenario("an address that has an account asks for its password", async ({ page, context, watch }) => {
  const inspection = new Inspection(page);
  visitsHarbour(watch);
  watch.expect(/status of 4(04|22)/, "a wrong password, and nothing to confirm, on purpose");
  await context.request.post("/api/auth/sign-up", {
    data: { email: "grace@harbour.test", password, displayName: "Grace Haven" },
  });
  await signOut(page);
  await page.goto("/sign-in");
  await signInAs(page, "grace");
  await page.getByRole("heading", { name: "Is this your account?" }).waitFor();
  await inspection.look("confirm-link");
  await page.getByRole("textbox", { name: "Password" }).fill("this is not the password");
  await page.getByRole("button", { name: "Link and sign in" }).click();
  await page.getByText("This is not the password of that account.").waitFor();
  await inspection.look("confirm-link-refused");
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Link and sign in" }).click();
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await page.getByRole("button", { name: "Account of Grace Haven" }).waitFor();
  await page.goto("/sign-in/link");
  await page.getByRole("heading", { name: "Nothing to confirm" }).waitFor();
  await inspection.look("confirm-link-none");

  // From now on the service is enough, and whoever's address is not verified has none here.
  await signOut(page);
  await page.goto("/sign-in");
  await signInAs(page, "grace");
  await page.getByRole("button", { name: "Account of Grace Haven" }).waitFor();
  await signOut(page);
  await page.goto("/sign-in");
  await signInAs(page, "mallory");
  await page.getByRole("button", { name: "Account of Mallory Reef" }).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await page.getByText("your account has none").waitFor();
  await inspection.look("account-without-address");
  inspection.assertClean();
});

scenario("what goes wrong is said in plain words", async ({ page, watch }) => {
  const inspection = new Inspection(page);
  visitsHarbour(watch);
  await page.goto("/sign-in");
  await signInAs(page, "nobody");
  await page.getByText("You did not agree to sign in there").waitFor();
  await inspection.look("sign-in-denied");
  await page.goto("/api/auth/oidc/sso/callback?code=x&state=y");
  await page.getByText("That took too long").waitFor();
  // A word that nobody knows is not shown, and what is no word at all is nothing.
  await page.goto("/sign-in?problem=script");
  await page.getByRole("alert").filter({ hasText: "could not be accepted" }).waitFor();
  expect(await page.getByText("script").count()).toBe(0);
  await page.goto("/sign-in?problem=%3Cscript%3E&next=5");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  // Where one wanted to go outlives a failure.
  await page.goto("/account");
  await signInAs(page, "nobody");
  await page.getByText("You did not agree to sign in there").waitFor();
  await signInAs(page, "ada");
  await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
  inspection.assertClean();
});

scenario(
  "a session that has ended goes on by the service",
  async ({ page, context, browser, server, watch }) => {
    const inspection = new Inspection(page);
    visitsHarbour(watch);
    watch.expect(/status of 40[14]/, "the session is ended, and what is here is not there for somebody else");
    await page.goto("/sign-in");
    await signInAs(page, "ada");
    await page.getByRole("button", { name: "Account of Ada Berg" }).waitFor();
    await endSession(context, browser, server);
    await page.getByRole("button", { name: "New diagram" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.waitFor();
    await inspection.look("session-ended-providers");
    const [tab] = await Promise.all([
      context.waitForEvent("page"),
      dialog.getByRole("link", { name: "Sign in with Harbour ID in another tab" }).click(),
    ]);
    await tab.getByRole("link", { name: "ada", exact: true }).click();
    await tab.getByRole("button", { name: "Account of Ada Berg" }).waitFor();
    await tab.close();
    await page.bringToFront();
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await dialog.waitFor({ state: "detached" });
    // What was interrupted goes on.
    await page.waitForURL(/\/diagrams\/[0-9a-f-]{36}$/);
    await page.getByRole("toolbar", { name: "View" }).waitFor();

    // Somebody else who signs in there is not who goes on here.
    await page.goto(page.url().replace(/\/diagrams\/.*/, "/diagrams"));
    await page.getByRole("button", { name: "Account of Ada Berg" }).waitFor();
    await endSession(context, browser, server);
    await page.getByRole("button", { name: "New diagram" }).first().click();
    await dialog.waitFor();
    const other = await context.newPage();
    await other.goto("/sign-in");
    await signInAs(other, "mallory");
    await other.getByRole("button", { name: "Account of Mallory Reef" }).waitFor();
    await other.close();
    await page.bringToFront();
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    // Nor is what was interrupted done as them.
    const theirs = (await (await context.request.get("/api/diagrams")).json()) as { data: unknown[] };
    expect(theirs.data).toEqual([]);
    inspection.assertClean();
  },
);
