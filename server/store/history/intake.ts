import { Problem } from '#domain/errors.ts';
import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Log } from '../../services.ts';
import type { Database } from '../embedded/sqlite.ts';
import { chunkColumns } from './codec.ts';
import { Growing, lowerBound, sampleAt, statusOf, TEXT, type Columns } from './columns.ts';
import { ChunkRows } from './chunk-rows.ts';
import { CHUNK_MILLIS, Head, OLD, TAKEN, TAKEN_NEXT } from './head.ts';
import { bytesOf, MAX_TAGS, tagOfHot, writeLate } from './hot-table.ts';
import type { ReadRequest, StoredHistory } from './stored.ts';
import { Batch, packBatch, unpackBatch } from './wal-blob.ts';
import { columnFault, isStorable, type SampleColumns } from './storable.ts';

export type { SampleColumns } from './storable.ts';

export interface Source {
  readonly runtime: string;
  readonly seq: number;
}
export interface Appended {
  readonly stored: number;
  readonly duplicates: number;
}
interface Waiting {
  readonly given: readonly Sample[] | SampleColumns;
  readonly n: number;
  readonly source: Source | undefined;
  readonly resolve: (result: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Shortest time between two commits, ms: at most 50 fsyncs a second, however many small batches come. */
const COMMIT_EVERY = 20;
/** So many samples do not wait for it: the commit of a poll of all tags is worth its fsync. */
const COMMIT_AT = 5000;
/** Numbers of groups that are reserved at once, so that they never repeat. */
const RESERVE = 1000;

/** The writing end: takes samples into the open chunks and the log of batches, in one durable commit a group, and writes full chunks. */
export class Intake {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #stored: StoredHistory;
  readonly #heads = new Map<TagId, Head>();
  readonly #byId: (Head | undefined)[] = [undefined];
  readonly #sources = new Map<string, number>();
  readonly #rows: ChunkRows;
  readonly #batch = new Batch();
  /** Stored samples about the late ones of this group. */
  readonly #around = new Map<string, Columns>();
  #candidates: Head[] = [];
  #newTags: Head[] = [];
  #waiting: Waiting[] = [];
  #waitingSamples = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #group = 0;
  #reserved = 0;
  #committedAt: number;
  #refusal: Problem | undefined;

  constructor(db: Database, clock: Clock, log: Log, stored: StoredHistory) {
    this.#db = db;
    this.#clock = clock;
    this.#stored = stored;
    this.#rows = new ChunkRows(db, clock);
    this.#committedAt = clock.monotonic();
    this.#load();
    const replayed = this.#replay();
    log.info({ tags: this.#heads.size, replayed }, 'history opened');
  }

  get tags(): number {
    return this.#heads.size;
  }

  /** Number of the last group: everything that was written before has it or a smaller one. */
  get group(): number {
    return this.#group;
  }

  append(samples: readonly Sample[], source?: Source): Promise<Appended> {
    const fault = samples.findIndex((sample) => !isStorable(sample));
    if (fault >= 0) return Promise.reject(invalid(fault));
    if (this.#heads.size + samples.length >= MAX_TAGS && samples.some((sample) => !this.#heads.has(sample.tag)))
      return Promise.reject(tooManyTags());
    return this.#wait(samples, samples.length, source);
  }

  appendColumns(columns: SampleColumns, source?: Source): Promise<Appended> {
    const fault = columnFault(columns, this.#byId.length);
    return fault === undefined ? this.#wait(columns, columns.tags.length, source) : Promise.reject(invalid(fault));
  }

  numbers(tags: readonly TagId[]): Int32Array {
    return Int32Array.from(tags, (tag) => {
      if (!isStorable({ tag, at: 0, value: 0, quality: 'good' })) throw invalid(0);
      return (this.#heads.get(tag) ?? this.#newTag(tag)).id;
    });
  }

  lastSeq(runtime: string): number {
    return this.#sources.get(runtime) ?? 0;
  }

  *latest(): Generator<Sample, void, void> {
    for (const head of this.#heads.values()) {
      const { last } = head;
      if (last) yield last;
    }
  }

  lastAt(tag: TagId): Millis {
    return this.#heads.get(tag)?.lastAt ?? -1;
  }

  numbersOf(some: (tag: TagId) => boolean): Int32Array {
    return Int32Array.from([...this.#heads.values()].filter((head) => some(head.tag)).map((head) => head.id));
  }

  /** Time of the newest sample of all. */
  newest(): Millis {
    let newest = 0;
    for (const head of this.#heads.values()) newest = Math.max(newest, head.lastAt);
    return newest;
  }

  /** What to read of a tag in [from, to), with a copy of what is in memory of it. */
  request(tag: TagId, from: Millis, to: Millis): ReadRequest {
    const head = this.#heads.get(tag);
    return { id: head?.id ?? 0, memory: head?.memory(from, to) ?? [] };
  }

  /** A step of deleting chunks or late samples that are in the files of the months; refused as everything is after a failed commit. */
  write(run: () => number): number {
    if (this.#refusal) throw this.#refusal;
    let changed = 0;
    const failed = this.#transaction(() => {
      changed = run();
    });
    if (failed) throw failed;
    return changed;
  }

  /** Rows of all open chunks, a few at a time. */
  async flush(): Promise<void> {
    while (this.#rows.unsaved > 0) {
      this.write(() => this.#rows.workOff(this.#group));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** Tags whose last sample is before a time: their chunks will go, also from memory; what they ended with stays. */
  resting(before: Millis): Head[] {
    const heads = [...this.#heads.values()].filter((head) => head.lastAt >= 0 && head.lastAt < before);
    for (const head of heads) if (!head.unsaved) head.close(this.#group);
    return heads;
  }

  close(): void {
    if (this.#refusal?.code === 'STORE_CLOSED') return;
    this.#commit();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    if (!this.#refusal) this.#transaction(() => this.#rows.writeAll(this.#group));
    this.#refusal = new Problem('STORE_CLOSED', 503, 'the history is closed');
  }

  #load(): void {
    for (const row of this.#db.all('SELECT id, name FROM tag ORDER BY id')) this.#addHead(String(row['name']), Number(row['id']));
    const left = new Set(this.#heads.values());
    for (const row of this.#db.iterate('SELECT id FROM hot ORDER BY id DESC')) {
      if (left.size === 0) break;
      const head = this.#byId[tagOfHot(Number(row['id']))];
      if (!head || !left.delete(head)) continue;
      const chunk = this.#db.get('SELECT w, b FROM hot WHERE id = ?', Number(row['id']));
      head.restore(chunkColumns(bytesOf(chunk?.['b'])), Number(chunk?.['w']));
    }
    for (const row of this.#db.all('SELECT tag, b FROM latest')) {
      const head = this.#byId[Number(row['tag'])];
      if (head && left.has(head)) head.restoreLast(sampleAt(head.tag, chunkColumns(bytesOf(row['b'])), 0));
    }
    for (const row of this.#db.all('SELECT runtime, seq FROM source')) this.#sources.set(String(row['runtime']), Number(row['seq']));
    this.#reserved = Number(this.#db.get("SELECT n FROM state WHERE name = 'group'")?.['n'] ?? 0);
    this.#group = this.#reserved;
  }

  /** Brings back what no chunk row holds; samples that one holds are skipped by the number of their group. */
  #replay(): number {
    let replayed = 0;
    const failed = this.#transaction(() => {
      for (const row of this.#db.all('SELECT seq FROM wal ORDER BY seq')) {
        const seq = Number(row['seq']);
        replayed += this.#replayGroup(seq, bytesOf(this.#db.get('SELECT b FROM wal WHERE seq = ?', seq)?.['b']));
      }
      this.#rows.writeClosed(this.#group);
    });
    if (failed) throw failed;
    return replayed;
  }

  #replayGroup(group: number, bytes: Uint8Array): number {
    const { n, tag, at, value, status, texts } = unpackBatch(bytes);
    let replayed = 0;
    for (let i = 0; i < n; i += 1) {
      const head = this.#byId[tag[i] ?? 0];
      if (!head || group <= head.writtenTo) continue;
      const flags = status[i] ?? 0;
      const text = flags & TEXT ? String(texts[value[i] ?? 0]) : null;
      if (this.#take(head, at[i] ?? 0, value[i] ?? 0, flags, text, group)) replayed += 1;
    }
    this.#closeFull(group);
    this.#around.clear();
    this.#batch.clear();
    return replayed;
  }

  #addHead(tag: TagId, id: number): Head {
    const head = new Head(id, tag);
    this.#heads.set(tag, head);
    this.#byId[id] = head;
    return head;
  }

  #newTag(tag: TagId): Head {
    if (this.#byId.length >= MAX_TAGS) throw tooManyTags();
    const head = this.#addHead(tag, this.#byId.length);
    this.#newTags.push(head);
    return head;
  }

  #wait(given: Waiting['given'], n: number, source: Source | undefined): Promise<Appended> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ given, n, source, resolve, reject });
      this.#waitingSamples += n;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#immediate) return;
    const wait = this.#waitingSamples >= COMMIT_AT ? 0 : this.#committedAt + COMMIT_EVERY - this.#clock.monotonic();
    if (wait <= 0) {
      clearTimeout(this.#timer);
      this.#immediate = setImmediate(() => this.#commit());
    } else this.#timer ??= setTimeout(() => this.#commit(), wait);
  }

  #commit(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingSamples = 0;
    if (waiting.length === 0 && !this.#rows.isBehind) return;
    let results: Appended[] = [];
    const failed =
      this.#refusal ??
      this.#transaction(() => {
        results = this.#store(waiting);
      });
    waiting.forEach((one, i) => {
      const result = results[i];
      if (failed || !result) one.reject(failed);
      else one.resolve(result);
    });
    if (!failed && this.#rows.isBehind) this.#schedule();
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
      this.#nextGroup();
      run();
      this.#db.exec('COMMIT');
      return undefined;
    } catch (error) {
      this.#refusal = problem('commit', error);
      return this.#refusal;
    }
  }

  #nextGroup(): void {
    this.#group += 1;
    if (this.#group <= this.#reserved) return;
    this.#reserved = this.#group + RESERVE;
    this.#db.run("INSERT OR REPLACE INTO state (name, n) VALUES ('group', ?)", this.#reserved);
  }

  #store(waiting: readonly Waiting[]): Appended[] {
    this.#batch.clear();
    this.#around.clear();
    const results = waiting.map((one) => this.#storeOne(one));
    for (const head of this.#newTags) this.#db.run('INSERT INTO tag (id, name) VALUES (?, ?)', head.id, head.tag);
    this.#newTags = [];
    if (this.#batch.n > 0) this.#db.run('INSERT INTO wal (seq, b) VALUES (?, ?)', this.#group, packBatch(this.#batch));
    this.#closeFull(this.#group);
    this.#rows.work(this.#group);
    this.#committedAt = this.#clock.monotonic();
    return results;
  }

  #storeOne({ given, n, source }: Waiting): Appended {
    if (source && source.seq <= this.lastSeq(source.runtime)) return { stored: 0, duplicates: n };
    const stored = 'tags' in given ? this.#storeColumns(given) : this.#storeSamples(given);
    if (source) {
      this.#db.run(
        'INSERT INTO source (runtime, seq) VALUES (?, ?) ON CONFLICT (runtime) DO UPDATE SET seq = excluded.seq',
        source.runtime,
        source.seq,
      );
      this.#sources.set(source.runtime, source.seq);
    }
    return { stored, duplicates: n - stored };
  }

  #storeSamples(samples: readonly Sample[]): number {
    let stored = 0;
    for (const { tag, at, value, quality } of samples) {
      const head = this.#heads.get(tag) ?? this.#newTag(tag);
      const number = typeof value === 'string' ? 0 : Number(value ?? 0);
      const status = statusOf(value, quality);
      if (this.#take(head, at, number, status, value, this.#group)) stored += 1;
    }
    return stored;
  }

  #storeColumns({ tags, at, value, status }: SampleColumns): number {
    const group = this.#group;
    let stored = 0;
    for (let i = 0; i < tags.length; i += 1) {
      const head = this.#byId[tags[i] ?? 0];
      const time = typeof at === 'number' ? at : (at[i] ?? 0);
      if (head && this.#take(head, time, value[i] ?? 0, status?.[i] ?? 0, null, group)) stored += 1;
    }
    return stored;
  }

  /** True if it is new: taken into the open chunk and the log, or stored as a late one. */
  #take(head: Head, at: Millis, value: number, status: number, text: Value, group: number): boolean {
    const taken = head.take(at, value, status, text, group);
    if (taken === TAKEN_NEXT) {
      this.#rows.noteClosed(head);
      this.#around.clear();
    } else if (taken === OLD) return this.#storeOld(head, at, value, status, text);
    else if (taken !== TAKEN) return false;
    this.#batch.push(head.id, at, value, status, text);
    if (!head.unsaved) this.#rows.note(head, group);
    if (head.isFull) this.#candidates.push(head);
    return true;
  }

  #storeOld(head: Head, at: Millis, value: number, status: number, text: Value): boolean {
    const window = Math.floor(at / CHUNK_MILLIS);
    const key = `${head.id} ${window}`;
    let around = this.#around.get(key);
    if (!around) {
      const memory = head.closed.map((piece) => piece.columns);
      around = this.#stored.read({ id: head.id, memory }, window * CHUNK_MILLIS, (window + 1) * CHUNK_MILLIS).columns;
      this.#around.set(key, around);
    }
    if (around.at[lowerBound(around.at, at, around.n)] === at) return false;
    const one = new Growing(1);
    one.push(at, status & TEXT ? one.text(String(text)) : value, status);
    return writeLate(this.#db, head.id, one.view(), this.#group);
  }

  #closeFull(group: number): void {
    for (const head of this.#candidates) {
      if (!head.isFull) continue;
      head.close(group);
      this.#rows.noteClosed(head);
    }
    this.#candidates = [];
  }
}

const invalid = (i: number): Problem =>
  new Problem('SAMPLE_INVALID', 400, 'a sample needs a tag, a time from 1970 to 2242 in whole milliseconds, a value and a quality', {
    place: { path: `samples[${i}]` },
  });

const tooManyTags = (): Problem => new Problem('HISTORY_TAGS', 507, `the history holds at most ${MAX_TAGS} tags`);
