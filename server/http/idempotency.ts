import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import { DuplicateKey, type Store } from '../store/port.ts';

const ANSWERS = 'idempotency';
const KEPT = 24 * 3_600_000;
const KEY = /^[\x21-\x7e]{1,128}$/;

const AnswerSchema = Type.Object({ status: Type.Integer(), headers: Type.Record(Type.String(), Type.String()), body: Type.Unknown() });
/** What was answered: enough to say it again. */
export type Answer = Static<typeof AnswerSchema>;
const answerDoc = Compile(Type.Object({ _id: Type.String(), at: Type.Number(), body: Type.String(), answer: AnswerSchema }));

const hash = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');

/**
 * The same key of the same caller on the same route gets the stored answer for 24 h; a second request that comes while the first runs waits for it.
 * Faults (5xx) are not kept: the try is repeated.
 */
export class IdempotentAnswers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #running = new Map<string, { readonly body: string; readonly answer: Promise<Answer> }>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws Problem IDEMPOTENCY_KEY (400), IDEMPOTENCY_KEY_REUSED (422) when the same key comes with another body */
  async once(
    request: { readonly key: string; readonly caller: string; readonly route: string; readonly body: unknown },
    run: () => Promise<Answer>,
  ): Promise<Answer & { readonly replayed: boolean }> {
    if (!KEY.test(request.key)) throw new Problem('IDEMPOTENCY_KEY', 400, 'an Idempotency-Key has 1 to 128 printable characters');
    const id = hash(request.caller, request.route, request.key);
    const body = hash(JSON.stringify(request.body ?? null));
    const same = (other: string): void => {
      if (other !== body) throw new Problem('IDEMPOTENCY_KEY_REUSED', 422, 'this Idempotency-Key was used with another body');
    };
    const running = this.#running.get(id);
    if (running) {
      same(running.body);
      return { ...(await running.answer), replayed: true };
    }
    let replayed = false;
    const answer = (async () => {
      const kept = await this.#kept(id);
      if (!kept) return this.#keep(id, body, await run());
      same(kept.body);
      replayed = true;
      return kept.answer;
    })();
    this.#running.set(id, { body, answer });
    try {
      return { ...(await answer), replayed };
    } finally {
      this.#running.delete(id);
    }
  }

  /** Forgets what is older than 24 h. */
  async purge(): Promise<number> {
    return this.#store.remove(ANSWERS, { at: { $lte: this.#clock.now() - KEPT } });
  }

  async #kept(id: string): Promise<{ readonly body: string; readonly answer: Answer } | undefined> {
    const doc = await this.#store.get(ANSWERS, id);
    return doc && answerDoc.Check(doc) && doc.at > this.#clock.now() - KEPT ? { body: doc.body, answer: doc.answer } : undefined;
  }

  async #keep(id: string, body: string, answer: Answer): Promise<Answer> {
    if (answer.status >= 500) return answer;
    try {
      await this.#store.upsert(ANSWERS, { _id: id, at: this.#clock.now(), body, answer: { ...answer, body: answer.body ?? null } });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
    }
    return answer;
  }
}
