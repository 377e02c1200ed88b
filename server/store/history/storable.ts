import type { Sample } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import { NULL, QUALITY_BITS, BOOLEAN } from './columns.ts';
import { END_OF_TIME } from './hot-table.ts';

/** Samples of many tags: one poll. Values are doubles, or what the status says they stand for; no texts. */
export interface SampleColumns {
  /** As `numbers` gave them. */
  readonly tags: Int32Array;
  /** One time for all, or one each. */
  readonly at: Float64Array | Millis;
  readonly value: Float64Array;
  /** Quality (0 good, 1 uncertain, 2 bad), 4 = no value, 8 = a boolean; absent = all good. */
  readonly status?: Uint8Array;
}

const TAG_LENGTH = 200;
const QUALITIES: ReadonlySet<string> = new Set(['good', 'uncertain', 'bad']);

const isTime = (at: number): boolean => Number.isInteger(at) && at >= 0 && at < END_OF_TIME;

export function isStorable(sample: Sample): boolean {
  const { tag, at, value, quality } = sample;
  const kind = typeof value;
  return (
    typeof tag === 'string' &&
    tag.length > 0 &&
    tag.length <= TAG_LENGTH &&
    isTime(at) &&
    (value === null || kind === 'number' || kind === 'boolean' || kind === 'string') &&
    QUALITIES.has(quality)
  );
}

/** Index of the first sample that cannot be stored; `tags` = the first number that no tag has. */
export function columnFault({ tags, at, value, status }: SampleColumns, limit: number): number | undefined {
  const n = tags.length;
  if (value.length !== n || (status && status.length !== n) || (typeof at !== 'number' && at.length !== n)) return 0;
  if (typeof at === 'number' && !isTime(at)) return 0;
  for (let i = 0; i < n; i += 1) {
    const tag = tags[i] ?? 0;
    if (tag < 1 || tag >= limit || (typeof at !== 'number' && !isTime(at[i] ?? -1)) || !isStatus(status?.[i] ?? 0)) return i;
  }
  return undefined;
}

const isStatus = (status: number): boolean =>
  (status & QUALITY_BITS) < QUALITY_BITS &&
  (status & ~(QUALITY_BITS | NULL | BOOLEAN)) === 0 &&
  (status & (NULL | BOOLEAN)) !== (NULL | BOOLEAN);
