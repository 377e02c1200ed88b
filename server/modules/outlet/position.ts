import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Sample } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { Store } from '../../store/port.ts';

const COLLECTION = 'outlet';
const ID = 'position';

const Range = Type.Object({ from: Type.Integer(), to: Type.Integer(), tags: Type.Union([Type.Array(Type.String()), Type.Null()]) });
/** A range that has to be sent though the cursor is past it; `tags` null = all. */
export type LateRange = Static<typeof Range>;
const PositionDoc = Type.Object({ _id: Type.String(), ver: Type.Integer(), cursor: Type.Integer(), late: Type.Array(Range) });
const positionDoc = Compile(PositionDoc);

/** Ranges are kept together beyond this many: one that spans them all sends too much rather than too little. */
const RANGES = 50;

const union = (ranges: readonly LateRange[]): LateRange => ({
  from: Math.min(...ranges.map((one) => one.from)),
  to: Math.max(...ranges.map((one) => one.to)),
  tags: ranges.some((one) => one.tags === null) ? null : [...new Set(ranges.flatMap((one) => one.tags ?? []))],
});

/** The place of the outlet in the history, durable: what lies before the cursor is delivered but for the late ranges. */
export class Position {
  readonly #store: Store;
  cursor: Millis;
  late: readonly LateRange[];
  #written: Promise<void> = Promise.resolve();

  private constructor(store: Store, cursor: Millis, late: readonly LateRange[]) {
    this.#store = store;
    this.cursor = cursor;
    this.late = late;
  }

  /** Begins at `now` where there is none yet: the past is sent on request. */
  static async open(store: Store, now: Millis): Promise<Position> {
    const doc = await store.get(COLLECTION, ID);
    if (!doc) {
      const fresh = new Position(store, now, []);
      await fresh.advance(now);
      return fresh;
    }
    const { cursor, late } = positionDoc.Parse(doc);
    return new Position(store, cursor, late);
  }

  /** Resolves when the store has it. */
  async advance(cursor: Millis): Promise<void> {
    this.cursor = cursor;
    await this.#write();
  }

  async add(range: LateRange): Promise<void> {
    const all = [...this.late, range];
    this.late = all.length > RANGES ? [union(all)] : all;
    await this.#write();
  }

  async drop(range: LateRange): Promise<void> {
    this.late = this.late.filter((one) => one !== range);
    await this.#write();
  }

  #write(): Promise<void> {
    const write = (): Promise<void> => this.#store.upsert(COLLECTION, { _id: ID, cursor: this.cursor, late: [...this.late] });
    // A failed write is told to its caller; the next one writes everything anyway.
    this.#written = this.#written.then(write, write);
    return this.#written;
  }
}

/** The range of those samples that lie before the cursor, undefined if there are none. */
export function lateOf(samples: readonly Sample[], cursor: Millis): LateRange | undefined {
  const late = samples.filter((sample) => sample.at < cursor);
  if (late.length === 0) return undefined;
  const at = late.map((sample) => sample.at);
  return { from: Math.min(...at), to: Math.max(...at) + 1, tags: [...new Set(late.map((sample) => sample.tag))] };
}
