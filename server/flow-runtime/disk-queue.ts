import { DatabaseSync, type StatementSync } from 'node:sqlite';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Sample } from '#domain/sample.ts';
import type { CommandOutcome } from '../services.ts';

export interface QueuedBatch {
  readonly seq: number;
  readonly samples: readonly Sample[];
}

/** [tag, at, value, quality letter]: a third of the size of the objects. */
const Rows = Type.Array(
  Type.Tuple([
    Type.String(),
    Type.Number(),
    Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]),
    Type.Union([Type.Literal('g'), Type.Literal('u'), Type.Literal('b')]),
  ]),
);
const LETTER = { good: 'g', uncertain: 'u', bad: 'b' } as const;
const QUALITY = { g: 'good', u: 'uncertain', b: 'bad' } as const;

export const encodeSamples = (samples: readonly Sample[]): Uint8Array =>
  Buffer.from(JSON.stringify(samples.map((s) => [s.tag, s.at, s.value, LETTER[s.quality]])));

/** @throws Error if the bytes are not what `encodeSamples` wrote. */
export function decodeSamples(bytes: Uint8Array): Sample[] {
  const rows: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!Check(Rows, rows)) throw new Error('disk queue: damaged batch');
  return rows.map(([tag, at, value, letter]) => ({ tag, at, value, quality: QUALITY[letter] }));
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS q (seq INTEGER PRIMARY KEY, batch BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS c (id TEXT PRIMARY KEY, at INTEGER NOT NULL, outcome TEXT);
`;

/**
 * What the runtime must not forget: batches until the server has them, the state of control nodes, the cached deployment, and which commands
 * it has begun. SQLite with synchronous=FULL: what `append` returned from is on the disk (security.md D11).
 */
export class DiskQueue {
  readonly #db: DatabaseSync;
  readonly #capBytes: number;
  readonly #statements: Readonly<
    Record<'append' | 'next' | 'upTo' | 'remove' | 'oldest' | 'get' | 'set' | 'begin' | 'end' | 'known' | 'forget', StatementSync>
  >;
  #last: number;
  #bytes: number;
  #count: number;
  #dropped = 0;

  constructor(path: string, now: number, capBytes: number) {
    this.#db = new DatabaseSync(path);
    this.#db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=200;');
    this.#db.exec(SCHEMA);
    this.#capBytes = capBytes;
    const db = this.#db;
    this.#statements = {
      append: db.prepare('INSERT INTO q (seq, batch) VALUES (?, ?)'),
      next: db.prepare('SELECT seq, batch FROM q WHERE seq > ? ORDER BY seq LIMIT 1'),
      upTo: db.prepare('SELECT count(*) AS n, sum(length(batch)) AS bytes FROM q WHERE seq <= ?'),
      remove: db.prepare('DELETE FROM q WHERE seq <= ?'),
      oldest: db.prepare('SELECT seq, length(batch) AS bytes FROM q ORDER BY seq LIMIT 1'),
      get: db.prepare('SELECT value FROM kv WHERE key = ?'),
      set: db.prepare('INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'),
      begin: db.prepare('INSERT INTO c (id, at, outcome) VALUES (?, ?, NULL)'),
      end: db.prepare('UPDATE c SET outcome = ? WHERE id = ?'),
      known: db.prepare('SELECT outcome FROM c WHERE id = ?'),
      forget: db.prepare('DELETE FROM c WHERE at < ?'),
    };
    // A new queue begins far above every older one, so that the server never takes its batches for known ones.
    this.#last = Math.max(this.#number('SELECT max(seq) AS n FROM q'), Number(this.get('seq') ?? 0), 0) || now * 1000;
    this.#bytes = this.#number('SELECT sum(length(batch)) AS n FROM q');
    this.#count = this.#number('SELECT count(*) AS n FROM q');
  }

  #number(sql: string): number {
    const n: unknown = this.#db.prepare(sql).get()?.['n'];
    return typeof n === 'number' ? n : 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Batches thrown away since the start because the cap was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Returns after the batch is on the disk. */
  append(samples: readonly Sample[]): number {
    const bytes = encodeSamples(samples);
    this.#last += 1;
    this.#statements.append.run(this.#last, bytes);
    this.#bytes += bytes.length;
    this.#count += 1;
    while (this.#bytes > this.#capBytes && this.#count > 1) this.#dropOldest();
    return this.#last;
  }

  #dropOldest(): void {
    const row = this.#statements.oldest.get();
    if (typeof row?.['seq'] !== 'number' || typeof row['bytes'] !== 'number') return;
    this.#statements.remove.run(row['seq']);
    this.#bytes -= row['bytes'];
    this.#count -= 1;
    this.#dropped += 1;
  }

  /** The first batch after `seq`. */
  next(seq: number): QueuedBatch | undefined {
    const row = this.#statements.next.get(seq);
    const found: unknown = row?.['seq'];
    const batch: unknown = row?.['batch'];
    return typeof found === 'number' && batch instanceof Uint8Array ? { seq: found, samples: decodeSamples(batch) } : undefined;
  }

  /** Deletes everything up to and with `seq`: the server has it. */
  acknowledge(seq: number): void {
    const gone = this.#statements.upTo.get(seq);
    const bytes: unknown = gone?.['bytes'];
    if (typeof bytes !== 'number') return;
    this.#statements.remove.run(seq);
    // The number survives an empty queue and a restart.
    this.set('seq', String(this.#last));
    this.#bytes -= bytes;
    this.#count -= Number(gone?.['n'] ?? 0);
  }

  get(key: string): string | undefined {
    const value: unknown = this.#statements.get.get(key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  set(key: string, value: string): void {
    this.#statements.set.run(key, value);
  }

  /** `new` once; then the stored outcome, or `begun` if it was never finished (a crash in between). */
  beginCommand(id: string, now: number): 'new' | 'begun' | CommandOutcome {
    const row = this.#statements.known.get(id);
    if (row === undefined) {
      this.#statements.forget.run(now - 86_400_000);
      this.#statements.begin.run(id, now);
      return 'new';
    }
    const text: unknown = row['outcome'];
    const outcome: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    return Check(Outcome, outcome) ? outcome : 'begun';
  }

  endCommand(outcome: CommandOutcome): void {
    this.#statements.end.run(JSON.stringify(outcome), outcome.id);
  }

  close(): void {
    this.#db.close();
  }
}

const Outcome = Type.Object({
  id: Type.String(),
  state: Type.Union([Type.Literal('confirmed'), Type.Literal('failed'), Type.Literal('unknown')]),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  readBack: Type.Optional(Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()])),
  at: Type.Number(),
});
