import type { Millis } from '#domain/time.ts';
import { Growing, NULL, QUALITY_BITS, TEXT, type Columns } from './columns.ts';

const BAD = 2;

/** As a picture shows it: a bad sample is a gap, a value that is missing for another reason too. */
const isGap = (status: number): boolean => (status & NULL) !== 0 || (status & QUALITY_BITS) === BAD;

/**
 * At most `points` samples: of each pixel (equal parts of [from, to)) the smallest, the largest, and one gap if there was any, in the
 * order of time; of texts the first and the last. Bad samples lose their value: they are gaps.
 */
export function reduce(columns: Columns, from: Millis, to: Millis, points: number): Columns {
  const { n, at, status } = columns;
  const result = new Growing(Math.min(n, points));
  const add = (i: number): void => {
    if (isGap(status[i] ?? 0)) result.push(at[i] ?? 0, 0, ((status[i] ?? 0) & QUALITY_BITS) | NULL);
    else result.pushFrom(columns, i);
  };
  if (n <= points) {
    for (let i = 0; i < n; i += 1) add(i);
    return result.view();
  }
  const each = status.some(isGap) ? 3 : 2;
  const pixels = Math.max(1, Math.floor(points / each));
  const width = (to - from) / pixels;
  let start = 0;
  while (start < n) {
    const edge = from + (Math.floor(((at[start] ?? 0) - from) / width) + 1) * width;
    let end = start + 1;
    while (end < n && (at[end] ?? 0) < edge) end += 1;
    chosen(columns, start, end).forEach(add);
    start = end;
  }
  return result.view();
}

function chosen({ value, status }: Columns, start: number, end: number): number[] {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let i = start; i < end; i += 1) {
    if (isGap(status[i] ?? 0)) {
      if (gap < 0) gap = i;
      continue;
    }
    const text = ((status[i] ?? 0) & TEXT) !== 0;
    const here = value[i] ?? 0;
    if (low < 0 || (!text && here < (value[low] ?? 0))) low = i;
    if (high < 0 || text || here > (value[high] ?? 0)) high = i;
  }
  return [...new Set([low, high, gap])].filter((i) => i >= 0).sort((a, b) => a - b);
}
