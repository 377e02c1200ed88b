import { createHash } from 'node:crypto';
import type { ImportFault, ImportResult } from '#contract/ledgers';
import { Problem } from '#domain/errors.ts';
import { valueOfCell } from '#domain/ledger/cell.ts';
import type { Cell } from '#domain/ledger/cell.ts';
import { codeStart } from '#domain/ledger/code.ts';
import { isMasked, isSealed } from '#domain/ledger/definition.ts';
import type { FieldFault, LedgerType, LedgerValues } from '#domain/ledger/definition.ts';
import { changedFields, checkRecord, withChange } from '#domain/ledger/record.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { SheetRow, Sheets } from '../../services.ts';
import type { BulkOp } from '../../store/port.ts';
import { HIDDEN, NOTE, readHeader } from './columns.ts';
import type { Column } from './columns.ts';
import { auditBy } from './records.ts';
import type { Asked, Records } from './records.ts';
import { collectionOf, isEntry, plainText } from './stored.ts';
import type { StoredRecord } from './stored.ts';
import { shownValue } from './view.ts';

const TOLD = 1000;

interface File {
  readonly format: 'csv' | 'xlsx';
  readonly name: string;
  readonly data: string;
  readonly dryRun: boolean;
}

/** A row as it would be written. */
interface Planned {
  readonly n: number;
  readonly code: string | undefined;
  readonly present: StoredRecord | undefined;
  readonly values: LedgerValues;
}

/** Reads a sheet into records, and writes all of them in one commit or none. */
export class Importer {
  readonly #context: ModuleContext;
  readonly #records: Records;
  readonly #sheets: Sheets;

  constructor(context: ModuleContext, records: Records, sheets: Sheets) {
    this.#context = context;
    this.#records = records;
    this.#sheets = sheets;
  }

  /** @throws Problem LEDGER_SHEET if the file cannot be read or has no heading that is known */
  run(type: LedgerType, file: File, asked: Asked): Promise<ImportResult> {
    const bytes = Buffer.from(file.data, 'base64');
    return this.#records.inTurn(async () => {
      const sheet = await this.#read(type, file.format, bytes);
      const faults: ImportFault[] = [];
      const plan = await this.#plan(type, sheet, faults);
      const written = plan.filter(({ present, values }) => !present || changedFields(present.values, values).length > 0);
      const created = written.filter(({ present }) => !present).length;
      const counts = { created, updated: written.length - created, unchanged: plan.length - written.length };
      const applied = !file.dryRun && faults.length === 0;
      if (applied && written.length > 0) {
        const hash = createHash('sha256').update(bytes).digest('hex');
        await this.#context.audit.append({
          ...auditBy(asked),
          event: 'ledger',
          object: type.id,
          action: 'import',
          result: 'done',
          after: { file: file.name, sha256: hash, rows: sheet.rows.length, ...counts },
        });
        await this.#write(type, written, `import ${file.name}`, asked);
      }
      return {
        applied,
        rows: sheet.rows.length,
        ...counts,
        ignored: sheet.ignored,
        faults: faults.slice(0, TOLD),
        faultCount: faults.length,
      };
    });
  }

  async #read(type: LedgerType, format: File['format'], bytes: Uint8Array): Promise<Sheet> {
    let header: ReturnType<typeof readHeader> | undefined;
    const rows: SheetRow[] = [];
    for await (const row of this.#sheets.read(format, bytes)) {
      if (String(row.cells[0] ?? '').startsWith(NOTE)) continue;
      if (header) rows.push(row);
      else header = readHeader(type, row.cells);
    }
    const columns = header?.columns ?? [];
    const known = columns.flatMap((column) => (column ? [column.field ?? 'code'] : []));
    if (known.length === 0) throw new Problem('LEDGER_SHEET', 422, 'the first row has no heading of a field');
    const twice = known.find((field, index) => known.indexOf(field) < index);
    if (twice !== undefined) throw new Problem('LEDGER_SHEET', 422, `two columns mean "${twice}"`);
    return { columns, rows, ignored: header?.ignored ?? [] };
  }

  async #plan(type: LedgerType, sheet: Sheet, faults: ImportFault[]): Promise<Planned[]> {
    const at = sheet.columns.findIndex((column) => column !== undefined && column.field === undefined);
    const codeIn = ({ cells }: SheetRow): string => String((at < 0 ? undefined : cells[at]) ?? '').trim();
    const coming = new Set(sheet.rows.map(codeIn).filter((code) => code !== ''));
    const seen = new Seen();
    const known = new Map<string, boolean>();
    const plan: Planned[] = [];
    for (const row of sheet.rows) {
      const code = codeIn(row);
      const present = code === '' ? undefined : await this.#records.find(type, code);
      const { values, faults: found } = checkRecord(type, withChange(present?.values ?? {}, changeOf(type, sheet.columns, row, present)));
      const more = [
        ...(await this.#codeFaults(type, code, present, values, found)),
        ...(await this.#records.references.faults(type, values, coming, known)),
        ...(await this.#records.uniqueFaults(type, code, values)),
      ];
      const place = (fault: FieldFault): number => columnOf(sheet.columns, fault);
      const all = [...found, ...more, ...seen.faults(type, row.n, code, values)].sort((a, b) => place(a) - place(b));
      for (const fault of all) faults.push(told(type, sheet.columns, row, fault));
      plan.push({ n: row.n, code: code === '' ? undefined : code, present, values });
    }
    return plan;
  }

  async #codeFaults(
    type: LedgerType,
    code: string,
    present: StoredRecord | undefined,
    values: LedgerValues,
    found: readonly FieldFault[],
  ): Promise<FieldFault[]> {
    const start = codeStart(type, values);
    // The reference that the code begins with is at fault itself, and said so.
    if (start === undefined && found.length > 0) return [];
    if (code === '' && start !== undefined) return [];
    if (present) {
      if (start === codeStart(type, present.values)) return [];
      return [
        { field: '', code: 'LEDGER_CODE_RULE', text: { zh: '构成编号的引用不能改变', en: 'the reference that the code is made of stays' } },
      ];
    }
    const fault = await this.#records.codes.fault(type, code, values);
    return fault ? [fault] : [];
  }

  async #write(type: LedgerType, plan: readonly Planned[], source: string, { caller }: Asked): Promise<void> {
    const how = { by: { id: caller.id, name: caller.name }, source };
    const ops: BulkOp[] = [];
    for (const { code, present, values } of plan) if (code !== undefined && !present) await this.#records.codes.took(type, code, values);
    for (const { code, present, values } of plan) {
      if (present) ops.push(this.#records.changeOp(type, present, values, how));
      else ops.push({ insert: this.#records.newDoc(type, code ?? (await this.#records.codes.next(type, values)), values, how) });
    }
    await this.#records.catchUp(plan.flatMap(({ present }) => (present ? [present.meta._last] : [])));
    // All of it is checked and no other write comes between: what is not written now was changed from outside.
    const done = await this.#context.store.bulk(collectionOf(type.id), ops);
    const lost = done.filter((one) => !one).length;
    if (lost > 0) throw new Problem('LEDGER_IMPORT_TORN', 500, `${lost} of ${ops.length} rows were changed by another program meanwhile`);
    await this.#records.catchUp(ops.flatMap(lastOf));
  }
}

interface Sheet {
  readonly columns: readonly (Column | undefined)[];
  readonly rows: readonly SheetRow[];
  readonly ignored: string[];
}

/** Codes and unique values that a sheet has twice. */
class Seen {
  readonly #rows = new Map<string, number>();

  faults(type: LedgerType, n: number, code: string, values: LedgerValues): FieldFault[] {
    const unique = Object.entries(values).filter(([name]) => type.fields[name]?.unique === true);
    const keys = [...(code === '' ? [] : [['', code]]), ...unique.map(([name, value]) => [name, plainText(value)])];
    return keys.flatMap(([field = '', value = '']) => {
      const key = `${field}=${value}`;
      const first = this.#rows.get(key);
      this.#rows.set(key, first ?? n);
      if (first === undefined) return [];
      return [{ field, code: 'LEDGER_FIELD_UNIQUE', text: { zh: `与第 ${first} 行重复`, en: `the same as in row ${first}` } }];
    });
  }
}

/** What the row says; a cell that still shows the mask of the stored value says nothing. */
function changeOf(
  type: LedgerType,
  columns: readonly (Column | undefined)[],
  { cells }: SheetRow,
  present: StoredRecord | undefined,
): Record<string, unknown> {
  const change: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const name = column?.field;
    const field = name === undefined ? undefined : type.fields[name];
    if (name === undefined || !field) continue;
    const cell: Cell = cells[index] ?? null;
    const value = valueOfCell(field, cell);
    if (isMasked(field) && present && isStillMasked(type, name, cell, value, present)) continue;
    change[name] = value ?? null;
  }
  return change;
}

function isStillMasked(type: LedgerType, name: string, cell: Cell, value: unknown, present: StoredRecord): boolean {
  if (cell === HIDDEN) return true;
  const shown = shownValue(type, name, present.values[name], false);
  return shown !== undefined && JSON.stringify(shown) === JSON.stringify(value);
}

const columnOf = (columns: readonly (Column | undefined)[], fault: FieldFault): number =>
  columns.findIndex((column) => column !== undefined && (column.field ?? '') === fault.field);

function told(type: LedgerType, columns: readonly (Column | undefined)[], row: SheetRow, fault: FieldFault): ImportFault {
  const index = columnOf(columns, fault);
  const field = type.fields[fault.field];
  const cell = row.cells[index];
  const isSecret = field !== undefined && isSealed(field);
  const heading = columns[index]?.heading ?? field?.label.zh ?? (fault.field === '' ? '编号' : fault.field);
  return {
    row: row.n,
    column: heading,
    field: fault.field,
    code: fault.code,
    text: { ...fault.text },
    ...(isSecret || cell === undefined || cell === null ? {} : { value: String(cell).slice(0, 100) }),
  };
}

function lastOf(op: BulkOp): StoredRecord['meta']['_last'][] {
  const doc: unknown = 'insert' in op ? op.insert : 'update' in op ? op.update.ops.$set : undefined;
  const last: unknown = typeof doc === 'object' && doc !== null ? Reflect.get(doc, '_last') : undefined;
  return isEntry(last) ? [last] : [];
}
