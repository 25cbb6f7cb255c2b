// What can be imported, and how it comes in: files by drop, by picker or from the clipboard, and text that is pasted.

// ImportSource: a file is sent as the bytes it is. A text is Unicode already, whatever encoding it declares, and so
// goes another way to the server.
export type ImportSource =
  | { kind: "file"; name: string; file: Blob }
  | { kind: "text"; name: string; text: string };

export const maxDocumentBytes = 5 * 1024 * 1024;
const maxTitle = 200;

export function sourcesFromFiles(files: Iterable<File>): ImportSource[] {
  return Array.from(files, (file) => ({ kind: "file", name: file.name, file }));
}

// sourceFromText takes text that may be a document; other text on the clipboard is none of our business.
export function sourceFromText(text: string): ImportSource | undefined {
  return /^\uFEFF?\s*<(\?xml|!--|[\w.-]+:?definitions\b|definitions\b)/.test(text)
    ? { kind: "text", name: "Pasted diagram", text }
    : undefined;
}

// titleOf is the file's name without its ending, or what fits of it.
export function titleOf(name: string): string {
  const title = name
    .replace(/\.(bpmn20?\.xml|bpmn2?|xml)$/i, "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a title has none
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .trim();
  return [...title].slice(0, maxTitle).join("").trim() || "Untitled diagram";
}

// hasFiles tells whether a drag brings files; links and texts dragged around in the page do not.
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

// isTyping tells whether a paste or a key belongs to a text field.
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
