// An Inspection looks at one page after the other, in light and dark and on a small screen, and tells in the end what
// was wrong with all of them. With LANEWAY_SCREENS=1 each is also painted into e2e/out/screens at three widths, to be
// looked at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { outFolder } from "./scenario";

const screens = join(outFolder, "screens");
const painted = process.env.LANEWAY_SCREENS === "1";
const wide = { width: 1440, height: 900 };
const medium = { width: 1024, height: 768 };
const narrow = { width: 390, height: 844 };

export class Inspection {
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
      // The themes differ in their colours only.
      const rules = theme === "dark" ? "colours" : "all";
      this.#findings.push(...(await violations(page, `${name}, ${theme}`, rules)));
      if (painted) await paint(page, name, theme);
    }
    await page.setViewportSize(narrow);
    // A narrow page is laid out differently, in the same colours.
    this.#findings.push(...(await violations(page, `${name}, narrow`, "all-but-colours")));
    const excess = await overflow(page);
    if (excess > 0) this.#findings.push(`${name} is ${excess} px wider than a screen of ${narrow.width} px`);
    await page.setViewportSize(wide);
  }

  assertClean(): void {
    if (this.#findings.length > 0) throw new Error(this.#findings.join("\n\n"));
  }
}

type Rules = "all" | "colours" | "all-but-colours";

// violations are what axe finds. Its rule of colours is by far the slowest.
async function violations(page: Page, where: string, rules: Rules): Promise<string[]> {
  // Our pages have no frames, so axe needs no window of its own to gather what it finds ("legacy mode"), and what is
  // right need not be told.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  if (rules === "colours") axe.withRules("color-contrast");
  if (rules === "all-but-colours") axe.disableRules("color-contrast");
  const { violations } = await axe.analyze();
  const findings: string[] = [];
  for (const { id, nodes } of violations) {
    for (const { target, failureSummary } of nodes) {
      const place = target.join(" ");
      if (id === "region" && (await isInMenu(page, place))) continue;
      findings.push(`${where}: ${id}: ${place}: ${failureSummary}`);
    }
  }
  return findings;
}

// An open menu lies in a layer over the page and has the focus: nobody has to find it by a landmark.
function isInMenu(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate(
      (element) =>
        element.closest("[role=menu]") !== null ||
        (element.matches("[data-radix-popper-content-wrapper]") &&
          element.querySelector("[role=menu]") !== null),
    );
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
