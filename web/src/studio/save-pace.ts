// SavePace says when something is sent by itself: a while after the last change, and again after a failure.
import { Alarm } from "./alarm";

const autosaveMs = 2000;
const autosaveInCompanyMs = 300;
const firstRetryMs = 1000;
const lastRetryMs = 30_000;

export class SavePace {
  readonly #autosave: Alarm;
  readonly #retry: Alarm;
  // 0 ≤ n < 1, spreads the retries of many tabs.
  readonly #random: () => number;
  #failures = 0;
  #company = false;

  constructor(schedule: (delayMs: number, run: () => void) => () => void, random: () => number) {
    this.#autosave = new Alarm(schedule);
    this.#retry = new Alarm(schedule);
    this.#random = random;
  }

  // afterChange: alone, a save waits for a pause; others see what somebody does who draws without one.
  afterChange(save: () => void): void {
    if (this.#company && this.#autosave.isSet) return;
    this.#autosave.set(this.#company ? autosaveInCompanyMs : autosaveMs, save);
  }

  // setCompany: with others on the same diagram, saves go out sooner, also the one that waits.
  setCompany(company: boolean, save: () => void): void {
    const came = company && !this.#company;
    this.#company = company;
    if (!came || !this.#autosave.isSet) return;
    this.#autosave.drop();
    this.afterChange(save);
  }

  // dropSave: what waited for its pause goes out now, or is not needed any more.
  dropSave(): void {
    this.#autosave.drop();
  }

  // failed gives how long to wait before the next try, longer each time, unless the server says how long.
  failed(retryAfterMs: number | null): number {
    const backOff = Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs);
    this.#failures += 1;
    return Math.round((retryAfterMs ?? backOff) * (1 + this.#random() / 4));
  }

  retryIn(delayMs: number, retry: () => void): void {
    this.#retry.set(delayMs, retry);
  }

  dropRetry(): void {
    this.#retry.drop();
  }

  // answered: the next failure is a first one again.
  answered(): void {
    this.#failures = 0;
  }

  drop(): void {
    this.#autosave.drop();
    this.#retry.drop();
  }
}
