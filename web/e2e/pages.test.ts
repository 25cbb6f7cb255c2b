// Every page and dialog, seen by axe in light and dark and on a small screen. With LANEWAY_SCREENS=1 each is also
// painted into e2e/out/screens at three widths, to be looked at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { corpusFile, fileOf, hostileFile } from "./corpus";
import { diagramPath, libraryPath, password, signUp, upload } from "./person";
import { outFolder, withLaneway } from "./scenario";
import { drag, drawn, dropFiles } from "./studio";

const scenario = withLaneway();
const simple = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const rich = corpusFile("reference/C.3.0.bpmn");
const first = "Activity_10i3hk7";

const screens = join(outFolder, "screens");
const painted = process.env.LANEWAY_SCREENS === "1";
const wide = { width: 1440, height: 900 };
const medium = { width: 1024, height: 768 };
const narrow = { width: 390, height: 844 };

// An Inspection looks at one page after the other, and tells in the end what was wrong with all of them.
class Inspection {
  readonly #page: Page;
  readonly #findings: string[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  // look inspects what the page shows now.
  async look(name: string): Promise<void> {
    const page = this.#page;
    for (const theme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      this.#findings.push(...(await violations(page, `${name}, ${theme}`)));
      if (painted) await paint(page, name, theme);
    }
    await page.setViewportSize(narrow);
    this.#findings.push(...(await violations(page, `${name}, narrow`)));
    const excess = await overflow(page);
    if (excess > 0) this.#findings.push(`${name} is ${excess} px wider than a screen of ${narrow.width} px`);
    await page.setViewportSize(wide);
  }

  assertClean(): void {
    if (this.#findings.length > 0) throw new Error(this.#findings.join("\n\n"));
  }
}

async function violations(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => {
    const counted = nodes.filter(({ target }) => !(id === "region" && isMenuLayer(target.join(" "))));
    if (counted.length === 0) return [];
    const places = counted.slice(0, 4).map((node) => `  ${node.target.join(" ")}: ${node.failureSummary}`);
    return `${where}: ${id}\n${places.join("\n")}`;
  });
}

// An open menu lies in a layer over the page and has the focus: nobody has to find it by a landmark.
function isMenuLayer(target: string): boolean {
  return target === 'div[data-radix-popper-content-wrapper=""]';
}

async function paint(page: Page, name: string, theme: string): Promise<void> {
  mkdirSync(screens, { recursive: true });
  for (const size of [medium, narrow, wide]) {
    await page.setViewportSize(size);
    await page.screenshot({
      path: join(screens, `${name}-${size.width}-${theme}.png`),
      animations: "disabled",
    });
  }
}

// overflow is by how much the page can be scrolled sideways.
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

scenario("pages for everybody", async ({ page, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(/status of 401/, "the password is wrong on purpose");
  watch.expect(/status of 404/, "there is no such address, on purpose");

  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await inspection.look("sign-in");
  await page.getByLabel("E-mail address").fill("nobody@laneway.test");
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await inspection.look("sign-in-refused");

  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await inspection.look("sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("Enter your e-mail address.").waitFor();
  await inspection.look("sign-up-refused");

  await page.goto("/nothing/here");
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await inspection.look("not-found");
  await page.goto("/api/docs");
  await page.getByRole("heading").first().waitFor();
  await inspection.look("api-docs");
  await page.goto("/problems/invalid");
  await page.getByRole("heading").first().waitFor();
  await inspection.look("problem");
  inspection.assertClean();
});

scenario("the library and the trash", async ({ page, context, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(/status of 4(01|03|22)/, "files over the plan and with faults, and a session that has ended");
  const person = await signUp(context, "Harbour Works and Dredging Company of the Northern Isles");
  await page.goto(libraryPath(person));
  await page.getByRole("heading", { name: "No diagrams yet" }).waitFor();
  await inspection.look("library-empty");
  await page.goto(`/o/${person.organizationId}/trash`);
  await page.getByText("The trash is empty.").waitFor();
  await inspection.look("trash-empty");

  const trashed = await upload(context, person, simple, "Crane inspection");
  await context.request.delete(`/api/diagrams/${trashed.id}`, {
    headers: { "Laneway-Organization": person.organizationId },
  });
  await page.reload();
  await page.getByRole("button", { name: "Restore “Crane inspection”" }).waitFor();
  await inspection.look("trash");

  for (const title of [
    "Order intake",
    "Berth allocation for vessels of more than three hundred metres",
    "Pilot",
  ]) {
    await upload(context, person, simple, title);
  }
  await page.goto(libraryPath(person));
  await page.getByRole("link", { name: "Pilot" }).waitFor();
  await inspection.look("library-grid");
  await page.getByRole("button", { name: "Actions for “Pilot”" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await inspection.look("library-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Pilot" }).focus();
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "New title of “Pilot”" }).waitFor();
  await inspection.look("library-rename");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "List" }).click();
  await page.getByRole("link", { name: "Pilot" }).hover();
  await inspection.look("library-list");

  await dropFiles(page, [
    simple,
    corpusFile("genmymodel-0.47/C.1.0-export.bpmn"),
    hostileFile("180-sem-duplicate-id.bpmn"),
  ]);
  const dialog = page.getByRole("dialog", { name: "Import" });
  await dialog.getByText("1 of 3 diagrams were imported.").waitFor();
  await inspection.look("library-import");
  await dialog.getByRole("button", { name: "Repair and import" }).click();
  await dialog.getByText("2 of 3 diagrams were imported.").waitFor();
  await inspection.look("library-import-repaired");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "New diagram" }).click();
  await page.getByText("5 of 5 diagrams are in use").waitFor();
  await inspection.look("library-full");

  // Whoever is signed out elsewhere is asked for the password where they are.
  await context.clearCookies();
  await page.getByRole("button", { name: "New diagram" }).click();
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await inspection.look("session-ended");
  inspection.assertClean();
});

scenario("the studio", async ({ page, context, watch }) => {
  const inspection = new Inspection(page);
  watch.expect(
    /status of 4(04|09|22)/,
    "missing diagrams, a conflict and a question for consent are shown here",
  );
  const person = await signUp(context);
  const { id } = await upload(context, person, simple, "Order intake");
  const commented = await upload(context, person, rich, "Fridge repair");

  await page.goto(diagramPath(person, commented.id));
  await page.getByRole("toolbar", { name: "Palette" }).waitFor();
  await inspection.look("studio");
  await page.locator(".djs-container > svg").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("ArrowDown");
  const consent = page.getByRole("dialog", { name: "The editor can’t keep everything" });
  await consent.waitFor();
  await inspection.look("studio-consent");

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

  await context.request.put(`/api/diagrams/${id}`, {
    headers: { "Laneway-Organization": person.organizationId },
    data: { title: "Order intake 2", expectedVersion: 1 },
  });
  await drag(page, first, { x: 0, y: 120 });
  const conflict = page.getByRole("dialog", { name: "Somebody saved meanwhile" });
  await conflict.waitFor();
  await inspection.look("studio-conflict");
  await conflict.getByRole("button", { name: "Load theirs" }).click();
  await page.getByRole("dialog", { name: "Work of yours is kept in this browser" }).waitFor();
  await inspection.look("studio-drafts");

  const foreign = simple.buffer
    .toString()
    .replace('name="Task 2">', 'name="Task 2"><cost xmlns="urn:harbour" amount="5" />');
  const partly = await upload(context, person, fileOf("f", foreign), "With foreign parts");
  await page.goto(diagramPath(person, partly.id));
  await page.getByRole("button", { name: "Edit anyway" }).waitFor();
  await inspection.look("studio-read-only");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("dialog", { name: "What the editor can’t read" }).waitFor();
  await inspection.look("studio-warnings");

  const bare = withoutDrawing();
  const undrawn = await upload(context, person, bare, "No drawing");
  await page.goto(diagramPath(person, undrawn.id));
  await page.getByRole("heading", { name: "No drawing can’t be drawn" }).waitFor();
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
