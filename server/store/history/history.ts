import { join } from 'node:path';
import { Problem } from '#domain/errors.ts';
import type { Sample, TagId } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { BucketSummary, History, Log, Series } from '../../services.ts';
import { Database } from '../embedded/sqlite.ts';
import {
  bytesOf,
  chunkAt,
  countStored,
  createTables,
  MAX_TAGS,
  readTag,
  SECONDS,
  writeChunk,
  writeLate,
  type ReadRequest,
} from './chunk-table.ts';
import { emptyColumns, lowerBound } from './columns.ts';
import { Head } from './head.ts';
import { LongReader } from './reader.ts';
import { reduce } from './reduce.ts';
import { scanTag, summariseTag } from './summarise.ts';
import { packSamples, unpackSamples, type Numbered } from './wal-blob.ts';

export type OpenHistory = History & AsyncDisposable;

interface Source {
  readonly runtime: string;
  readonly seq: number;
}
interface Appended {
  readonly stored: number;
  readonly duplicates: number;
}
interface Waiting {
  readonly samples: readonly Sample[];
  readonly source: Source | undefined;
  readonly resolve: (result: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Shortest time between two commits, ms: at most 50 fsyncs a second, however many batches come. */
const COMMIT_EVERY = 20;
/** Every open chunk is written at least this often, so that the log of batches stays short, ms. */
const WRITE_WITHIN = 600_000;
/** More samples than this are decoded in the reading thread. */
const READ_HERE = 50_000;
const TAG_LENGTH = 200;
const QUALITIES: ReadonlySet<string> = new Set(['good', 'uncertain', 'bad']);

/**
 * 历史: compressed chunks in one SQLite file `hist.db` of the data folder (storage.md 3, 6).
 * @throws Problem STORE_OPEN if the file cannot be opened.
 */
// oxlint-disable-next-line typescript/require-await -- asynchronous as every factory of a store
export async function openHistory(options: { readonly dir: string; readonly clock: Clock; readonly log: Log }): Promise<OpenHistory> {
  const path = join(options.dir, 'hist.db');
  try {
    const db = new Database(path, { pageSize: 16_384, secureDelete: false });
    createTables(db);
    return new ChunkHistory(db, options.clock, options.log);
  } catch (error) {
    throw new Problem('STORE_OPEN', 500, `cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      place: { file: path },
      cause: error,
    });
  }
}

class ChunkHistory implements OpenHistory {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #reader: LongReader;
  readonly #heads = new Map<TagId, Head>();
  readonly #byId = new Map<number, Head>();
  readonly #sources = new Map<string, number>();
  /** Heads with samples that no chunk row holds yet, and the group of the oldest one; in the order of the groups. */
  readonly #dirty = new Map<Head, number>();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #group = 0;
  #committedAt: number;
  #credit = 0;
  #refusal: Problem | undefined;

  constructor(db: Database, clock: Clock, log: Log) {
    this.#db = db;
    this.#clock = clock;
    this.#committedAt = clock.monotonic();
    this.#reader = new LongReader(db.path);
    this.#load();
    const replayed = this.#replay();
    log.info({ tags: this.#heads.size, replayed }, 'history opened');
  }

  append(samples: readonly Sample[], source?: Source): Promise<Appended> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    const fault = samples.findIndex((sample) => !isStorable(sample));
    if (fault >= 0)
      return Promise.reject(
        new Problem('SAMPLE_INVALID', 400, 'a sample needs a tag, a time from 1970 to 2242 in whole milliseconds, a value and a quality', {
          place: { path: `samples[${fault}]` },
        }),
      );
    if (this.#heads.size + samples.length >= MAX_TAGS && samples.some((sample) => !this.#heads.has(sample.tag)))
      return Promise.reject(new Problem('HISTORY_TAGS', 507, `the history holds at most ${MAX_TAGS} tags`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ samples, source, resolve, reject });
      this.#schedule();
    });
  }

  lastSeq(runtime: string): number {
    return this.#sources.get(runtime) ?? 0;
  }

  async read(
    tags: readonly TagId[],
    from: Millis,
    to: Millis,
    options: { readonly points?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Series[]> {
    if (this.#refusal?.code === 'STORE_CLOSED') throw this.#refusal;
    const { points, signal } = options;
    const requests = tags.map((tag): ReadRequest => {
      const head = this.#heads.get(tag);
      return { tag, id: head?.id ?? 0, open: head?.columns ?? emptyColumns() };
    });
    const total = requests.reduce((sum, { id }) => sum + (id > 0 ? countStored(this.#db, id, from, to) : 0), 0);
    const columns =
      total > READ_HERE
        ? await this.#reader.read({ requests, from, to, ...(points === undefined ? {} : { points }) }, signal)
        : requests.map((request) => {
            const all = request.id > 0 ? readTag(this.#db, request, from, to) : emptyColumns();
            return points === undefined ? all : reduce(all, from, to, points);
          });
    return columns.map((one, i) => ({ tag: tags[i] ?? '', ...one }));
  }

  async summarise(
    tags: readonly TagId[],
    edges: readonly Millis[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly (readonly BucketSummary[])[]> {
    const summaries: (readonly BucketSummary[])[] = [];
    for (const tag of tags) summaries.push(await summariseTag(this, tag, edges, options));
    return summaries;
  }

  scan(tag: TagId, from: Millis, to: Millis, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<Series> {
    return scanTag(this, tag, from, to, options);
  }

  *latest(): Generator<Sample, void, void> {
    for (const head of this.#heads.values()) if (head.last) yield head.last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#refusal?.code === 'STORE_CLOSED') return;
    this.#commit();
    clearTimeout(this.#timer);
    if (!this.#refusal) this.#transaction(() => this.#writeOpen(this.#dirty.size));
    this.#refusal = new Problem('STORE_CLOSED', 503, 'the history is closed');
    await this.#reader.close();
    this.#db.close();
  }

  #load(): void {
    for (const row of this.#db.all('SELECT id, name FROM tag')) {
      const head = this.#addHead(Number(row['id']), String(row['name']));
      const chunk = chunkAt(this.#db, head.id, (SECONDS - 1) * 1000);
      if (!chunk) continue;
      head.restore(chunk.columns);
      head.writtenTo = chunk.w;
    }
    for (const row of this.#db.all('SELECT runtime, seq FROM source')) this.#sources.set(String(row['runtime']), Number(row['seq']));
    // Group numbers go on even when the log is empty: chunk rows refer to them.
    const last = this.#db.get('SELECT max((SELECT coalesce(max(seq), 0) FROM wal), (SELECT coalesce(max(w), 0) FROM chunk)) AS n');
    this.#group = Number(last?.['n'] ?? 0);
  }

  /** Brings back what no chunk row holds; samples that one holds are skipped by the number of their group. */
  #replay(): number {
    let replayed = 0;
    for (const row of this.#db.all('SELECT seq, b FROM wal ORDER BY seq')) {
      const group = Number(row['seq']);
      for (const sample of unpackSamples(bytesOf(row['b']))) {
        const head = this.#byId.get(sample.tag);
        if (!head || group <= head.writtenTo) continue;
        if (head.take({ ...sample, tag: head.tag }) !== 'taken') continue;
        if (!this.#dirty.has(head)) this.#dirty.set(head, group);
        replayed += 1;
      }
    }
    const failed = this.#transaction(() => {
      for (const head of this.#dirty.keys()) if (head.closed.length > 0) this.#write(head);
    });
    if (failed) throw failed;
    return replayed;
  }

  #addHead(id: number, tag: TagId): Head {
    const head = new Head(id, tag);
    this.#heads.set(tag, head);
    this.#byId.set(id, head);
    return head;
  }

  #schedule(): void {
    if (this.#timer || this.#immediate) return;
    const wait = this.#committedAt + COMMIT_EVERY - this.#clock.monotonic();
    if (wait > 0) this.#timer = setTimeout(() => this.#commit(), wait);
    else this.#immediate = setImmediate(() => this.#commit());
  }

  #commit(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    let results: Appended[] = [];
    const failed = this.#transaction(() => {
      results = this.#store(waiting);
    });
    waiting.forEach((one, i) => {
      const result = results[i];
      if (failed || !result) one.reject(failed);
      else one.resolve(result);
    });
  }

  /** After a failed commit memory and file differ: only a restart brings them together, so everything later is refused. */
  #transaction(run: () => void): Problem | undefined {
    const problem = (what: string, error: unknown): Problem =>
      new Problem('STORE_FAILED', 503, `the history could not ${what}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      // Nothing has happened yet (another program holds the file): this group fails, later ones may pass.
      return problem('begin', error);
    }
    try {
      run();
      this.#db.exec('COMMIT');
      return undefined;
    } catch (error) {
      this.#refusal = problem('commit', error);
      return this.#refusal;
    }
  }

  #store(waiting: readonly Waiting[]): Appended[] {
    this.#group += 1;
    const kept: Numbered[] = [];
    const touched = new Set<Head>();
    const results = waiting.map((one) => this.#storeOne(one, kept, touched));
    if (kept.length > 0) this.#db.run('INSERT INTO wal (seq, b) VALUES (?, ?)', this.#group, packSamples(kept));
    for (const head of touched) {
      head.closeFull();
      if (head.closed.length > 0) this.#write(head);
    }
    this.#writeOpen(this.#due());
    return results;
  }

  #storeOne({ samples, source }: Waiting, kept: Numbered[], touched: Set<Head>): Appended {
    if (source && source.seq <= this.lastSeq(source.runtime)) return { stored: 0, duplicates: samples.length };
    let stored = 0;
    for (const sample of samples) {
      const head = this.#heads.get(sample.tag) ?? this.#newTag(sample.tag);
      const taken = head.take(sample);
      if (taken === 'old' && this.#storeOld(head, sample)) stored += 1;
      if (taken !== 'taken') continue;
      stored += 1;
      kept.push({ tag: head.id, at: sample.at, value: sample.value, quality: sample.quality });
      touched.add(head);
      if (!this.#dirty.has(head)) this.#dirty.set(head, this.#group);
    }
    if (source) {
      this.#db.run(
        'INSERT INTO source (runtime, seq) VALUES (?, ?) ON CONFLICT (runtime) DO UPDATE SET seq = excluded.seq',
        source.runtime,
        source.seq,
      );
      this.#sources.set(source.runtime, source.seq);
    }
    return { stored, duplicates: samples.length - stored };
  }

  #storeOld(head: Head, sample: Sample): boolean {
    const pieces = [...head.closed, chunkAt(this.#db, head.id, sample.at)?.columns ?? emptyColumns()];
    if (pieces.some(({ at }) => at[lowerBound(at, sample.at)] === sample.at)) return false;
    return writeLate(this.#db, head.id, sample);
  }

  #newTag(tag: TagId): Head {
    const id = this.#heads.size + 1;
    this.#db.run('INSERT INTO tag (id, name) VALUES (?, ?)', id, tag);
    return this.#addHead(id, tag);
  }

  /** Chunk rows of everything that the head holds; afterwards the log of batches is not needed for this tag. */
  #write(head: Head): void {
    for (const columns of head.closed) writeChunk(this.#db, head.id, columns, this.#group);
    head.closed = [];
    if (head.columns.at.length > 0) writeChunk(this.#db, head.id, head.columns, this.#group);
    head.writtenTo = this.#group;
    this.#dirty.delete(head);
  }

  /** How many open chunks are due, so that each one is written once in WRITE_WITHIN and never all at once. */
  #due(): number {
    const now = this.#clock.monotonic();
    const passed = Math.min(WRITE_WITHIN, Math.max(0, now - this.#committedAt));
    this.#committedAt = now;
    this.#credit += (this.#dirty.size * passed) / WRITE_WITHIN;
    const due = Math.floor(this.#credit);
    this.#credit -= due;
    return due;
  }

  #writeOpen(count: number): void {
    let left = count;
    for (const head of this.#dirty.keys()) {
      if (left <= 0) break;
      this.#write(head);
      left -= 1;
    }
    const oldest = this.#dirty.values().next().value ?? this.#group + 1;
    this.#db.run('DELETE FROM wal WHERE seq < ?', oldest);
  }
}

function isStorable(sample: Sample): boolean {
  const { tag, at, value, quality } = sample;
  const kind = typeof value;
  return (
    typeof tag === 'string' &&
    tag.length > 0 &&
    tag.length <= TAG_LENGTH &&
    Number.isInteger(at) &&
    at >= 0 &&
    at < SECONDS * 1000 &&
    (value === null || kind === 'number' || kind === 'boolean' || kind === 'string') &&
    QUALITIES.has(quality)
  );
}
