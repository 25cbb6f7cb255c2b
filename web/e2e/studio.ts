// The hands of a person in the studio: finding, moving and naming what is drawn, and reading the status.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page, Response } from "playwright-core";
import type { TestFile } from "./corpus";

// drawn is an element's graphics on the sheet.
export function drawn(page: Page, elementId: string): Locator {
  return page.locator(`.djs-container .djs-element[data-element-id="${elementId}"]`).first();
}

export function status(page: Page): Locator {
  return page.getByTestId("save-status");
}

export function savedStatus(page: Page): Locator {
  return status(page).filter({ hasText: /^Saved \d\d:\d\d$/ });
}

// Place is where a shape lies on the sheet, in the units of the document.
export type Place = { x: number; y: number };

export async function placeOf(page: Page, elementId: string): Promise<Place> {
  const transform = (await drawn(page, elementId).getAttribute("transform")) ?? "";
  const numbers = /matrix\(\s*1[ ,]+0[ ,]+0[ ,]+1[ ,]+(-?[\d.]+)[ ,]+(-?[\d.]+)\s*\)/.exec(transform);
  if (!numbers) throw new Error(`${elementId} lies at ${transform || "no place"}`);
  return { x: Number(numbers[1]), y: Number(numbers[2]) };
}

// drag moves a shape with the mouse. bpmn-js takes a press for a click until the pointer has gone some way, and
// takes in what lies below the pointer only move by move: so first a nudge, then, once the drag has begun, steps.
export async function drag(page: Page, elementId: string, by: Place): Promise<void> {
  // The drawing is fitted into the window once more when what stands around it is there.
  await page.getByRole("toolbar", { name: "View" }).waitFor();
  await drawn(page, elementId).hover();
  const box = await drawn(page, elementId).locator("> .djs-visual").boundingBox();
  if (!box) throw new Error(`${elementId} is not to be seen`);
  // Beside the middle, where a label might be in the way of nothing but itself.
  const from = { x: box.x + box.width / 2, y: box.y + box.height * 0.75 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, from.y, { steps: 2 });
  await page.locator(".djs-drag-group").waitFor({ state: "attached" });
  for (let step = 1; step <= 8; step += 1) {
    await page.mouse.move(from.x + (by.x * step) / 8, from.y + (by.y * step) / 8);
    await nextFrame(page);
  }
  await page.mouse.up();
  await page.locator(".djs-drag-group").waitFor({ state: "detached" });
}

export function nextFrame(page: Page): Promise<void> {
  return page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => done())));
}

// saving resolves with the next answer to a save. Ask for it before doing what leads to one.
export function saving(page: Page, code = 200): Promise<Response> {
  const answer = page.waitForResponse(
    (response) => response.request().method() === "PUT" && response.status() === code,
  );
  // A test that fails before it waits for the answer fails for its own reason, not for this.
  answer.catch(() => {});
  return answer;
}

// relabel types a new label for a shape.
export async function relabel(page: Page, elementId: string, label: string): Promise<void> {
  await drawn(page, elementId).dblclick();
  const box = page.locator(".djs-direct-editing-content");
  await box.fill(label);
  await box.press("Enter");
}

// keptDrafts counts the drafts that lie in this browser.
export function keptDrafts(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open("laneway-drafts");
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          if (!database.objectStoreNames.contains("drafts")) {
            database.close();
            done(0);
            return;
          }
          const counting = database.transaction("drafts").objectStore("drafts").count();
          counting.onerror = () => fail(counting.error);
          counting.onsuccess = () => {
            database.close();
            done(counting.result);
          };
        };
      }),
  );
}

// dropFiles drops files from the desktop into the middle of the page, as the browser itself does it.
export async function dropFiles(page: Page, files: readonly TestFile[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "laneway-drop-"));
  try {
    const paths = files.map(({ name, buffer }) => {
      const path = join(folder, name);
      writeFileSync(path, buffer);
      return path;
    });
    const devtools = await page.context().newCDPSession(page);
    const size = page.viewportSize() ?? { width: 1440, height: 900 };
    const at = { x: size.width / 2, y: size.height / 2 };
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await devtools.send("Input.dispatchDragEvent", { type, ...at, data });
    }
    await devtools.detach();
  } finally {
    // The page reads the files when it pleases, so they stay as long as the test file runs.
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
}

// changedParts compares two documents by what people and tools see of them: names, attributes, text and order, not
// prefixes, white space or the order of attributes and of drawn parts. It names the elements that are not the same on both sides.
export function changedParts(page: Page, before: string, after: string): Promise<string[]> {
  return page.evaluate(
    ([first, second]) => {
      const partsOf = (xml: string) => {
        const parts = new Map<string, string>();
        const describe = (element: Element): string => {
          const attributes = [...element.attributes]
            .filter(({ namespaceURI }) => namespaceURI !== "http://www.w3.org/2000/xmlns/")
            .map(({ namespaceURI, localName, value }) => `${namespaceURI ?? ""}|${localName}=${value}`)
            .sort();
          const inside = [...element.childNodes].map((node) => {
            if (node instanceof Element) {
              const id = node.getAttribute("id");
              if (id === null) return describe(node);
              parts.set(id, describe(node));
              return `#${id}`;
            }
            return node instanceof Text ? (node.data.trim() === "" ? "" : node.data.trim()) : node.nodeName;
          });
          // bpmn-js puts the drawing of what was moved last in its plane.
          if (element.localName === "BPMNPlane") inside.sort();
          return `${element.namespaceURI}|${element.localName} ${attributes.join(" ")} (${inside.join("")})`;
        };
        const root = new DOMParser().parseFromString(xml, "application/xml").documentElement;
        parts.set("(root)", describe(root));
        return parts;
      };
      const [left, right] = [partsOf(first ?? ""), partsOf(second ?? "")];
      return [...new Set([...left.keys(), ...right.keys()])]
        .filter((id) => left.get(id) !== right.get(id))
        .sort();
    },
    [before, after],
  );
}
