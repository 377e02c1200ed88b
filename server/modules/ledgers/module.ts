import { contract } from '#contract/ledgers';
import type { RecordView } from '#contract/ledgers';
import { Problem } from '#domain/errors.ts';
import { isMasked } from '#domain/ledger/definition.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { planLedgerList } from '#domain/ledger/list.ts';
import { defineModule, etag, Reply } from '../../define-module.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Deployments, Sheets } from '../../services.ts';
import { Catalogue } from './catalogue.ts';
import { headerRow, orderedFields } from './columns.ts';
import { exportRows } from './export.ts';
import { Importer } from './importer.ts';
import { Migration } from './migration.ts';
import { auditBy, Records } from './records.ts';
import type { Asked } from './records.ts';
import { FieldSeal } from './seal.ts';
import { seedRecords } from './seed.ts';
import type { SeedRecord } from './seed.ts';
import { collectionOf, openRecord } from './stored.ts';
import type { StoredRecord } from './stored.ts';
import { KIND, TypeDrafts } from './type-drafts.ts';
import { entryView, recordView } from './view.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export interface LedgersNeeds {
  readonly deployments: Deployments;
  readonly sheets: Sheets;
  /** Secrets of the field encryption, the present one first. */
  readonly fieldSecrets: readonly [string, ...string[]];
  /** Records for empty ledgers, under the name by which they are remembered. */
  readonly seed?: { readonly name: string; readonly records: readonly SeedRecord[] };
}

/**
 * Whether sensitive fields are shown: to those with `pii.read` who say what for. That they were shown is written to the audit log first.
 * @throws Problem LEDGER_PURPOSE (403) when a purpose is given without the right
 */
async function opened(
  context: ModuleContext,
  type: LedgerType,
  object: string,
  asked: Asked,
  purpose: string | undefined,
): Promise<boolean> {
  if (purpose === undefined) return false;
  if (!asked.caller.rights.has('pii.read'))
    throw new Problem('LEDGER_PURPOSE', 403, 'masked data needs the right pii.read', { place: { path: 'purpose' } });
  const fields = Object.keys(type.fields).filter((name) => type.fields[name] !== undefined && isMasked(type.fields[name]));
  if (fields.length === 0) return true;
  await context.audit.append({
    ...auditBy(asked),
    event: 'ledger',
    object,
    action: 'reveal',
    result: 'done',
    after: { fields },
    reason: purpose,
  });
  return true;
}

const attachment = (name: string): string => `attachment; filename="${name}"`;

/** 台账: record types, records, import and export. Needs the deployed types; brings the shipped records into empty ledgers. */
export const ledgersModule = defineModule<typeof contract, LedgersNeeds>({
  name: 'ledgers',
  contract,
  async start(context) {
    const { store, deployments, sheets, clock } = context;
    const catalogue = new Catalogue();
    const seal = new FieldSeal(context.fieldSecrets);
    const records = new Records(context, catalogue, seal);
    const migration = new Migration(context, catalogue, seal);
    const drafts = new TypeDrafts(context, deployments, catalogue, migration);
    const importer = new Importer(context, records, sheets);
    await records.open();
    await deployments.follow(KIND, 'ledgers', (changed, removed) => records.inTurn(() => migration.apply(changed, removed)));
    if (context.seed) await seedRecords(context, records, context.seed.name, context.seed.records);

    const answer = async (type: LedgerType, record: StoredRecord, open: boolean, status = 200) =>
      new Reply(
        { record: recordView(type, record, open), titles: await records.references.titles(type, [record.values]) },
        { status, headers: { etag: etag(record.ver) } },
      );
    const views = (type: LedgerType, list: readonly StoredRecord[], open: boolean, fields?: readonly string[]): RecordView[] => {
      const wanted = fields && fields.length > 0 ? new Set(fields) : undefined;
      return list.map((record) => recordView(type, record, open, wanted));
    };

    return {
      handlers: {
        async types() {
          const items = await Promise.all(
            catalogue.all().map(async ({ type, hash }) => ({ type, hash, records: await store.count(collectionOf(type.id), {}) })),
          );
          return { items };
        },
        async list(asked) {
          const { params, query } = asked;
          const type = catalogue.need(params.type);
          const open = await opened(context, type, type.id, asked, query.purpose);
          const plan = planLedgerList(query, type, records.reader(type, open));
          const collection = collectionOf(type.id);
          const page = plan.page(await store.all(collection, plan.filter, { sort: plan.sort, limit: plan.limit + 1 }));
          const list = page.rows.map((doc) => openRecord(seal, type.id, doc));
          const total =
            query.total === true
              ? await store.count(collection, planLedgerList({ ...query, after: undefined }, type, records.reader(type, open)).filter)
              : undefined;
          return {
            items: views(type, list, open, query.fields),
            titles: await records.references.titles(
              type,
              list.map((record) => record.values),
            ),
            ...(page.next === undefined ? {} : { next: page.next }),
            ...(total === undefined ? {} : { total }),
          };
        },
        async create(asked) {
          const type = catalogue.need(asked.params.type);
          return answer(type, await records.create(type, asked.body.code, asked.body.values, asked), false, 201);
        },
        async get(asked) {
          const { params, query } = asked;
          const type = catalogue.need(params.type);
          const record = await records.need(type, params.id);
          return answer(type, record, await opened(context, type, `${type.id}/${record.code}`, asked, query.purpose));
        },
        async update(asked) {
          const type = catalogue.need(asked.params.type);
          return answer(type, await records.update(type, asked.params.id, asked.body.values, asked, asked.body.reason), false);
        },
        async remove(asked) {
          const type = catalogue.need(asked.params.type);
          await records.remove(type, asked.params.id, asked, asked.query.reason);
          return undefined;
        },
        async history(asked) {
          const { params, query } = asked;
          const type = catalogue.need(params.type);
          const entries = await records.history(type, params.id);
          const open = await opened(context, type, `${type.id}/${params.id}`, asked, query.purpose);
          return { items: entries.map((entry) => entryView(seal, type, params.id, entry, open)) };
        },
        async referrers({ params }) {
          const type = catalogue.need(params.type);
          await records.need(type, params.id);
          return { items: await records.references.of(type.id, params.id) };
        },
        async export(asked) {
          const { params, query, caller, language, signal } = asked;
          const type = catalogue.need(params.type);
          if (!caller.rights.has('export.request')) throw new Problem('RIGHT_MISSING', 403, 'an export needs the right export.request');
          const open = await opened(context, type, type.id, asked, query.purpose);
          const { filter, sort, q, fields, zone = 'Asia/Shanghai' } = query;
          const options = { query: { filter, sort, q }, fields, open, zone, language, by: caller.name, at: clock.now(), signal };
          const rows = exportRows(store, records, type, options);
          await context.audit.append({
            ...auditBy(asked),
            event: 'ledger',
            object: type.id,
            action: 'export',
            result: 'done',
            after: { format: query.format, filter: filter ?? '', q: q ?? '', open },
          });
          const headers = {
            'content-type': query.format === 'csv' ? 'text/csv; charset=utf-8' : XLSX,
            'content-disposition': attachment(`${type.id}-${new Date(options.at).toISOString().slice(0, 10)}.${query.format}`),
            'x-content-type-options': 'nosniff',
          };
          return new Reply(undefined, { headers, stream: sheets.write(query.format, type.label[language], rows) });
        },
        async template({ params, language }) {
          const type = catalogue.need(params.type);
          async function* rows() {
            yield headerRow(type, orderedFields(type), undefined, language);
          }
          const headers = {
            'content-type': XLSX,
            'content-disposition': attachment(`${type.id}.xlsx`),
            'x-content-type-options': 'nosniff',
          };
          return new Reply(undefined, { headers, stream: sheets.write('xlsx', type.label[language], rows()) });
        },
        import: async (asked) => importer.run(catalogue.need(asked.params.type), asked.body, asked),
        async drafts({ query }) {
          const filter = {
            ...(query.type === undefined ? {} : { type: query.type }),
            ...(query.state === undefined ? {} : { state: query.state }),
          };
          return { items: await drafts.list(filter) };
        },
        async typeFile({ params }) {
          return new Reply(catalogue.need(params.type), {
            headers: { 'content-disposition': attachment(`${params.type}.ledger.json`) },
          });
        },
        async check({ params, body }) {
          const { changes, problems, misfits } = await drafts.judge(params.type, body.definition);
          return {
            changes,
            problems: problems.map((problem) => ({ path: problem.place?.path ?? '', detail: problem.message })),
            misfits: [...misfits.list],
            misfitCount: misfits.count,
          };
        },
        draft: (asked) => drafts.draft(asked.params.type, asked.body.definition, asked.body.reason, asked),
        approve: (asked) => drafts.approve(asked.params.type, asked.params.draft, asked),
        reject: (asked) => drafts.reject(asked.params.type, asked.params.draft, asked),
        withdraw: (asked) => drafts.withdraw(asked.params.type, asked.params.draft, asked),
      },
    };
  },
});
