import type { Sample } from '#domain/sample.ts';
import type { BucketSummary } from '../../services.ts';

export type Plain = Pick<Sample, 'at' | 'value' | 'quality'>;

/** For tests: what the port says of a summary, written as literally as can be. */
export function literal(samples: readonly Plain[], from: number, to: number): BucketSummary {
  const all = samples.filter(({ at }) => at >= from && at < to);
  const isGood = ({ value, quality }: Plain): boolean =>
    quality !== 'bad' && (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)));
  const isText = ({ value, quality }: Plain): boolean => quality !== 'bad' && typeof value === 'string';
  const good = all.filter(isGood).map(({ at, value }) => ({ at, value: Number(value) }));
  const bad = all.filter((sample) => !isGood(sample) && !isText(sample)).length;
  const [first] = good;
  const last = good.at(-1);
  if (!first || !last) return { n: 0, bad, min: null, max: null, sum: 0, first: null, firstAt: 0, last: null, lastAt: 0 };
  const values = good.map(({ value }) => value);
  return {
    n: good.length,
    bad,
    min: Math.min(...values),
    max: Math.max(...values),
    sum: values.reduce((sum, value) => sum + value, 0),
    first: first.value,
    firstAt: first.at,
    last: last.value,
    lastAt: last.at,
  };
}
