import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import { Growing, sampleAt, TEXT, type Columns } from './columns.ts';

/** Longest time between the first and the last sample of a chunk. */
export const CHUNK_MILLIS = 7_200_000;
const CHUNK_SAMPLES = 240;
const FIRST_CAPACITY = 16;
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

/** 未封口的块: the newest samples of one tag, in memory; what the log of batches and the open chunk row bring back after a crash. */
export class Head {
  readonly id: number;
  readonly tag: TagId;
  readonly open = new Growing(FIRST_CAPACITY);
  closed: Piece[] = [];
  /** Time of the last sample of the last closed chunk. */
  closedTo: Millis = -1;
  /** Number of the last group of which all samples of this tag are in chunk rows. */
  writtenTo = 0;
  /** Of the open chunk. */
  unsaved: Unsaved | undefined;
  #lastAt: Millis = -1;
  #resting: Sample | undefined;
  #limit: number;

  constructor(id: number, tag: TagId) {
    this.id = id;
    this.tag = tag;
    // Tags of one poll would all be full at the same moment: the first chunk of each block has another length.
    this.#limit = CHUNK_SAMPLES / 4 + ((Math.floor(id / BLOCK) * 37) % (CHUNK_SAMPLES * 0.75));
  }

  get last(): Sample | undefined {
    return this.open.n > 0 ? sampleAt(this.tag, this.open.view(), this.open.n - 1) : this.#resting;
  }

  get lastAt(): Millis {
    return this.#lastAt;
  }

  get isFull(): boolean {
    // Two chunks of a tag never begin in the same second: the second is their key.
    return this.open.n >= this.#limit && second(this.#lastAt) > second(this.open.at[0] ?? 0);
  }

  /** Takes the last chunk back at the start; an open one goes on. */
  restore(columns: Columns, w: number): void {
    const { n, at } = columns;
    this.#rest(sampleAt(this.tag, columns, n - 1));
    this.writtenTo = w;
    if (n >= CHUNK_SAMPLES || this.#lastAt - (at[0] ?? 0) >= CHUNK_MILLIS) return;
    this.open.append(columns);
    this.closedTo = (at[0] ?? 0) - 1;
  }

  /** A tag that was silent for days: only its last sample is known. */
  restoreLast(sample: Sample): void {
    this.#rest(sample);
  }

  #rest(sample: Sample): void {
    this.#resting = sample;
    this.#lastAt = sample.at;
    this.closedTo = sample.at;
    this.#limit = CHUNK_SAMPLES;
  }

  /** `OLD`: the sample lies before this chunk; whether it is new is for the stored chunks to say. */
  take(at: Millis, value: number, status: number, text: Value, group: number): number {
    const { open } = this;
    if (open.n === 0) {
      if (at <= this.closedTo) return OLD;
    } else if (at <= this.#lastAt) {
      if (at < (open.at[0] ?? 0)) return OLD;
      return open.insert(at, status & TEXT ? open.text(String(text)) : value, status) ? TAKEN : DUPLICATE;
    }
    const next = open.n > 0 && at - (open.at[0] ?? 0) >= CHUNK_MILLIS;
    if (next) this.close(group - 1);
    open.push(at, status & TEXT ? open.text(String(text)) : value, status);
    this.#lastAt = at;
    return next ? TAKEN_NEXT : TAKEN;
  }

  /** Ends the open chunk; `w` as in `Piece`. */
  close(w: number): void {
    const { open, unsaved } = this;
    this.#resting = this.last;
    // Without unsaved samples its row is complete.
    if (unsaved) this.closed.push({ columns: open.copy(), w, unsaved });
    this.unsaved = undefined;
    this.closedTo = this.#lastAt;
    open.n = 0;
    open.texts.length = 0;
    this.#limit = CHUNK_SAMPLES;
  }

  /** What is in memory of [from, to), oldest first, as copies. */
  memory(from: Millis, to: Millis): Columns[] {
    const { open, closed } = this;
    const parts = closed.map((piece) => piece.columns).filter(({ at, n }) => (at[0] ?? 0) < to && (at[n - 1] ?? 0) >= from);
    if (open.n > 0 && (open.at[0] ?? 0) < to && this.#lastAt >= from) parts.push(open.copy());
    return parts;
  }
}
