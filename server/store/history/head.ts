import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import { dayOf, dayStart } from './calendar.ts';
import { lowerBound, sampleAt, TEXT, type Columns } from './columns.ts';

/** Longest time between the first and the last sample of a chunk. */
export const CHUNK_MILLIS = 7_200_000;
const CHUNK_SAMPLES = 240;
const FIRST_CAPACITY = 8;
/** Tags of one block are full at the same moment: their rows are neighbours in the table and share its pages. */
const BLOCK = 32;

const second = (at: Millis): number => Math.floor(at / 1000);

/** Samples that no chunk row holds yet, and the group of the oldest one: until then the log of batches is needed. */
export interface Unsaved {
  readonly head: Head;
  readonly group: number;
}

/** A full chunk that is not written yet. `w`: number of the last group of which all samples of the tag are in it or before it. */
export interface Piece {
  readonly columns: Columns;
  readonly w: number;
  readonly unsaved: Unsaved;
}

export const TAKEN = 0;
const DUPLICATE = 1;
export const OLD = 2;
/** Taken as the first of a new chunk: the one before is closed. */
export const TAKEN_NEXT = 3;

/**
 * 未封口的块: the newest samples of one tag, in memory; what the log of batches and the open chunk row bring back after a crash. Time and
 * value of a sample lie side by side in one array, and the status has one only if it is not always 0: a poll touches every tag, and what
 * it costs is the memory that it touches.
 */
export class Head {
  readonly id: number;
  readonly tag: TagId;
  /** Samples of the open chunk. */
  n = 0;
  #pairs = new Float64Array(FIRST_CAPACITY * 2);
  #status: Uint8Array | undefined;
  #texts: string[] = [];
  /** First second that is not of the open chunk any more: it is too long then, or the day is over. */
  #end = 0;
  #limit: number;
  /** Of the open chunk. */
  unsaved: Unsaved | undefined;
  closed: Piece[] = [];
  /** Time of the last sample of the last closed chunk. */
  closedTo: Millis = -1;
  /** Number of the last group of which all samples of this tag are in chunk rows. */
  writtenTo = 0;
  #resting: Sample | undefined;

  constructor(id: number, tag: TagId) {
    this.id = id;
    this.tag = tag;
    // Tags of one poll would all be full at the same moment: the first chunk of each block has another length.
    this.#limit = CHUNK_SAMPLES / 4 + ((Math.floor(id / BLOCK) * 37) % (CHUNK_SAMPLES * 0.75));
  }

  get last(): Sample | undefined {
    return this.n > 0 ? sampleAt(this.tag, this.open(), this.n - 1) : this.#resting;
  }

  get lastAt(): Millis {
    return this.n > 0 ? this.#at(this.n - 1) : this.closedTo;
  }

  get isFull(): boolean {
    // Two chunks of a tag never begin in the same second: the second is their key.
    return this.n >= this.#limit && second(this.lastAt) > second(this.#at(0));
  }

  /** The open chunk, as a copy. */
  open(): Columns {
    const { n } = this;
    const at = new Float64Array(n);
    const value = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      at[i] = this.#pairs[2 * i] ?? 0;
      value[i] = this.#pairs[2 * i + 1] ?? 0;
    }
    return { n, at, value, status: this.#status?.slice(0, n) ?? new Uint8Array(n), texts: [...this.#texts] };
  }

  /** Takes the last chunk back at the start; an open one goes on. */
  restore(columns: Columns, w: number): void {
    const { n, at } = columns;
    const from = at[0] ?? 0;
    this.restoreLast(sampleAt(this.tag, columns, n - 1));
    this.writtenTo = w;
    if (n >= CHUNK_SAMPLES || this.closedTo - from >= CHUNK_MILLIS) return;
    this.closedTo = from - 1;
    this.#begin(from);
    for (let i = 0; i < n; i += 1) {
      const status = columns.status[i] ?? 0;
      const value = columns.value[i] ?? 0;
      this.#push(at[i] ?? 0, status & TEXT ? this.#text(columns.texts[value] ?? '') : value, status);
    }
  }

  /** A tag that was silent for days: only its last sample is known. */
  restoreLast(sample: Sample): void {
    this.#resting = sample;
    this.closedTo = sample.at;
    this.#limit = CHUNK_SAMPLES;
  }

  /** `OLD`: the sample lies before this chunk; whether it is new is for the stored chunks to say. */
  take(at: Millis, value: number, status: number, text: Value, group: number): number {
    const { n } = this;
    if (n === 0) {
      if (at <= this.closedTo) return OLD;
      this.#begin(at);
    } else if (at <= (this.#pairs[2 * n - 2] ?? 0)) return this.#insert(at, value, status, text);
    else if (at >= this.#end * 1000) {
      this.close(group - 1);
      this.#begin(at);
      this.#push(at, status & TEXT ? this.#text(String(text)) : value, status);
      return TAKEN_NEXT;
    }
    this.#push(at, status & TEXT ? this.#text(String(text)) : value, status);
    return TAKEN;
  }

  /** Ends the open chunk; `w` as in `Piece`. */
  close(w: number): void {
    if (this.n === 0) return;
    const columns = this.open();
    this.restoreLast(sampleAt(this.tag, columns, columns.n - 1));
    // Without unsaved samples its row is complete.
    if (this.unsaved) this.closed.push({ columns, w, unsaved: this.unsaved });
    this.unsaved = undefined;
    this.n = 0;
    this.#status = undefined;
    this.#texts = [];
  }

  /** What is in memory of [from, to), oldest first, as copies. */
  memory(from: Millis, to: Millis): Columns[] {
    const parts = this.closed.map((piece) => piece.columns).filter(({ at, n }) => (at[0] ?? 0) < to && (at[n - 1] ?? 0) >= from);
    if (this.n > 0 && this.#at(0) < to && this.lastAt >= from) parts.push(this.open());
    return parts;
  }

  #at(i: number): Millis {
    return this.#pairs[2 * i] ?? 0;
  }

  #begin(from: Millis): void {
    this.#end = Math.ceil(Math.min(from + CHUNK_MILLIS, dayStart(dayOf(from) + 1)) / 1000);
  }

  #text(text: string): number {
    const known = this.#texts.indexOf(text);
    return known >= 0 ? known : this.#texts.push(text) - 1;
  }

  #push(at: Millis, value: number, status: number): void {
    const { n } = this;
    if (2 * n === this.#pairs.length) this.#grow();
    this.#pairs[2 * n] = at;
    this.#pairs[2 * n + 1] = value;
    if (status !== 0) this.#status ??= new Uint8Array(this.#pairs.length / 2);
    if (this.#status) this.#status[n] = status;
    this.n = n + 1;
  }

  /** A sample that is not the last one goes to its place; the first of a time wins. */
  #insert(at: Millis, value: number, status: number, text: Value): number {
    if (at < this.#at(0)) return OLD;
    const columns = this.open();
    const i = lowerBound(columns.at, at, columns.n);
    if (columns.at[i] === at) return DUPLICATE;
    this.#push(at, status & TEXT ? this.#text(String(text)) : value, status);
    const last = this.n - 1;
    const put = this.#pairs.slice(2 * last, 2 * last + 2);
    this.#pairs.copyWithin(2 * i + 2, 2 * i, 2 * last);
    this.#pairs.set(put, 2 * i);
    this.#status?.copyWithin(i + 1, i, last);
    if (this.#status) this.#status[i] = status;
    return TAKEN;
  }

  #grow(): void {
    const pairs = new Float64Array(this.#pairs.length * 2);
    pairs.set(this.#pairs);
    this.#pairs = pairs;
    const status = this.#status;
    if (!status) return;
    this.#status = new Uint8Array(pairs.length / 2);
    this.#status.set(status);
  }
}
