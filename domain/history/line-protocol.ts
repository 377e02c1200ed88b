import type { Quality, Sample } from '../sample.ts';

const QUALITY: Readonly<Record<Quality, number>> = { good: 0, uncertain: 1, bad: 2 };

/** Commas, blanks and (in keys and tag values) equal signs end a part of a line; a line end cannot be escaped and becomes a blank. */
const escaped = (text: string, marks: RegExp): string => text.replaceAll(/[\r\n]+/g, ' ').replaceAll(marks, '\\$&');

/** The value of a sample as a field; none of a bad sample, which is never used as a value. */
function valueField({ value, quality }: Sample): string {
  if (value === null || quality === 'bad') return '';
  if (typeof value === 'string') return `text="${value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\"]/g, '\\$&')}",`;
  const number = Number(value);
  return Number.isFinite(number) ? `value=${number},` : '';
}

/**
 * A sample in InfluxDB's line protocol, with nanoseconds: `heat,tag=STA007.2T_S,unit=°C value=46.3,quality=0i 1768068000000000000`.
 * States are 0 and 1 as numbers, so that a field never changes its type; quality is 0 good, 1 uncertain, 2 bad.
 */
export function toLine(measurement: string, sample: Sample, unit: string): string {
  const series = escaped(measurement, /[, ]/g);
  const tags = `tag=${escaped(sample.tag, /[,= ]/g)}${unit === '' ? '' : `,unit=${escaped(unit, /[,= ]/g)}`}`;
  return `${series},${tags} ${valueField(sample)}quality=${QUALITY[sample.quality]}i ${sample.at}000000`;
}
