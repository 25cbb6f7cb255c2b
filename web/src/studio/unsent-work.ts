// UnsentWork knows what the server has not acknowledged yet, and writes it down.
//
// Whether something is unsent is decided by comparing marks: the position on the command stack (the identity of the
// command on top, so undo followed by another command is seen) and the title, each with what the server last
// acknowledged. There is no dirty flag that could be reset too early.
import { Baseline } from "./baseline";
import type { Work } from "./draft-keeper";
import type { EditPorts, EditStart } from "./edit-ports";
import type { SaveRequest } from "./save-request";

// An Attempt is a request with the work that it carries; a title alone carries none.
export type Attempt = { request: SaveRequest; work: Work | null };

type Ports = Pick<EditPorts, "exportXml" | "position" | "digest">;

export class UnsentWork {
  readonly #ports: Ports;
  readonly #baseline: Baseline;
  #version: number;
  #title: string;
  #savedTitle: string;
  #savedPosition: string | null;
  #lastPosition: string | null = null;

  constructor(ports: Ports, start: EditStart) {
    this.#ports = ports;
    this.#version = start.version;
    this.#savedTitle = start.title;
    this.#title = start.restored?.title ?? start.title;
    this.#savedPosition = start.restored ? null : ports.position();
    this.#baseline = new Baseline(start.baselineXml, ports.digest);
  }

  // The version whose changes are all on the canvas, and that work is made on.
  get version(): number {
    return this.#version;
  }

  get title(): string {
    return this.#title;
  }

  get position(): string {
    return this.#lastPosition ?? this.#ports.position();
  }

  // differs: the canvas or the title is not what the server has acknowledged.
  get differs(): boolean {
    return this.#isDrawn || this.#title !== this.#savedTitle;
  }

  get #isDrawn(): boolean {
    return this.position !== this.#savedPosition;
  }

  rename(title: string): void {
    this.#title = title;
  }

  // end keeps the position as it is, for the editor is going away.
  end(): void {
    this.#lastPosition = this.#ports.position();
  }

  get hasEnded(): boolean {
    return this.#lastPosition !== null;
  }

  // attempt gives the next save; null when there is nothing to send.
  async attempt(): Promise<Attempt | null> {
    const title = this.#title;
    const titleChanged = title !== this.#savedTitle;
    const work = this.#isDrawn ? await this.written(null) : null;
    if (!work && !titleChanged) return null;
    const request: SaveRequest = { expectedVersion: this.#version, onConflict: "merge" };
    if (titleChanged) request.title = title;
    if (work) Object.assign(request, { bpmnXml: work.bpmnXml }, this.#baseline.fields());
    return { request, work };
  }

  // written gives the work as it is now, with the request that is still without an answer.
  async written(request: SaveRequest | null): Promise<Work> {
    const marks = {
      position: this.position,
      title: this.#title,
      savedTitle: this.#savedTitle,
      baseVersion: this.#version,
      baselineXml: this.#baseline.xml,
      request,
    };
    const bpmnXml = await this.#ports.exportXml();
    return { ...marks, bpmnXml };
  }

  // attemptOf gives back a request that another life of this session has sent.
  attemptOf(request: SaveRequest): Attempt {
    const { bpmnXml, title = this.#savedTitle, expectedVersion } = request;
    if (bpmnXml === undefined) return { request, work: null };
    const savedTitle = this.#savedTitle;
    const marks = { position: "before", title, savedTitle, baseVersion: expectedVersion, request: null };
    return { request, work: { ...marks, bpmnXml, baselineXml: this.#baseline.xml } };
  }

  // inFull is for a server that has forgotten what the baseline's hash stands for.
  inFull(attempt: Attempt): Attempt {
    return { ...attempt, request: this.#baseline.inFull(attempt.request) };
  }

  // acknowledged: the server has stored what was sent.
  acknowledged({ request, work }: Attempt): void {
    if (request.title !== undefined) this.#savedTitle = request.title;
    if (!work) return;
    this.#savedPosition = work.position;
    this.#baseline.acknowledged(work.bpmnXml);
  }

  // isOn: the canvas shows all of that version.
  isOn(version: number): void {
    this.#version = version;
  }

  // renewBaseline takes what the editor writes now, as long as that is what is stored.
  async renewBaseline(): Promise<void> {
    if (this.hasEnded || this.#isDrawn) return;
    const written = await this.#ports.exportXml().catch(() => null);
    // A failure shows itself with the next save.
    if (written !== null) this.#baseline.renewed(written);
  }

  // adoptTitle takes the stored title, unless the person has chosen another one meanwhile.
  adoptTitle(title: string): void {
    if (this.#title === this.#savedTitle) this.#title = title;
    this.#savedTitle = title;
  }
}
