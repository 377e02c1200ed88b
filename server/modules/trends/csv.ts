import { Problem } from '#domain/errors.ts';
import type { Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';
import type { Series } from '../../services.ts';

// A spreadsheet runs what begins so as a formula, also in full width (ASVS 1.2.10).
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/;

/** A text cell: quoted, and harmless to spreadsheets. */
export const textCell = (text: string): string => `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** Numbers and booleans as they are, so that a negative number stays a number; no value is an empty cell. */
export function valueCell(value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? textCell(value) : String(value);
}

const QUARTER = 900_000;

/** Local time with its offset, `2026-01-10 18:00:00.000+08:00`. @throws Problem ZONE_UNKNOWN */
export function zoneClock(zone: string): (at: Millis) => string {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    throw new Problem('ZONE_UNKNOWN', 400, `there is no time zone "${zone}"`, { place: { path: 'zone' } });
  }
  // Every offset of the world changes on a quarter of an hour.
  let quarter = Number.NaN;
  let offset = '';
  let shift = 0;
  return (at) => {
    if (Math.floor(at / QUARTER) !== quarter) {
      quarter = Math.floor(at / QUARTER);
      const name =
        format
          .formatToParts(at)
          .find((part) => part.type === 'timeZoneName')
          ?.value.slice(3) ?? '';
      offset = name === '' ? '+00:00' : name.slice(0, 6);
      const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
      shift = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    }
    return new Date(at + shift).toISOString().replace('T', ' ').replace('Z', offset);
  };
}

/** Header of a wide table: time, then value and quality of each tag. With the byte order mark that spreadsheets need for UTF-8. */
export function csvHeader(
  columns: readonly { readonly tag: string; readonly unit: string }[],
  zone: string,
  language: 'zh' | 'en',
): string {
  const [time, quality] = language === 'zh' ? ['时间', '质量'] : ['time', 'quality'];
  const cells = columns.flatMap(({ tag, unit }) => [textCell(unit === '' ? tag : `${tag} [${unit}]`), textCell(`${tag} ${quality}`)]);
  return `\uFEFF${[textCell(`${time} (${zone})`), ...cells].join(',')}\r\n`;
}

/** One row for each time that any tag has. */
export function csvRows(series: readonly Series[], clock: (at: Millis) => string): string {
  const next = series.map(() => 0);
  const rows: string[] = [];
  for (;;) {
    const at = Math.min(...series.map((one, i) => one.at[next[i] ?? 0] ?? Number.POSITIVE_INFINITY));
    if (at === Number.POSITIVE_INFINITY) return rows.join('');
    const cells = series.map((one, i) => {
      const k = next[i] ?? 0;
      if (one.at[k] !== at) return ',';
      next[i] = k + 1;
      return `${valueCell(one.value[k] ?? null)},${one.quality[k] ?? ''}`;
    });
    rows.push(`${clock(at)},${cells.join(',')}\r\n`);
  }
}
