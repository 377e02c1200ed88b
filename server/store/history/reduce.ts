import type { Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import { emptyColumns, push, type Columns } from './columns.ts';

/** As a picture shows it: a bad sample is a gap, a value that is missing for another reason too. */
function shown(columns: Columns): Columns {
  return { ...columns, value: columns.value.map((value, i) => (columns.quality[i] === 'bad' ? null : value)) };
}

const rank = (value: Value): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined;

/**
 * At most `points` samples: of each pixel (equal parts of [from, to)) the smallest, the largest, and one gap if there was any, in the
 * order of time; of texts the first and the last. Bad samples lose their value: they are gaps.
 */
export function reduce(columns: Columns, from: Millis, to: Millis, points: number): Columns {
  const all = shown(columns);
  if (all.at.length <= points) return all;
  const each = all.value.includes(null) ? 3 : 2;
  const pixels = Math.max(1, Math.floor(points / each));
  const width = (to - from) / pixels;
  const result = emptyColumns();
  let start = 0;
  while (start < all.at.length) {
    const edge = from + (Math.floor(((all.at[start] ?? 0) - from) / width) + 1) * width;
    let end = start + 1;
    while (end < all.at.length && (all.at[end] ?? 0) < edge) end += 1;
    for (const i of chosen(all, start, end)) push(result, all.at[i] ?? 0, all.value[i] ?? null, all.quality[i] ?? 'bad');
    start = end;
  }
  return result;
}

function chosen(columns: Columns, start: number, end: number): number[] {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let i = start; i < end; i += 1) {
    const value = columns.value[i] ?? null;
    if (value === null) {
      if (gap < 0) gap = i;
      continue;
    }
    const here = rank(value);
    if (low < 0 || (here !== undefined && here < (rank(columns.value[low] ?? null) ?? here))) low = i;
    if (high < 0 || here === undefined || here > (rank(columns.value[high] ?? null) ?? here)) high = i;
  }
  return [...new Set([low, high, gap])].filter((i) => i >= 0).sort((a, b) => a - b);
}
