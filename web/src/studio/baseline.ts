// A Baseline is the text that the server compares the editor's next text with: what was written by the same hand and
// is known there. It begins as what the editor exports right after import; after an acknowledged save it is that
// save's text; and where the canvas took on what others changed while nothing was unsent, it is what the editor exports
// then, so that setting something back to what it was before counts as an edit.
import type { SaveRequest } from "./save-request";

// Gives the SHA-256 in hexadecimal digits, null where the browser has none (plain HTTP on a foreign address).
export type Digest = (text: string) => Promise<string | null>;

export class Baseline {
  readonly #digest: Digest;
  #xml: string;
  #hash: string | null = null;

  constructor(xml: string, digest: Digest) {
    this.#xml = xml;
    this.#digest = digest;
  }

  get xml(): string {
    return this.#xml;
  }

  // acknowledged: the server has stored this text's changes and keeps it for a while. Its hash is made now, because a
  // page that is going away has no time for it.
  acknowledged(xml: string): void {
    this.#xml = xml;
    this.#hash = null;
    void this.#digest(xml).then((hash) => {
      if (this.#xml === xml) this.#hash = hash;
    });
  }

  // renewed: the editor shows what is stored and nothing else, and writes it like this.
  renewed(xml: string): void {
    this.#xml = xml;
    this.#hash = null;
  }

  // fields is how a save names the baseline: by its hash where the server knows it.
  fields(): Pick<SaveRequest, "baselineXml" | "baselineHash"> {
    return this.#hash === null ? { baselineXml: this.#xml } : { baselineHash: this.#hash };
  }

  // inFull is for a server that has forgotten the text.
  inFull(request: SaveRequest): SaveRequest {
    const { baselineHash: _, ...rest } = request;
    this.#hash = null;
    return { ...rest, baselineXml: this.#xml };
  }
}

export const sha256: Digest = async (text) => {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (!subtle) return null;
  const bytes = new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
