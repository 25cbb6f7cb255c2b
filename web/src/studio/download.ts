// Files that the studio hands to a person.

const xmlType = "application/bpmn+xml";
const svgType = "image/svg+xml";

export function downloadXml(title: string, bpmnXml: string): void {
  download(fileName(title, "bpmn"), xmlType, bpmnXml);
}

export function downloadSvg(title: string, svg: string): void {
  download(fileName(title, "svg"), svgType, svg);
}

export function downloadPng(title: string, picture: Blob): void {
  download(fileName(title, "png"), picture.type, picture);
}

export function downloadPdf(title: string, document: Blob): void {
  download(fileName(title, "pdf"), document.type, document);
}

// downloadJson hands over a value as programs read it.
export function downloadJson(title: string, value: unknown): void {
  download(fileName(title, "json"), "application/json", `${JSON.stringify(value, null, 2)}\n`);
}

const reservedNames = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

// fileName makes a title into a name that every file system takes.
export function fileName(title: string, extension: string): string {
  const plain = title
    .replace(/[\p{Cc}\p{Cf}<>:"/\\|?*]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^[. ]+|[. ]+$/g, "");
  const short = Array.from(plain).slice(0, 120).join("").trim();
  return `${short === "" || reservedNames.test(short) ? "diagram" : short}.${extension}`;
}

function download(name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of the file once the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
