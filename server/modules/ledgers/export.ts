import type { Cell } from '#domain/ledger/cell.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { planLedgerList } from '#domain/ledger/list.ts';
import type { LedgerQuery } from '#domain/ledger/list.ts';
import type { Store } from '../../store/port.ts';
import { exportRow, headerRow, NOTE, orderedFields } from './columns.ts';
import type { Records } from './records.ts';
import { collectionOf, openRecord } from './stored.ts';
import { localTime } from './zone-clock.ts';

const PAGE = 500;

export interface ExportOptions {
  readonly query: LedgerQuery;
  readonly fields: readonly string[] | undefined;
  readonly open: boolean;
  readonly zone: string;
  readonly language: 'zh' | 'en';
  /** Who asked, and when. */
  readonly by: string;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** The line above the heading that says what the sheet is: type, filter, who, when. */
function note(type: LedgerType, { query, language, by, at, zone, open }: ExportOptions, clock: (at: number) => string): string {
  const asked = [query.filter, query.q].filter((part) => part !== undefined && part !== '').join(' ');
  const zh = language === 'zh';
  const filter = asked === '' ? (zh ? '全部' : 'all') : asked;
  const masks = open ? '' : zh ? '；敏感字段已遮盖' : '; sensitive fields are masked';
  return zh
    ? `${NOTE} ${type.label.zh}；筛选 ${filter}；导出人 ${by}；${clock(at)} ${zone}${masks}`
    : `${NOTE} ${type.label.en}; filter ${filter}; exported by ${by}; ${clock(at)} ${zone}${masks}`;
}

/** Every record that the filter finds, page by page, under a note and a heading. @throws Problem those of the list and ZONE_UNKNOWN */
export function exportRows(store: Store, records: Records, type: LedgerType, options: ExportOptions): AsyncGenerator<Cell[], void, void> {
  const clock = localTime(options.zone);
  const asked = options.fields?.filter((name) => Object.hasOwn(type.fields, name));
  const fields = asked && asked.length > 0 ? asked : orderedFields(type);
  const reader = records.reader(type, options.open);
  // Planned here, so that a bad filter is refused before anything is sent.
  planLedgerList({ ...options.query, limit: PAGE }, type, reader);
  return (async function* rows() {
    yield [note(type, options, clock)];
    yield headerRow(type, fields, options.zone, options.language);
    let after: string | undefined;
    do {
      const plan = planLedgerList({ ...options.query, limit: PAGE, ...(after === undefined ? {} : { after }) }, type, reader);
      const page = plan.page(await store.all(collectionOf(type.id), plan.filter, { sort: plan.sort, limit: PAGE + 1 }));
      for (const doc of page.rows)
        yield exportRow(type, openRecord(records.seal, type.id, doc), { fields, open: options.open, language: options.language, clock });
      after = page.next;
    } while (after !== undefined && !options.signal.aborted);
  })();
}
