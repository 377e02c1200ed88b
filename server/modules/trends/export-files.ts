import { appendFile } from 'node:fs/promises';
import type { Value } from '#domain/sample.ts';
import type { Zone } from '#domain/history/zone.ts';
import { csvHeader, csvRows, tableRows, textCell, zoneClock } from './csv.ts';
import type { Table } from './table.ts';

export type ExportFormat = 'csv' | 'xlsx' | 'parquet';
export const MEDIA: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  parquet: 'application/vnd.apache.parquet',
};

/** What a file is made of. `info` stands above the header: who, when, range, zone. */
export interface ExportSource {
  readonly table: Table;
  readonly zone: Zone;
  readonly language: 'zh' | 'en';
  readonly info: readonly (readonly string[])[];
  /** Called before each piece with the time up to which the file is written; throws to end it. */
  readonly passed: (to: number) => void;
}

const nameOf = ({ tag, aggregate }: Table['columns'][number]): string => (aggregate === undefined ? tag : `${tag} ${aggregate}`);

async function* pieces({ table, passed }: ExportSource): Table['pieces'] {
  for await (const piece of table.pieces) {
    yield piece;
    passed(piece.to);
  }
}

async function writeCsv(path: string, source: ExportSource): Promise<void> {
  const { table, zone, language, info } = source;
  const head = csvHeader(table.columns, zone.name, language).replace('\uFEFF', '');
  await appendFile(path, `\uFEFF${info.map((row) => `${row.map(textCell).join(',')}\r\n`).join('')}${head}`);
  const clock = zoneClock(zone);
  for await (const piece of pieces(source)) await appendFile(path, csvRows(piece.columns, clock));
}

const EXCEL_EPOCH_DAYS = 25_569;
const DAY = 86_400_000;

async function* xlsxRows(source: ExportSource): AsyncGenerator<(Value | null)[], void, void> {
  const { table, zone, language, info } = source;
  for (const row of info) yield [...row];
  const [time, quality] = language === 'zh' ? ['时间', '质量'] : ['time', 'quality'];
  yield [
    `${time} (${zone.name})`,
    ...table.columns.flatMap((column) => [
      `${nameOf(column)}${column.unit === '' ? '' : ` [${column.unit}]`}`,
      `${nameOf(column)} ${quality}`,
    ]),
  ];
  for await (const piece of pieces(source))
    for (const [at, cells] of tableRows(piece.columns))
      // A spreadsheet knows no zones: its day number of the local time.
      yield [(at + zone.offset(at)) / DAY + EXCEL_EPOCH_DAYS, ...cells.flatMap((cell) => [cell?.value ?? null, cell?.quality ?? null])];
}

async function writeXlsx(path: string, source: ExportSource): Promise<void> {
  // Loaded with the first export: most starts never see one.
  const { writeXlsxStream } = await import('hucre/xlsx');
  const columns = [{ width: 26, numFmt: 'yyyy-mm-dd hh:mm:ss' }, ...source.table.columns.flatMap(() => [{ width: 18 }, { width: 10 }])];
  const options = { name: 'trends', columns, freezePane: { rows: source.info.length + 1 }, repeatHeaders: false };
  for await (const chunk of writeXlsxStream(xlsxRows(source), options)) await appendFile(path, chunk);
}

/** Cells of one row group, about: encoding one holds the event loop. */
const GROUP_CELLS = 100_000;

async function* parquetRows(source: ExportSource): AsyncGenerator<Record<string, unknown>, void, void> {
  const names = source.table.columns.map(nameOf);
  for await (const piece of pieces(source))
    for (const [at, cells] of tableRows(piece.columns)) {
      const row: Record<string, unknown> = { time: new Date(at) };
      for (const [i, name] of names.entries()) {
        const value = cells[i]?.value ?? null;
        row[name] = typeof value === 'boolean' ? Number(value) : value;
        row[`${name} quality`] = cells[i]?.quality ?? null;
      }
      yield row;
    }
}

async function writeParquet(path: string, source: ExportSource, isText: (tag: string) => boolean): Promise<void> {
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer');
  const { columns } = source.table;
  const parquetColumns = columns.flatMap((column) => [
    { name: nameOf(column), type: isText(column.tag) ? ('STRING' as const) : ('DOUBLE' as const), nullable: true },
    { name: `${nameOf(column)} quality`, type: 'STRING' as const, nullable: true },
  ]);
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: parquetRows(source),
    columns: [{ name: 'time', type: 'TIMESTAMP', nullable: false }, ...parquetColumns],
    rowGroupSize: Math.max(500, Math.floor(GROUP_CELLS / parquetColumns.length)),
    createdBy: 'nuanliu',
    kvMetadata: [
      { key: 'nuanliu.info', value: JSON.stringify(source.info) },
      { key: 'nuanliu.zone', value: source.zone.name },
      { key: 'nuanliu.units', value: JSON.stringify(Object.fromEntries(columns.map((column) => [nameOf(column), column.unit]))) },
    ],
  });
}

/** Writes the whole file, piece by piece: memory holds one piece. */
export function writeExport(path: string, format: ExportFormat, source: ExportSource, isText: (tag: string) => boolean): Promise<void> {
  if (format === 'csv') return writeCsv(path, source);
  return format === 'xlsx' ? writeXlsx(path, source) : writeParquet(path, source, isText);
}
