// One's own account: tokens for programs, sessions in other browsers, and another password.
import { expect } from "vitest";
import { Inspection } from "./inspection";
import { password, signUp } from "./person";
import { newContext, withLaneway } from "./scenario";
import { Watch } from "./watch";

const scenario = withLaneway();

scenario("a token is shown once, works, and is revoked", async ({ page, context, browser, server }) => {
  const inspection = new Inspection(page);
  const person = await signUp(context);
  await page.goto(`/o/${person.organizationId}/tokens`);
  await page.getByText("You have no tokens here.").waitFor();
  await inspection.look("tokens-none");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly export to the archive");
  await dialog.getByRole("radio", { name: /^Write/ }).check();
  await inspection.look("token-new");
  await dialog.getByRole("button", { name: "Make a token" }).click();
  const token = await page
    .getByRole("textbox", { name: "Nightly export to the archive" })
    .inputValue({ timeout: 10_000 });
  expect(token).toMatch(/^lw_[0-9A-Za-z]{46}$/);
  await inspection.look("token-made");
  await page.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("list", { name: "API tokens" }).getByRole("listitem");
  await row.getByText("Write · never used · expires").waitFor();

  // A program has the token and no cookie.
  const program = await browser.newContext({ baseURL: server.address });
  try {
    const call = () =>
      program.request.post("/api/projects", {
        headers: { Authorization: `Bearer ${token}` },
        data: { name: "Made by a program" },
      });
    expect((await call()).status()).toBe(201);
    await page.reload();
    await row.getByText("Write · used").waitFor();
    expect(await page.content()).not.toContain(token);
    await inspection.look("tokens");
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("You have no tokens here.").waitFor();
    expect((await call()).status()).toBe(401);
  } finally {
    await program.close();
  }
  inspection.assertClean();
});

scenario(
  "ending another session, and another password",
  async ({ page, context, browser, server, watch: own }) => {
    own.expect(/status of 422/, "a wrong password, on purpose");
    const inspection = new Inspection(page);
    const person = await signUp(context);
    const elsewhere = await newContext(browser, server, {
      userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0",
    });
    const watch = await Watch.over(elsewhere, server.address);
    watch.expect(/status of 401/, "its sessions are ended");
    const signIn = async (word: string) => {
      const answer = await elsewhere.request.post("/api/auth/sign-in", {
        data: { email: person.email, password: word },
      });
      return answer.status();
    };
    try {
      expect(await signIn(password)).toBe(200);
      const other = await elsewhere.newPage();
      await other.goto(`/o/${person.organizationId}/account`);
      await other.getByRole("heading", { name: "Sessions" }).waitFor();

      await page.goto(`/o/${person.organizationId}/diagrams`);
      await page.getByRole("button", { name: "Account of Ada Berg" }).click();
      await page.getByRole("menuitem", { name: "Account" }).click();
      await page.getByText("Firefox on Windows").waitFor();
      await page.getByText("Chrome on Linux").waitFor();
      await inspection.look("account");
      await page.getByRole("button", { name: "End the session of Firefox on Windows" }).click();
      await page.getByText("Firefox on Windows").waitFor({ state: "detached" });
      await other.reload();
      await other.getByRole("button", { name: "Sign in" }).waitFor();

      expect(await signIn(password)).toBe(200);
      await page.getByRole("textbox", { name: "Current password" }).fill("not this one at all");
      await page.getByRole("textbox", { name: "New password" }).fill("four other unrelated words");
      await page.getByRole("button", { name: "Change password" }).click();
      await page.getByText("This is not your password.").waitFor();
      await inspection.look("account-refused");
      await page.getByRole("textbox", { name: "Current password" }).fill(password);
      await page.getByRole("button", { name: "Change password" }).click();
      await page.getByText("Your password is changed").waitFor();
      const refused = await elsewhere.request.get("/api/me");
      expect(refused.status()).toBe(401);
      expect(await signIn(password)).toBe(401);
      expect(await signIn("four other unrelated words")).toBe(200);
      // Whoever changed it goes on.
      await page.reload();
      await page.getByText("Firefox on Windows").waitFor();
      await page.getByRole("button", { name: "End all others" }).click();
      await page.getByText("Firefox on Windows").waitFor({ state: "detached" });
      watch.assertClean();
    } finally {
      await elsewhere.close();
    }
    inspection.assertClean();
  },
);
