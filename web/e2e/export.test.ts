// What the studio hands over: the drawing as a picture of dots, as a file and in the clipboard.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile, fileOf } from "./corpus";
import { diagramPath, signUp, upload } from "./person";
import { withLaneway } from "./scenario";
import { drawn, relabel } from "./studio";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");

// sizeOf reads the width and height of a PNG from its first chunk.
function sizeOf(png: Buffer): { width: number; height: number } {
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

async function exported(page: Page, item: string): Promise<{ name: string; content: Buffer }> {
  await page.getByRole("button", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item, exact: true }).click();
  const given = await download;
  return {
    name: given.suggestedFilename(),
    content: Buffer.concat(await (await given.createReadStream()).toArray()),
  };
}

scenario(
  "the drawing as PNG, in three sizes and in the clipboard, and what is saved as PDF",
  async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await page.goto(diagramPath(person, id));
    await drawn(page, "Activity_1eb0bmc").waitFor();

    const once = await exported(page, "Picture (PNG, 1×)");
    expect(once.name).toBe("Order intake.png");
    const natural = sizeOf(once.content);
    expect(natural.width).toBeGreaterThan(200);
    for (const scale of [2, 4]) {
      const { width, height } = sizeOf((await exported(page, `Picture (PNG, ${scale}×)`)).content);
      expect(Math.abs(width - scale * natural.width)).toBeLessThanOrEqual(scale);
      expect(Math.abs(height - scale * natural.height)).toBeLessThanOrEqual(scale);
    }

    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: "Copy as PNG" }).click();
    await page.getByText("The picture is in the clipboard.").waitFor();
    const copied = await page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      const picture = await item?.getType("image/png");
      return picture ? (await createImageBitmap(picture)).width : 0;
    });
    expect(Math.abs(copied - 2 * natural.width)).toBeLessThanOrEqual(2);

    // What was just changed is saved first, so the PDF is that of the second version.
    await relabel(page, "Activity_1eb0bmc", "Take the order");
    const asked = page.waitForResponse((response) => response.url().includes("/export?"));
    const document = await exported(page, "Document (PDF)");
    expect(document.name).toBe("Order intake.pdf");
    expect(document.content.subarray(0, 5).toString()).toBe("%PDF-");
    expect(new URL((await asked).url()).searchParams.get("version")).toBe("2");
  },
);

scenario("a drawing too large for a picture is made smaller, which is said", async ({ page, context }) => {
  const person = await signUp(context);
  const wide = file.buffer
    .toString()
    .replace(/(bpmnElement="Activity_1eb0bmc">\s*<omgdc:Bounds )x="410"/, '$1x="-7900"');
  const { id } = await upload(context, person, fileOf("wide.bpmn", wide), "Wide");
  await page.goto(diagramPath(person, id));
  await drawn(page, "Activity_1eb0bmc").waitFor();

  const picture = await exported(page, "Picture (PNG, 4×)");
  const { width, height } = sizeOf(picture.content);
  expect(width).toBe(16_384);
  await page.getByText("The picture is smaller than asked for.").waitFor();
  await page.getByText(`It has 16,384 by ${height} pixels: 16,384 in each direction are the most.`).waitFor();
});
