import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';
import type { Sample, TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { BucketSummary, History, Log, Series } from '../../services.ts';
import { Database } from '../embedded/sqlite.ts';
import { dayOf, dayStart } from './calendar.ts';
import { EMPTY, seriesOf, type Columns } from './columns.ts';
import { Compactor } from './compactor.ts';
import { createTables, END_OF_TIME } from './hot-table.ts';
import { Intake, type Appended, type SampleColumns, type Source } from './intake.ts';
import { migrate } from './migrate.ts';
import { LongReader } from './reader.ts';
import type { FileStatistics } from './month-file.ts';
import { reduce } from './reduce.ts';
import type { Retention } from './retention.ts';
import { StoredHistory, type ReadRequest } from './stored.ts';
import { summaryAt } from './summary.ts';

export interface OpenHistory extends History, AsyncDisposable {
  /** Numbers of tags, for `appendColumns`; a name that is new gets one. */
  numbers(tags: readonly TagId[]): Int32Array;
  /** As `append`, for whoever has columns: nothing is made of each sample. */
  appendColumns(columns: SampleColumns, source?: Source): Promise<Appended>;
  /** Raw samples of tags as they are stored, decoded in the reading thread. */
  readColumns(tags: readonly TagId[], from: Millis, to: Millis, options?: { readonly signal?: AbortSignal }): Promise<readonly Columns[]>;
  /** Writes chunk rows of everything that is in memory; without it that is done within ten minutes. */
  flush(): Promise<void>;
  /** Puts the days before today into the files of their months; resolves when it is done. Runs by itself every night. */
  compact(): Promise<{ readonly days: number; readonly samples: number }>;
  /** What is stored where; samples in memory only are not counted. */
  statistics(): Promise<HistoryStatistics>;
}

interface HistoryStatistics {
  readonly tags: number;
  /** Raw samples in all files. */
  readonly samples: number;
  readonly bytes: number;
  readonly files: readonly FileStatistics[];
  /** Since this start; absent if there was none. */
  readonly lastCompaction?: Millis;
}

export interface HistoryOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: everything is kept. */
  readonly retention?: Retention;
  /** Counters for billing have a time of their own. */
  readonly isCounter?: (tag: TagId) => boolean;
}

const FOREVER: Retention = { hist: 100_000, keep: 100_000, roll: 100_000 };
/** More samples than this are decoded in the reading thread. */
const READ_HERE = 50_000;
/** More tags than this too: each is a few look-ups. */
const TAGS_HERE = 50;
/** Samples of one piece of a scan, about. */
const PIECE = 50_000;
/** Tags of one question to the reading thread: what is in memory of each is copied on this one. */
const TAGS_AT_ONCE = 1000;

/**
 * 历史: the newest chunks in `hist.db` of the data folder, the days before in one file a month (storage.md 3, 5, 6; ADR 7).
 * @throws Problem STORE_OPEN if the file cannot be opened.
 */
// oxlint-disable-next-line typescript/require-await -- asynchronous as every factory of a store
export async function openHistory(options: HistoryOptions): Promise<OpenHistory> {
  const path = join(options.dir, 'hist.db');
  try {
    const db = new Database(path, { pageSize: 16_384, secureDelete: false });
    createTables(db);
    migrate(db, options.log);
    return new ChunkHistory(db, options);
  } catch (error) {
    throw new Problem('STORE_OPEN', 500, `cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      place: { file: path },
      cause: error,
    });
  }
}

class ChunkHistory implements OpenHistory {
  readonly #db: Database;
  readonly #intake: Intake;
  readonly #stored: StoredHistory;
  readonly #reader: LongReader;
  readonly #compactor: Compactor;
  #closed = false;

  constructor(db: Database, { dir, clock, log, retention = FOREVER, isCounter = () => false }: HistoryOptions) {
    this.#db = db;
    this.#stored = new StoredHistory(db, dir);
    this.#intake = new Intake(db, clock, log, this.#stored);
    this.#reader = new LongReader(dir);
    this.#compactor = new Compactor({ dir, db, clock, log, intake: this.#intake, retention, isCounter });
  }

  append(samples: readonly Sample[], source?: Source): Promise<Appended> {
    return this.#intake.append(samples, source);
  }

  numbers(tags: readonly TagId[]): Int32Array {
    return this.#intake.numbers(tags);
  }

  appendColumns(columns: SampleColumns, source?: Source): Promise<Appended> {
    return this.#intake.appendColumns(columns, source);
  }

  lastSeq(runtime: string): number {
    return this.#intake.lastSeq(runtime);
  }

  latest(): Iterable<Sample> {
    return this.#intake.latest();
  }

  async flush(): Promise<void> {
    await this.#intake.flush();
  }

  compact(): Promise<{ readonly days: number; readonly samples: number }> {
    return this.#compactor.run();
  }

  async statistics(): Promise<HistoryStatistics> {
    const { files } = await this.#reader.read({ requests: this.#requests([], 0, 0), from: 0, to: 0, files: true });
    const { last } = this.#compactor;
    return {
      tags: this.#intake.tags,
      samples: files.reduce((sum, { kind, samples }) => sum + (kind === 'roll' ? 0 : samples), 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      files,
      ...(last === undefined ? {} : { lastCompaction: last }),
    };
  }

  async read(
    tags: readonly TagId[],
    from: Millis,
    to: Millis,
    options: { readonly points?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Series[]> {
    const { points, signal } = options;
    const requests = tags.length <= TAGS_HERE ? this.#requests(tags, from, to) : [];
    if (tags.length <= TAGS_HERE && this.#stored.count(requests, from, to, READ_HERE) <= READ_HERE)
      return requests.map((request, i) => {
        const { columns, rollup } = this.#stored.read(request, from, to);
        return seriesFrom(tags[i] ?? '', points === undefined ? columns : reduce(columns, from, to, points), rollup);
      });
    const series: Series[] = [];
    for (let i = 0; i < tags.length; i += TAGS_AT_ONCE) {
      const some = tags.slice(i, i + TAGS_AT_ONCE);
      const ask = { requests: this.#requests(some, from, to), from, to, ...(points === undefined ? {} : { points }) };
      const read = await this.#reader.read(ask, signal);
      read.columns.forEach((columns, k) => series.push(seriesFrom(some[k] ?? '', columns, read.rollup[k] ?? false)));
    }
    return series;
  }

  async readColumns(
    tags: readonly TagId[],
    from: Millis,
    to: Millis,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly Columns[]> {
    return (await this.#reader.read({ requests: this.#requests(tags, from, to), from, to }, options.signal)).columns;
  }

  async summarise(
    tags: readonly TagId[],
    edges: readonly Millis[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<BucketSummary[][]> {
    const each = Math.max(0, edges.length - 1);
    const [from = 0] = edges;
    const to = edges.at(-1) ?? 0;
    const result: BucketSummary[][] = [];
    for (let i = 0; i < tags.length; i += TAGS_AT_ONCE) {
      const some = tags.slice(i, i + TAGS_AT_ONCE);
      const { table } = await this.#reader.read({ requests: this.#requests(some, from, to), from, to, edges }, options.signal);
      some.forEach((_, k) => result.push(Array.from({ length: each }, (__, bucket) => summaryAt(table, k * each + bucket))));
    }
    return result;
  }

  /** Day by day, or in shorter steps where a day has more than a piece. */
  async *scan(tag: TagId, from: Millis, to: Millis, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Series, void, void> {
    const [request] = this.#requests([tag], from, to);
    const end = Math.min(to, END_OF_TIME, this.#intake.lastAt(tag) + 1);
    let start = request ? Math.max(from, this.#stored.begin(request)) : end;
    while (start < end) {
      const next = Math.min(end, dayStart(dayOf(start) + 1));
      const read = await this.#reader.read({ requests: this.#requests([tag], start, next), from: start, to: next }, options.signal);
      const [columns] = read.columns;
      const { at, value, status, texts, n } = columns ?? EMPTY;
      for (let i = 0; i < n; i += PIECE) {
        const stop = Math.min(n, i + PIECE);
        const piece = { n: stop - i, at: at.subarray(i, stop), value: value.subarray(i, stop), status: status.subarray(i, stop), texts };
        yield seriesFrom(tag, piece, read.rollup[0] ?? false);
      }
      start = next;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#compactor.close();
    this.#intake.close();
    await this.#reader.close();
    this.#stored.close();
    this.#db.close();
  }

  #requests(tags: readonly TagId[], from: Millis, to: Millis): ReadRequest[] {
    if (this.#closed) throw new Problem('STORE_CLOSED', 503, 'the history is closed');
    return tags.map((tag) => this.#intake.request(tag, from, to));
  }
}

const seriesFrom = (tag: TagId, columns: Columns, rollup: boolean): Series =>
  rollup ? { ...seriesOf(tag, columns), tier: 'rollup' } : seriesOf(tag, columns);
