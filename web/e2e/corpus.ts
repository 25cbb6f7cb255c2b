// The documents that the tests work with lie beside the checkout and are no part of it.
import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

export type TestFile = { name: string; mimeType: string; buffer: Buffer };

// corpusFile reads a real document, such as "reference/A.1.0.bpmn".
export function corpusFile(path: string): TestFile {
  return readDocument("LANEWAY_BPMN_CORPUS", "bpmn-corpus", path);
}

// hostileFile reads a document that was made to do harm.
export function hostileFile(path: string): TestFile {
  return readDocument("LANEWAY_HOSTILE_XML", "hostile-xml", path);
}

// fileOf makes a file of a text that a test wrote itself.
export function fileOf(name: string, text: string): TestFile {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(text) };
}

function readDocument(variable: string, folder: string, path: string): TestFile {
  const root = process.env[variable] || resolve(import.meta.dirname, "../../../shared", folder);
  const file = resolve(root, path);
  if (!existsSync(file)) {
    throw new Error(
      `${file} is missing: the browser tests need the folder ${folder} beside the checkout under shared/, or ${variable} to name it`,
    );
  }
  return { name: basename(file), mimeType: "application/octet-stream", buffer: readFileSync(file) };
}
