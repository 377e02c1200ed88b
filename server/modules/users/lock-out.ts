import type { Clock, Millis } from '#domain/time.ts';

export interface LockOutRule {
  /** So many failures within `window` milliseconds lock for `lock` milliseconds. */
  readonly failures: number;
  readonly window: number;
  readonly lock: number;
}

/** What is kept of an account's tries. */
export interface Tries {
  readonly failures: readonly Millis[];
  readonly lockedUntil: Millis;
}

export const NO_TRIES: Tries = { failures: [], lockedUntil: 0 };

export const isLocked = (tries: Tries, now: Millis): boolean => tries.lockedUntil > now;

/** The tries after one more failure (GB/T 22239-2019 8.1.4.1 b). */
export function afterFailure(tries: Tries, now: Millis, rule: LockOutRule): Tries {
  const failures = [...tries.failures.filter((at) => at > now - rule.window), now];
  return failures.length >= rule.failures ? { failures: [], lockedUntil: now + rule.lock } : { failures, lockedUntil: 0 };
}

/** Names that no account has are counted too, or an attacker learns from the answer which exist; the oldest are forgotten. */
export class StrangerTries {
  readonly #tries = new Map<string, Tries>();
  readonly #clock: Clock;
  readonly #limit: number;

  constructor(clock: Clock, limit = 10_000) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get(name: string): Tries {
    return this.#tries.get(name) ?? NO_TRIES;
  }

  fail(name: string, rule: LockOutRule): Tries {
    const tries = afterFailure(this.get(name), this.#clock.now(), rule);
    this.#tries.delete(name);
    this.#tries.set(name, tries);
    const oldest = this.#tries.keys().next();
    if (this.#tries.size > this.#limit && oldest.done !== true) this.#tries.delete(oldest.value);
    return tries;
  }
}
