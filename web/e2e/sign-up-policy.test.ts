// Where nobody can make an account by themselves, no page has them try.
import { expect } from "vitest";
import { Inspection } from "./inspection";
import { withLaneway } from "./scenario";

const scenario = withLaneway({ prepare: async () => ["--sign-up", "invited"] });

scenario("by invitation only", async ({ page }) => {
  const inspection = new Inspection(page);
  const options = page.waitForResponse("**/api/auth/options");
  await page.goto("/sign-in");
  await options;
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await page.getByRole("link", { name: "Sign up" }).count()).toBe(0);
  await page.goto("/sign-up");
  await page.getByText("New accounts are made by invitation only.").waitFor();
  expect(await page.getByRole("button", { name: "Create account" }).count()).toBe(0);
  await inspection.look("sign-up-invited");
  inspection.assertClean();
});
