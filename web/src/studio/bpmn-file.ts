// A BPMN file that a person drops on the studio: is it one, and what does it say?
import type { Refusal } from "./edit-state";

export const maxFileBytes = 5 * 1024 * 1024;

export type ReadFile =
  | { kind: "text"; bpmnXml: string; title: string }
  | { kind: "refused"; refusal: Refusal };

const declaredEncoding = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;

// readBpmnFile decodes a file the way an XML reader would: byte order mark first, then the declaration, then UTF-8.
export async function readBpmnFile(file: File): Promise<ReadFile> {
  if (file.size > maxFileBytes) return refused("too_large", "The file is larger than 5 MiB.");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refused("encoding", `The file is not readable as ${encoding}.`);
  }
  const fault = wellFormedFault(text);
  if (fault) return { kind: "refused", refusal: fault };
  return { kind: "text", bpmnXml: text, title: titleOf(file.name) };
}

export function titleOf(name: string): string {
  const plain = name.replace(/\.(?:bpmn20\.xml|bpmn|xml)$/i, "").trim();
  return (plain === "" ? "Diagram" : plain).slice(0, 200);
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  return declaredEncoding.exec(head)?.[1] ?? "utf-8";
}

// wellFormedFault gives the first fault of a text with its place, null for XML with a BPMN root. The server's gate
// decides what is stored; this only spares a person the way there.
function wellFormedFault(text: string): Refusal | null {
  const document = new DOMParser().parseFromString(text, "application/xml");
  const error = document.getElementsByTagName("parsererror")[0];
  if (error) {
    const message = error.textContent ?? "";
    const place = /line (?:number )?(\d+)(?: at |, )column (\d+)/i.exec(message);
    const reason =
      /column \d+:\s*([^\n]{1,200}?)(?:Below is a rendering|\n|$)/.exec(message)?.[1] ??
      "The file is not well-formed XML.";
    return {
      code: "malformed",
      detail: reason,
      line: place ? Number(place[1]) : null,
      column: place ? Number(place[2]) : null,
    };
  }
  if (document.documentElement.localName !== "definitions") {
    return {
      code: "not_bpmn",
      detail: `The file begins with <${document.documentElement.tagName.slice(0, 60)}>, not with BPMN definitions.`,
      line: null,
      column: null,
    };
  }
  return null;
}

function refused(code: string, detail: string): ReadFile {
  return { kind: "refused", refusal: { code, detail, line: null, column: null } };
}

// placeText says where a fault lies, empty when nobody knows.
export function placeText({ line, column }: { line: number | null; column?: number | null }): string {
  if (line === null) return "";
  return column == null ? `line ${line}` : `line ${line}, column ${column}`;
}
