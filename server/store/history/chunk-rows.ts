import type { Clock } from '#domain/time.ts';
import type { Database } from '../embedded/sqlite.ts';
import type { Head, Unsaved } from './head.ts';
import { writeHot } from './hot-table.ts';

/** Every open chunk is written at least this often, so that the log of batches stays short, ms. */
const WRITE_WITHIN = 600_000;
/** Longest time that chunk rows take of one commit, ms; the rest is for the next ones. */
const WRITE_BUDGET = 5;
/** With more full chunks waiting in memory than this (midnight ends them all), a commit takes longer, ms. */
const FULL_LIMIT = 20_000;
const FULL_BUDGET = 12;
/** Heads between two looks at the clock. */
const LOOK_EVERY = 16;
/** Batches that one commit removes from the log. */
const PRUNE_LIMIT = 200;

/** Which chunks have to be written, and writing them a few at a time; then the batches that they hold leave the log. */
export class ChunkRows {
  readonly #db: Database;
  readonly #clock: Clock;
  /** In the order of the groups. */
  readonly #unsaved = new Set<Unsaved>();
  /** Heads with closed chunks that are not written yet. */
  readonly #full = new Set<Head>();
  #workedAt: number;
  #credit = 0;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#workedAt = clock.monotonic();
  }

  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** True if there is work that should not wait for the next samples. */
  get isBehind(): boolean {
    return this.#full.size > 0 || this.#credit >= 1;
  }

  /** The first sample of a head that no row holds. */
  note(head: Head, group: number): void {
    head.unsaved = { head, group };
    this.#unsaved.add(head.unsaved);
  }

  noteClosed(head: Head): void {
    if (head.closed.length > 0) this.#full.add(head);
  }

  /** What is due of a commit. */
  work(group: number): void {
    const until = this.#clock.monotonic() + (this.#full.size > FULL_LIMIT ? FULL_BUDGET : WRITE_BUDGET);
    this.#writeFull(group, until);
    this.#credit = Math.min(this.#unsaved.size, this.#credit + this.#due());
    this.#credit -= this.#writeOpen(group, Math.floor(this.#credit), until);
    this.#prune(group, PRUNE_LIMIT);
  }

  /** As much of everything as fits into one commit. */
  workOff(group: number): number {
    const until = this.#clock.monotonic() + FULL_BUDGET;
    this.#writeFull(group, until);
    const written = this.#writeOpen(group, this.#unsaved.size, until);
    this.#prune(group, PRUNE_LIMIT);
    return written;
  }

  writeClosed(group: number): void {
    this.#writeFull(group, Number.POSITIVE_INFINITY);
  }

  writeAll(group: number): void {
    this.writeClosed(group);
    this.#writeOpen(group, this.#unsaved.size, Number.POSITIVE_INFINITY);
    this.#prune(group, Number.POSITIVE_INFINITY);
  }

  #writeFull(group: number, until: number): void {
    let written = 0;
    for (const head of this.#full) {
      this.#writeHead(head, group);
      written += 1;
      if (written % LOOK_EVERY === 0 && this.#clock.monotonic() >= until) return;
    }
  }

  #writeHead(head: Head, group: number): void {
    for (const { columns, w, unsaved } of head.closed) {
      writeHot(this.#db, head.id, columns, w, group);
      head.writtenTo = w;
      this.#unsaved.delete(unsaved);
    }
    head.closed = [];
    this.#full.delete(head);
  }

  /** How many open chunks are due, so that each one is written once in WRITE_WITHIN and never all at once. */
  #due(): number {
    const now = this.#clock.monotonic();
    const passed = Math.min(WRITE_WITHIN, Math.max(0, now - this.#workedAt));
    this.#workedAt = now;
    return (this.#unsaved.size * passed) / WRITE_WITHIN;
  }

  /** Rows of the open chunks of the oldest samples that have none; afterwards the log is not needed for these. */
  #writeOpen(group: number, count: number, until: number): number {
    let written = 0;
    for (const unsaved of this.#unsaved) {
      if (written >= count || (written % LOOK_EVERY === LOOK_EVERY - 1 && this.#clock.monotonic() >= until)) break;
      const { head } = unsaved;
      if (head.closed.length > 0) this.#writeHead(head, group);
      if (head.unsaved === unsaved) {
        writeHot(this.#db, head.id, head.open(), group, group);
        head.writtenTo = group;
        head.unsaved = undefined;
        this.#unsaved.delete(unsaved);
      }
      written += 1;
    }
    return written;
  }

  #prune(group: number, limit: number): void {
    const first = Number(this.#db.get('SELECT min(seq) AS seq FROM wal')?.['seq'] ?? 0);
    const oldest = this.#unsaved.values().next().value?.group ?? group + 1;
    const to = Math.min(oldest, first + limit);
    if (first > 0 && to > first) this.#db.run('DELETE FROM wal WHERE seq < ?', to);
  }
}
