import { parseCsv } from 'hucre/csv';
import { isProblem, Problem } from '#domain/errors.ts';
import type { Cell } from '#domain/ledger/cell.ts';
import type { SheetRow, Sheets } from '../../services.ts';
import { checkUnpackedSize } from './zip-size.ts';

const ROW_LIMIT = 50_000;
const COLUMN_LIMIT = 200;

// A spreadsheet runs what begins so as a formula, also in full width (ASVS 1.2.10).
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/;
const GUARDED = /^'(?=\s*[=+\-@\t\r＝＋－＠])/;

/** A text that a spreadsheet takes for a text; reading takes the guard off again. */
const guarded = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
const unguarded = (cell: Cell): Cell => (typeof cell === 'string' ? cell.replace(GUARDED, '') : cell);

const csvCell = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'string' ? `"${guarded(cell).replaceAll('"', '""')}"` : String(cell);

async function* writeCsv(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<string, void, void> {
  // The byte order mark that spreadsheets need for UTF-8.
  let piece = '\uFEFF';
  for await (const row of rows) {
    piece += `${row.map(csvCell).join(',')}\r\n`;
    if (piece.length > 65_536) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

async function* cellsFor(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<Cell[], void, void> {
  for await (const row of rows) yield row.map((cell) => (typeof cell === 'string' ? guarded(cell) : cell));
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString().slice(0, 10) : null;
}

/** Chinese spreadsheets save CSV as GB 18030 unless they are told otherwise. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

const isBlank = (cells: readonly Cell[]): boolean => cells.every((cell) => cell === null || cell === '');

async function* numbered(rows: AsyncIterable<SheetRow> | Iterable<SheetRow>): AsyncGenerator<SheetRow, void, void> {
  let read = 0;
  for await (const { n, cells } of rows) {
    read += 1;
    if (read > ROW_LIMIT) throw new Problem('LEDGER_SHEET', 422, `a sheet has at most ${ROW_LIMIT} rows; split it`);
    if (cells.length > COLUMN_LIMIT) throw new Problem('LEDGER_SHEET', 422, `a sheet has at most ${COLUMN_LIMIT} columns`);
    if (!isBlank(cells)) yield { n, cells: cells.map(unguarded) };
  }
}

/** Loaded with the first workbook: most starts never see one. */
const xlsx = () => import('hucre/xlsx');

async function* writeXlsx(name: string, rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<Uint8Array, void, void> {
  const { writeXlsxStream } = await xlsx();
  yield* writeXlsxStream(cellsFor(rows), { name: name.replaceAll(/[\\/?*[\]:]/g, ' ').slice(0, 31) });
}

async function* xlsxRows(bytes: Uint8Array): AsyncGenerator<SheetRow, void, void> {
  const { streamXlsxRows } = await xlsx();
  for await (const row of streamXlsxRows(bytes)) yield { n: row.index + 1, cells: row.values.map(cellOf) };
}

function* csvRows(bytes: Uint8Array): Generator<SheetRow, void, void> {
  let n = 0;
  for (const row of parseCsv(textOf(bytes), { skipEmptyRows: false })) yield { n: (n += 1), cells: row.map(cellOf) };
}

async function* read(format: 'csv' | 'xlsx', bytes: Uint8Array): AsyncGenerator<SheetRow, void, void> {
  try {
    if (format === 'xlsx') checkUnpackedSize(bytes);
    yield* numbered(format === 'xlsx' ? xlsxRows(bytes) : csvRows(bytes));
  } catch (error) {
    if (isProblem(error)) throw error;
    throw new Problem('LEDGER_SHEET', 422, `the file cannot be read: ${error instanceof Error ? error.message : 'it is damaged'}`, {
      cause: error,
    });
  }
}

/** 表格文件: CSV and XLSX, row by row. */
export const sheets: Sheets = {
  read,
  write: (format, name, rows) => (format === 'csv' ? writeCsv(rows) : writeXlsx(name, rows)),
};
