import { localText, type Zone } from '#domain/history/zone.ts';
import type { Quality, Value } from '#domain/sample.ts';
import type { Millis } from '#domain/time.ts';

// A spreadsheet runs what begins so as a formula, also in full width (ASVS 1.2.10).
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/;

/** A text cell: quoted, and harmless to spreadsheets. */
export const textCell = (text: string): string => `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** Numbers and booleans as they are, so that a negative number stays a number; no value is an empty cell. */
export function valueCell(value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? textCell(value) : String(value);
}

/** Local time with its offset, `2026-01-10 18:00:00.000+08:00`. */
export const zoneClock =
  (zone: Zone) =>
  (at: Millis): string =>
    localText(zone, at);

/** A column of values with its times; a raw series or an aggregated one. */
export interface TableColumn {
  readonly at: readonly Millis[];
  readonly value: readonly Value[];
  readonly quality: readonly Quality[];
}

/** Header of a wide table: time, then value and quality of each column. With the byte order mark that spreadsheets need for UTF-8. */
export function csvHeader(
  columns: readonly { readonly tag: string; readonly unit: string; readonly aggregate?: string }[],
  zone: string,
  language: 'zh' | 'en',
): string {
  const [time, quality] = language === 'zh' ? ['时间', '质量'] : ['time', 'quality'];
  const cells = columns.flatMap(({ tag, unit, aggregate }) => {
    const name = aggregate === undefined ? tag : `${tag} ${aggregate}`;
    return [textCell(unit === '' ? name : `${name} [${unit}]`), textCell(`${name} ${quality}`)];
  });
  return `\uFEFF${[textCell(`${time} (${zone})`), ...cells].join(',')}\r\n`;
}

type Row = readonly [at: Millis, cells: readonly ({ readonly value: Value; readonly quality: Quality } | undefined)[]];

/** One row for each time that any column has; undefined where a column has nothing at that time. */
export function* tableRows(series: readonly TableColumn[]): Generator<Row, void, void> {
  const next = series.map(() => 0);
  for (;;) {
    const at = Math.min(...series.map((one, i) => one.at[next[i] ?? 0] ?? Number.POSITIVE_INFINITY));
    if (at === Number.POSITIVE_INFINITY) return;
    const cells = series.map((one, i) => {
      const k = next[i] ?? 0;
      if (one.at[k] !== at) return undefined;
      next[i] = k + 1;
      return { value: one.value[k] ?? null, quality: one.quality[k] ?? 'bad' };
    });
    yield [at, cells];
  }
}

/** The rows as text. */
export function csvRows(series: readonly TableColumn[], clock: (at: Millis) => string): string {
  const rows: string[] = [];
  for (const [at, cells] of tableRows(series))
    rows.push(`${clock(at)},${cells.map((cell) => (cell ? `${valueCell(cell.value)},${cell.quality}` : ',')).join(',')}\r\n`);
  return rows.join('');
}
