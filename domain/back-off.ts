import type { Millis } from './time.ts';

/** Growing pauses before a program is started again; one that did its work for a while begins anew with the shortest. */
export class BackOff {
  readonly #pauses: readonly Millis[];
  readonly #calm: Millis;
  #failures = 0;

  /** `pauses`: after the first failure, the second, ...; the last is kept. `calm`: a program that was ready so long has not failed before. */
  constructor(pauses: readonly Millis[], calm: Millis) {
    this.#pauses = pauses;
    this.#calm = calm;
  }

  /** @param worked how long it was ready, ms; undefined if it never was @returns the pause before the next start, ms */
  ended(worked: Millis | undefined): Millis {
    if (worked !== undefined && worked >= this.#calm) this.#failures = 0;
    const pause = this.#pauses[Math.min(this.#failures, this.#pauses.length - 1)] ?? 0;
    this.#failures += 1;
    return pause;
  }
}
