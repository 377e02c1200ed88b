import type { Millis } from '#domain/time.ts';
import type { Ambient } from '../services.ts';
import type { Store } from '../store/port.ts';

/** Documents a source may leave in the quarantine in an hour; more is only counted. */
const AN_HOUR = 100;
const KEPT_BYTES = 4096;

interface Source {
  count: number;
  loggedAt: Millis;
  hourFrom: Millis;
  kept: number;
}

/** What could not be taken: counted, logged once a minute a source, and kept in the collection `quarantine` for who has to find out why. */
export class Quarantine {
  readonly #given: Ambient & { readonly store: Store };
  readonly #sources = new Map<string, Source>();
  #total = 0;

  constructor(given: Ambient & { readonly store: Store }) {
    this.#given = given;
  }

  get total(): number {
    return this.#total;
  }

  put(source: string, reason: string, payload: Uint8Array): void {
    const { clock, ids, log, store } = this.#given;
    const now = clock.now();
    const state = this.#sources.get(source) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY, hourFrom: now, kept: 0 };
    this.#sources.set(source, state);
    this.#total += 1;
    state.count += 1;
    if (now - state.loggedAt >= 60_000) {
      log.warn({ source, reason, count: state.count }, 'link: message refused');
      state.loggedAt = now;
    }
    if (now - state.hourFrom >= 3_600_000) Object.assign(state, { hourFrom: now, kept: 0 });
    if (state.kept >= AN_HOUR) return;
    state.kept += 1;
    const head = Buffer.from(payload.subarray(0, KEPT_BYTES)).toString('base64');
    store
      .insert('quarantine', [{ _id: ids.next(), at: now, source, reason, bytes: payload.length, head }])
      .catch((error: unknown) => log.error({ error: String(error), source }, 'link: quarantine could not be written'));
  }
}
