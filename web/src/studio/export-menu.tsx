// What the studio hands over. Everything but the PDF is made of the drawing as it is, saved or not; a PDF is drawn by
// the server, from what is stored.
import { Download } from "lucide-react";
import { IconButton } from "../ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../ui/menu";
import { notify, notifyDone, notifyError } from "../ui/toaster";
import type { BpmnCanvas } from "./bpmn-canvas";
import { downloadPdf, downloadPng, downloadSvg, downloadXml } from "./download";
import { canCopyPng, copyPng, mostPixels, pngOf } from "./picture";

const pngScales = [1, 2, 4] as const;

function sizeLimit({ width, height }: { width: number; height: number }): string {
  const count = (pixels: number) => pixels.toLocaleString("en");
  return `It has ${count(width)} by ${count(height)} pixels: ${count(mostPixels)} in each direction are the most.`;
}

type ExportMenuProps = {
  canvas: BpmnCanvas;
  title: () => string;
  beforeExport: () => void;
  // storedPdf gives what is stored, after saving what is not; null when that can't be saved now.
  storedPdf: () => Promise<Blob | null>;
};

export function ExportMenu({ canvas, title, beforeExport, storedPdf }: ExportMenuProps) {
  const run = async (write: () => Promise<void>) => {
    beforeExport();
    try {
      await write();
    } catch {
      notifyError({ text: "The drawing could not be exported." });
    }
  };
  const writePdf = async () => {
    const pdf = await storedPdf();
    if (pdf) downloadPdf(title(), pdf);
    else notifyError({ text: "A PDF shows what is saved, and this is not saved yet." });
  };
  const writePng = async (scale: number) => {
    const { content, smaller } = await pngOf(await canvas.exportSvg(), scale);
    downloadPng(title(), content);
    if (smaller) notify({ text: "The picture is smaller than asked for.", detail: sizeLimit(smaller) });
  };
  const copy = async () => {
    const smaller = await copyPng(canvas.exportSvg());
    notifyDone({
      text: "The picture is in the clipboard.",
      detail: smaller ? sizeLimit(smaller) : undefined,
    });
  };
  return (
    <Menu>
      <MenuTrigger>
        <IconButton label="Export">
          <Download aria-hidden="true" />
        </IconButton>
      </MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={() => void run(async () => downloadXml(title(), await canvas.exportXml()))}>
          BPMN 2.0 (XML)
        </MenuItem>
        <MenuItem onSelect={() => void run(async () => downloadSvg(title(), await canvas.exportSvg()))}>
          Picture (SVG)
        </MenuItem>
        {pngScales.map((scale) => (
          <MenuItem key={scale} onSelect={() => void run(() => writePng(scale))}>
            Picture (PNG, {scale}×)
          </MenuItem>
        ))}
        <MenuItem onSelect={() => void run(writePdf)}>Document (PDF)</MenuItem>
        {canCopyPng() && <MenuItem onSelect={() => void run(copy)}>Copy as PNG</MenuItem>}
      </MenuContent>
    </Menu>
  );
}
