// A person moves one shape, and that is all that changes in what is stored: no other shape, not a comment, not a
// vendor's element, not a name space, whatever the editor itself makes of them; around the drawing of that shape and of
// the lines at it not a byte. LANEWAY_TEST_LONG=1 goes through the whole corpus.
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

// Subject is the shape that is moved, and what hangs on it: the lines that end at it, and those of its data. ends are
// the shapes at their other ends.
type Subject = { id: string; lines: ReadonlySet<string>; ends: ReadonlySet<string> };

const label = /^BPMNLabel#(position|size)$/;

// mayChange: a move changes the place of the shape, of its own label, and the course of the lines that end at it with
// their labels. bpmn-js measures labels anew, draws in whole pixels, moves a label out of the way of a line that was
// led anew, and lets a shape be in the lane that it is drawn in. No other shape moves.
function mayChange({ op, element, path = "", before = "", after = "" }: Change, subject: Subject): boolean {
  const { id, lines, ends } = subject;
  if (op !== "set") return false;
  if (element === id) return path.startsWith("#lane(");
  const drawn = /^#di\(([^)@]*)\)$/.exec(element)?.[1] ?? "";
  if (lines.has(drawn)) return path === "#waypoints" || label.test(path);
  if (drawn !== id) return ends.has(drawn) && label.test(path);
  if (path === "#size") return near(before, after, 0, 0);
  return path === "#position" || label.test(path);
}

// near: two numbers are others by that much, give or take what whole pixels make of them.
function near(before: string, after: string, ...by: readonly number[]): boolean {
  const [was, is] = [before, after].map((value) => value.split(",").map(Number));
  return by.every((much, at) => Math.abs((is?.[at] ?? Number.NaN) - (was?.[at] ?? Number.NaN) - much) < 1);
}

// rest is a document without what may change, and without the prefixes that a first label needs.
function rest(text: string, { id, lines, ends }: Subject): string {
  const labels = elements("BPMNLabel", "");
  return text
    .replace(elements("BPMN(?:Shape|Edge)", `bpmnElement=["'](?:[\\w.-]+:)?${oneOf([id, ...lines])}["']`), "")
    .replace(elements("BPMNShape", `bpmnElement=["'](?:[\\w.-]+:)?${oneOf([...ends])}["']`), (shape) =>
      shape.replace(labels, ""),
    )
    .replace(
      new RegExp(`\\s*<((?:[\\w.-]+:)?flowNodeRef)>\\s*(?:[\\w.-]+:)?${oneOf([id])}\\s*</\\1>`, "g"),
      "",
    )
    .replace(/ xmlns:[\w.-]+="http:\/\/www\.omg\.org\/spec\/DD\/20100524\/D[IC]"/g, "")
    .replace(/<((?:[\w.-]+:)?lane)\b([^>]*[^/>])>\s*<\/\1>/g, "<$1$2/>");
}

// firstDifference shows where two texts begin to differ; null where they don't.
function firstDifference(before: string, after: string): string | null {
  if (before === after) return null;
  let at = 0;
  while (before[at] === after[at]) at += 1;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `${around(before)} → ${around(after)}`;
}

// elements matches whole elements with that name, of whatever prefix, and with that attribute.
function elements(name: string, attribute: string): RegExp {
  const has = attribute === "" ? "" : `[^>]*\\b${attribute}`;
  return new RegExp(`\\s*<((?:[\\w.-]+:)?${name})\\b${has}(?:[^>]*/>|[^>]*>[^]*?</\\1\\s*>)`, "g");
}

function oneOf(ids: readonly string[]): string {
  return `(?:${ids.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "(?!)"})`;
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

// subjectOf finds a shape that moves alone: nothing lies in it, and nothing is attached to it. Null without one.
function subjectOf(
  page: Page,
  text: string,
): Promise<{ id: string; lines: string[]; ends: string[] } | null> {
  return page.evaluate((xml) => {
    const model = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    const all = [
      ...new DOMParser().parseFromString(xml, "application/xml").getElementsByTagNameNS(model, "*"),
    ];
    const local = (name: string | null) => name?.trim().replace(/^.*:/, "") ?? "";
    const attached = new Set(all.map((one) => local(one.getAttribute("attachedToRef"))));
    const alone =
      /^(\w*[tT]ask|callActivity|(start|end|intermediate\w+)Event|\w+Gateway|data\w+Reference|textAnnotation)$/;
    const shapes = document.querySelectorAll(
      '.djs-container .djs-shape[data-element-id]:not([data-element-id$="_label"])',
    );
    // What lies in a collapsed sub-process is there, but not to be seen.
    const seen = [...shapes].filter((one) => one.getBoundingClientRect().width > 0);
    const drawn = seen.map((one) => one.getAttribute("data-element-id") ?? "");
    const moved = drawn.find((id) => {
      const element = all.find((one) => one.getAttribute("id") === id);
      return element && alone.test(element.localName) && !attached.has(id);
    });
    if (moved === undefined) return null;
    const ends = (one: Element) =>
      ["sourceRef", "targetRef"].flatMap((name) => [
        local(one.getAttribute(name)),
        ...[...one.children]
          .filter((child) => child.localName === name)
          .map((child) => local(child.textContent)),
      ]);
    const isData = (one: Element) => /^data(In|Out)putAssociation$/.test(one.localName);
    const lines = all.filter(
      (one) => ends(one).includes(moved) || (isData(one) && one.parentElement?.getAttribute("id") === moved),
    );
    return {
      id: moved,
      lines: lines.map((one) => one.getAttribute("id") ?? ""),
      ends: lines
        .flatMap((one) => [...ends(one), (isData(one) && one.parentElement?.getAttribute("id")) || ""])
        .filter((id) => id !== "" && id !== moved),
    };
  }, text);
}

// moveDown moves a shape by one step of the arrow key.
async function moveDown(page: Page, id: string): Promise<void> {
  await page.evaluate((element) => {
    location.hash = `element=${encodeURIComponent(element)}`;
  }, id);
  await page.locator(`.djs-element.selected[data-element-id="${id}"]`).waitFor();
  await page.locator(".djs-container > svg").first().focus();
  await page.keyboard.press("ArrowDown");
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
      const view = page.getByRole("toolbar", { name: "View" });
      const undrawable = page.getByRole("heading", { name: "This document can’t be drawn" });
      await view.or(undrawable).first().waitFor();
      if (await undrawable.isVisible()) return;
      const before = await storedXml(context, person, id);
      const found = await subjectOf(page, before);
      if (!found) return;
      const subject = { id: found.id, lines: new Set(found.lines), ends: new Set(found.ends) };
      const saved = saving(page);
      await moveDown(page, subject.id);
      await saved;
      const after = await storedXml(context, person, id);
      const changes = await difference(before, after);
      const move = changes.find(
        ({ element, path }) => element === `#di(${subject.id})` && path === "#position",
      );
      if (!move || !near(move.before ?? "", move.after ?? "", 0, 1)) {
        faults.push(`${path}: ${subject.id} went from ${move?.before} to ${move?.after}`);
      }
      for (const change of changes.filter((one) => !mayChange(one, subject))) {
        const { op, element, path: field = "", before: was, after: is } = change;
        faults.push(`${path}: moving ${subject.id}: ${op} ${element} ${field}: ${was} → ${is}`);
      }
      if (rest(before, subject) === before)
        faults.push(`${path}: the drawing of ${subject.id} was not found`);
      const other = firstDifference(rest(before, subject), rest(after, subject));
      if (other) faults.push(`${path}: the text around ${subject.id}: ${other}`);
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
