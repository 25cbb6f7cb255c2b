// A person moves one shape, and that is all that changes in what is stored: not a comment, not a vendor's element, not
// a name space, whatever the editor itself makes of them. LANEWAY_TEST_LONG=1 goes through the whole corpus.
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { type Change, difference } from "./laneway-diff";
import { diagramPath, type Person, signUp, storedXml } from "./person";
import { withLaneway } from "./scenario";
import { saving } from "./studio";

const scenario = withLaneway();
const long = process.env.LANEWAY_TEST_LONG === "1";
const few = [
  "reference/C.3.0.bpmn",
  "reference/C.8.0.bpmn",
  "bpmn.io-camunda-modeler-18.6.1/C.9.0-export.bpmn",
  "sap-signavio-process-manager-19.9.0/C.1.0-export.bpmn",
  "trisotech-workflow-modeler-12.6.3/C.2.0-export.bpmn",
  "w4-bpmn-composer-v.9.4/A.4.1-export.bpmn",
  "camunda-eclipse-plugin-3.0.0/C.1.1-export.bpmn",
];

// isPlace: where a shape, a line or a label lies is all that a move may change. bpmn-js measures labels anew, and
// draws in whole pixels.
function isPlace({ op, element, path = "", before = "", after = "" }: Change): boolean {
  if (op !== "set" || !element.startsWith("#di(")) return false;
  if (path !== "#size") return /^(#position|#waypoints|BPMNLabel#(position|size))$/.test(path);
  const sizes = after.split(",").map(Number);
  return before.split(",").every((size, at) => Math.abs(Number(size) - (sizes[at] ?? 0)) < 1);
}

function files(): string[] {
  if (!long) return few;
  const root = process.env.LANEWAY_BPMN_CORPUS || resolve(import.meta.dirname, "../../../shared/bpmn-corpus");
  return readdirSync(root)
    .filter((tool) => statSync(join(root, tool)).isDirectory())
    .flatMap((tool) =>
      readdirSync(join(root, tool))
        .filter((name) => name.endsWith(".bpmn"))
        .map((name) => `${tool}/${name}`),
    );
}

// store makes a diagram of the document; null when it is refused, as files with broken ids are.
async function store(context: BrowserContext, person: Person, path: string): Promise<string | null> {
  const answer = await context.request.post("/api/diagrams", {
    params: { title: path },
    headers: { "Content-Type": "application/bpmn+xml", "Laneway-Organization": person.organizationId },
    data: corpusFile(path).buffer,
  });
  if (answer.status() === 422) return null;
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

// moveOne moves the first shape by one step of the arrow key; "" without a shape.
async function moveOne(page: Page): Promise<string> {
  const id = await page.evaluate(
    () =>
      document
        .querySelector('.djs-container .djs-shape[data-element-id]:not([data-element-id$="_label"])')
        ?.getAttribute("data-element-id") ?? "",
  );
  if (id === "") return "";
  await page.evaluate((element) => {
    location.hash = `element=${encodeURIComponent(element)}`;
  }, id);
  await page.locator(`.djs-element.selected[data-element-id="${id}"]`).waitFor();
  await page.locator(".djs-container > svg").first().focus();
  await page.keyboard.press("ArrowDown");
  return id;
}

scenario(
  "moving one shape changes the drawing of that shape and what hangs on it, and nothing else",
  async (scene) => {
    const { server, context, page, watch } = scene;
    watch.expect(/^console (error|warning)/, "vendors' files make bpmn-js complain on the console");
    const person = await signUp(context);
    await server.setPlan(person.organizationId, "enterprise");
    const faults: string[] = [];
    let moved = 0;
    const moveIn = async (path: string): Promise<void> => {
      const id = await store(context, person, path);
      if (id === null) return;
      await page.goto(diagramPath(person, id));
      const shape = page.locator(".djs-container .djs-shape[data-element-id]").first();
      const undrawable = page.getByRole("heading", { name: "This document can’t be drawn" });
      await shape.or(undrawable).first().waitFor({ state: "attached" });
      if (await undrawable.isVisible()) return;
      const before = await storedXml(context, person, id);
      const saved = saving(page);
      if ((await moveOne(page)) === "") return;
      await saved;
      const after = await storedXml(context, person, id);
      const changes = await difference(before, after);
      const strange = changes.filter((change) => !isPlace(change));
      if (changes.length === 0) faults.push(`${path}: nothing was changed`);
      for (const { op, element, path: field } of strange)
        faults.push(`${path}: ${op} ${element} ${field ?? ""}`);
      const comments = (text: string) => text.match(/<!--[\s\S]*?-->/g)?.length ?? 0;
      if (comments(before) !== comments(after)) faults.push(`${path}: comments`);
      moved += 1;
    };
    const all = files();
    for (const path of all) {
      await moveIn(path).catch((error: unknown) => faults.push(`${path}: ${String(error)}`));
    }
    process.stdout.write(`${moved} documents of ${all.length}, one shape moved in each\n`);
    expect(faults).toEqual([]);
    expect(moved).toBeGreaterThanOrEqual(few.length - 1);
  },
  { timeout: long ? 3_600_000 : 600_000 },
);
