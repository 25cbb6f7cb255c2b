// What the studio hands over. Everything but the PDF is made of the drawing as it is, saved or not; a PDF is drawn by
// the server, from what is stored.
import { Download } from "lucide-react";
import { IconButton } from "../ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../ui/menu";
import { notifyDone, notifyError } from "../ui/toaster";
import type { BpmnCanvas } from "./bpmn-canvas";
import { downloadPdf, downloadPng, downloadSvg, downloadXml } from "./download";
import { canCopyPng, copyPng, pngOf } from "./picture";

const pngScales = [1, 2, 4] as const;

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
  const copy = async () => {
    await copyPng(canvas.exportSvg());
    notifyDone({ text: "The picture is in the clipboard." });
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
          <MenuItem
            key={scale}
            onSelect={() =>
              void run(async () => downloadPng(title(), await pngOf(await canvas.exportSvg(), scale)))
            }
          >
            Picture (PNG, {scale}×)
          </MenuItem>
        ))}
        <MenuItem onSelect={() => void run(writePdf)}>Document (PDF)</MenuItem>
        {canCopyPng() && <MenuItem onSelect={() => void run(copy)}>Copy as PNG</MenuItem>}
      </MenuContent>
    </Menu>
  );
}
