// An Alarm runs one thing later. Setting it again puts it off; a dropped one does not run.
export class Alarm {
  readonly #schedule: (delayMs: number, run: () => void) => () => void;
  #cancel: (() => void) | null = null;

  constructor(schedule: (delayMs: number, run: () => void) => () => void) {
    this.#schedule = schedule;
  }

  get isSet(): boolean {
    return this.#cancel !== null;
  }

  set(delayMs: number, run: () => void): void {
    this.drop();
    this.#cancel = this.#schedule(delayMs, () => {
      this.#cancel = null;
      run();
    });
  }

  drop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
