// ForeignWork is what others have stored and the canvas does not show yet: how much of it is known, and how it comes
// onto the canvas. It comes as a whole or not at all: as long as a part of it competes with unsent work of the person's
// own, the canvas stays on the version that it shows, and so does everything that is sent. Then the server sees that
// both have changed one thing, and merges it or asks; a save made on the newer version would override theirs.
import type { EditPorts, StoredVersion } from "./edit-ports";

export class ForeignWork {
  readonly #ports: Pick<EditPorts, "head" | "put">;
  // The newest version that somebody else is known to have saved.
  #newest = 0;
  // A version that could not be put beside unsent work: the answer to that brings it, or there is none any more.
  #withheld = 0;
  #reading = false;
  #shownXml: string | null;

  // shownXml is what the canvas shows besides unsent work; null when that is not known before the first save.
  constructor(ports: Pick<EditPorts, "head" | "put">, shownXml: string | null) {
    this.#ports = ports;
    this.#shownXml = shownXml;
  }

  // told of a version; Infinity when events were missed.
  told(version: number): void {
    this.#newest = Math.max(this.#newest, version);
  }

  // isAhead: somebody has stored something that a canvas on that version does not show.
  isAhead(version: number): boolean {
    return this.#shownXml !== null && !this.#reading && this.#newest > version;
  }

  // isWithheld: something newer than that version could not be put beside unsent work.
  isWithheld(version: number): boolean {
    return this.#withheld > version;
  }

  // release gives back what had to wait for unsent work; 0 when nothing had to.
  release(): number {
    const withheld = this.#withheld;
    this.#withheld = 0;
    return withheld;
  }

  // shows: apart from unsent work, the canvas shows this.
  shows(bpmnXml: string): void {
    this.#shownXml = bpmnXml;
  }

  // read gives what is stored now; null when that is not possible.
  async read(): Promise<StoredVersion | null> {
    this.#reading = true;
    const asked = this.#newest;
    this.#newest = 0;
    const head = await this.#ports.head();
    this.#reading = false;
    // What was told of meanwhile may be newer than what was read.
    this.told(head ? head.version : asked);
    return head;
  }

  // put brings a stored version onto the canvas and reports whether it is all there.
  async put({ version, bpmnXml }: Omit<StoredVersion, "title">, isUnsent: () => boolean): Promise<boolean> {
    const known = this.#shownXml;
    if (known === null) return false;
    const outcome = await this.#ports.put({ known, target: bpmnXml, isUnsent });
    if (outcome === "put") {
      this.#shownXml = bpmnXml;
      return true;
    }
    if (outcome === "waiting") this.#withheld = Math.max(version, this.#newest);
    this.#newest = 0;
    return false;
  }
}
