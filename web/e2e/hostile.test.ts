// Documents that were made to run code, to call home or to poison the page. They are stored as they are, and here it
// shows that opening them does nothing. That no page asks a foreign host, opens a dialog or breaks the content
// security policy is watched in every test, see watch.ts.
import { expect } from "vitest";
import { hostileFile } from "./corpus";
import { diagramPath, libraryPath, type Person, signUp, storedXml, upload } from "./person";
import { type Scene, withLaneway } from "./scenario";

const scenario = withLaneway();

const marks = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

// meet opens a hostile document the way somebody who was sent it would: list, drawing, every shape selected with its
// properties beside it, search, exported picture.
async function meet({ page, context }: Scene, person: Person, name: string): Promise<void> {
  const file = hostileFile(name);
  const { id } = await upload(context, person, file, `${name} ${marks}`);
  await page.goto(diagramPath(person, id));
  await page.locator(".djs-container .djs-element[data-element-id]").first().waitFor();
  const palette = page.getByRole("toolbar", { name: "Palette" });
  await palette.waitFor();
  // What the editor can't show is listed, as text.
  const shown = page.getByRole("button", { name: "Show", exact: true });
  if (await shown.isVisible()) {
    await shown.click();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  }

  const panel = page.getByRole("complementary", { name: "Properties" });
  await panel.waitFor();
  const ids = await page
    .locator(".djs-container .djs-shape[data-element-id]:not([data-element-id$=_label])")
    .evaluateAll((shapes) => shapes.slice(0, 4).map((shape) => shape.getAttribute("data-element-id") ?? ""));
  for (const elementId of ids) {
    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      `element=${encodeURIComponent(elementId)}`,
    );
    await page.locator(`.djs-element.selected[data-element-id="${elementId}"]`).waitFor();
    await panel.locator(".bio-properties-panel-header").waitFor();
  }
  await page.locator(".djs-container svg").first().focus();
  await page.keyboard.press("Control+f");
  const search = page.locator(".djs-search-input input");
  await search.fill("a");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Picture (SVG)" }).click();
  const picture = await (await download).createReadStream();
  const svg = Buffer.concat(await picture.toArray()).toString();
  expect(svg).not.toMatch(/<script|<foreignObject|<iframe|\son\w+\s*=|url\(\s*["']?\s*(https?:|\/\/)/i);

  expect(await page.evaluate(() => Reflect.get({}, "polluted"))).toBeUndefined();
  expect(
    await page.evaluate(() => document.querySelectorAll("iframe, [onerror], script:not([src])").length),
  ).toBe(0);
  // Nobody has edited anything, so nothing was saved.
  expect(await storedXml(context, person, id)).toBe(file.buffer.toString());
}

const groups = [
  {
    what: "markup in names, texts and documentation",
    files: [
      "130-xss-name-img.bpmn",
      "131-xss-name-script-close.bpmn",
      "132-xss-name-svg-break.bpmn",
      "134-xss-documentation-html.bpmn",
      "136-xss-annotation.bpmn",
    ],
  },
  {
    what: "live parts in extensions, links, icons and participants",
    files: [
      "135-xss-documentation-markup.bpmn",
      "137-xss-extension-foreignobject.bpmn",
      "138-xss-javascript-url-extension.bpmn",
      "139-xss-template-icon.bpmn",
      "146-xss-participant-lane-signal.bpmn",
    ],
  },
  {
    what: "colours and fonts that would call home, and traps for prototypes",
    files: [
      "140-xss-color-url.bpmn",
      "141-xss-color-attr-break.bpmn",
      "142-xss-font-css.bpmn",
      "151-inject-prototype-pollution.bpmn",
    ],
  },
  {
    what: "references to elsewhere",
    files: [
      "111-doc-xlink-stylesheet-pi.bpmn",
      "120-ref-xinclude.bpmn",
      "121-ref-schema-location.bpmn",
      "123-ref-bpmn-import.bpmn",
    ],
  },
];

for (const { what, files } of groups) {
  scenario(`hostile documents do nothing: ${what}`, async (scene) => {
    const { page, context } = scene;
    const person = await signUp(context, `Works ${marks}`);
    for (const name of files) await meet(scene, person, name);
    await page.goto(libraryPath(person));
    await page.getByText(`${files[0]} ${marks}`).first().waitFor();
    expect(
      await page.evaluate(() => document.querySelectorAll("img[onerror], script:not([src])").length),
    ).toBe(0);
  });
}
