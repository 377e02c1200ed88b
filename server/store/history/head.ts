import type { Sample, TagId } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import { emptyColumns, insert, push, type Columns } from './columns.ts';

/** Longest time between the first and the last sample of a chunk. */
export const CHUNK_MILLIS = 7_200_000;
const CHUNK_SAMPLES = 240;

const second = (at: Millis): number => Math.floor(at / 1000);

/** 未封口的块: the newest samples of one tag, in memory; what the log of batches and the open chunk row bring back after a crash. */
export class Head {
  readonly id: number;
  readonly tag: TagId;
  columns: Columns = emptyColumns();
  /** Full chunks of this group that are not written yet. */
  closed: Columns[] = [];
  /** Time of the last sample of the last closed chunk. */
  closedTo: Millis = -1;
  /** Number of the last group of which all samples of this tag are in chunks. */
  writtenTo = 0;
  last: Sample | undefined;
  #limit: number;

  constructor(id: number, tag: TagId) {
    this.id = id;
    this.tag = tag;
    // Tags of one poll would all be full at the same moment: the first chunk of each has another length.
    this.#limit = CHUNK_SAMPLES / 4 + ((id * 37) % (CHUNK_SAMPLES * 0.75));
  }

  get from(): Millis {
    return this.columns.at[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Takes an open chunk back at the start. */
  restore(columns: Columns): void {
    const n = columns.at.length;
    const at = columns.at[n - 1] ?? 0;
    this.last = { tag: this.tag, at, value: columns.value[n - 1] ?? null, quality: columns.quality[n - 1] ?? 'bad' };
    this.#limit = CHUNK_SAMPLES;
    if (n < CHUNK_SAMPLES && at - (columns.at[0] ?? 0) < CHUNK_MILLIS) this.columns = columns;
    else this.closedTo = at;
  }

  /** `old`: the sample lies before this chunk; whether it is new is for the stored chunks to say. */
  take(sample: Sample): 'taken' | 'duplicate' | 'old' {
    const { at, value, quality } = sample;
    if (at < this.from && (at <= this.closedTo || this.columns.at.length > 0)) return 'old';
    if (at - this.from >= CHUNK_MILLIS) this.#close(this.columns.at.length);
    if (this.last && at <= this.last.at) return insert(this.columns, at, value, quality) ? 'taken' : 'duplicate';
    push(this.columns, at, value, quality);
    this.last = sample;
    return 'taken';
  }

  /** Closes what is full; at the end of a group. */
  closeFull(): void {
    while (this.columns.at.length >= this.#limit) {
      // Two chunks of a tag never begin in the same second: the second is their key.
      const start = second(this.from);
      let end = this.#limit;
      while (end <= this.columns.at.length && second(this.columns.at[end - 1] ?? 0) === start) end += 1;
      if (end > this.columns.at.length) return;
      this.#close(end);
    }
  }

  #close(n: number): void {
    const { at, value, quality } = this.columns;
    this.closed.push({ at: at.slice(0, n), value: value.slice(0, n), quality: quality.slice(0, n) });
    this.closedTo = at[n - 1] ?? this.closedTo;
    this.columns = { at: at.slice(n), value: value.slice(n), quality: quality.slice(n) };
    this.#limit = CHUNK_SAMPLES;
  }
}
