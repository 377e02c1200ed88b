import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerField, LedgerType } from '#domain/ledger/definition.ts';
import { startLedgers, type LedgerPlatform } from './ledger-kit.ts';

const text = (zh: string, en: string, more: Partial<LedgerField> = {}): LedgerField =>
  Object.assign({ type: 'text' as const, label: { zh, en }, class: 'asset' as const, level: 2 as const }, more);
const WELL: LedgerType = {
  id: 'valve-well',
  label: { zh: '阀门井', en: 'Valve well' },
  code: 'VLW{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    depth: { type: 'number', label: { zh: '井深', en: 'Depth' }, unit: 'm', min: 0, max: 10, class: 'asset', level: 2 },
    keeper: text('看护人', 'Keeper'),
  },
  groups: [{ label: { zh: '基本', en: 'Basics' }, fields: ['name', 'depth', 'keeper'] }],
  title: 'name',
  columns: ['name', 'depth'],
};
const withFields = (fields: Record<string, LedgerField | undefined>): LedgerType => {
  const all = Object.fromEntries(Object.entries({ ...WELL.fields, ...fields }).flatMap(([name, field]) => (field ? [[name, field]] : [])));
  const placed = Object.keys(all);
  return { ...WELL, fields: all, groups: [{ label: { zh: '基本', en: 'Basics' }, fields: placed }], columns: ['name'] };
};

let platform: LedgerPlatform;
let engineer: string;
let manager: string;
beforeAll(async () => {
  platform = await startLedgers();
  engineer = await platform.kit.become('process-engineer');
  manager = await platform.kit.become('manager');
});
afterAll(() => platform[Symbol.asyncDispose]());
const call = (method: string, path: string, as: string, body?: unknown, headers: Record<string, string> = {}) =>
  platform.kit.call(method, path, { as, headers, ...(body === undefined ? {} : { body }) });
const draft = (definition: LedgerType, id = 'valve-well') =>
  call('POST', `/api/ledger-types/${id}/draft`, engineer, { definition, reason: '登记阀门井' });
const approve = (id: unknown, as = manager) => call('POST', `/api/ledger-types/valve-well/drafts/${String(id)}/approve`, as);

describe('a record type', () => {
  it('goes from a draft over a second person to records, without a restart', async () => {
    const made = await draft(WELL);
    expect(made).toMatchObject({ status: 201, body: { state: 'open', stale: false, changes: [{ kind: 'added' }] } });
    expect((await call('GET', '/api/ledgers/valve-well', engineer)).status).toBe(404);
    expect(await approve(made.body['id'], engineer)).toMatchObject({ status: 403, body: { code: 'SECOND_PERSON' } });
    expect(await approve(made.body['id'])).toMatchObject({ status: 200, body: { state: 'approved', decidedBy: { id: 'zhao.lixin' } } });
    expect(await approve(made.body['id'])).toMatchObject({ status: 409, body: { code: 'DRAFT_DECIDED' } });
    const created = await call('POST', '/api/ledgers/valve-well', engineer, { values: { name: '一号井', depth: 3, keeper: '王建国' } });
    expect(created).toMatchObject({ status: 201, body: { record: { code: 'VLW001' } } });
    await call('POST', '/api/ledgers/valve-well', engineer, { values: { name: '二号井', depth: 8 } });
    expect((await call('GET', '/api/ledger-types/valve-well/file', engineer)).body).toEqual(WELL);
    const revisions = await call('GET', '/api/artefacts/ledger-type/valve-well', engineer);
    expect(revisions.body['items']).toMatchObject([{ author: 'chen.siyuan', approver: 'zhao.lixin', deployed: true }]);
    expect((await draft(WELL)).body['code']).toBe('LEDGER_TYPE_UNCHANGED');
  });

  it('is refused with its place when it cannot be', async () => {
    const faulty = async (definition: LedgerType) => {
      const { body } = await draft(definition);
      return [body['code'], Object(body['place']).path];
    };
    expect(await faulty({ ...WELL, title: 'nothing' })).toEqual(['LEDGER_TYPE_INVALID', 'title']);
    expect(await faulty({ ...WELL, code: '{name}.X{nn}' })).toEqual(['LEDGER_TYPE_INVALID', 'code']);
    expect(await faulty({ ...WELL, id: 'other' })).toEqual(['LEDGER_TYPE_INVALID', 'id']);
    expect(await faulty(withFields({ name: text('名称', 'Name', { pattern: '(a+)+' }) }))).toEqual([
      'LEDGER_TYPE_INVALID',
      'fields.name.pattern',
    ]);
    expect(await faulty(withFields({ ver: text('版本', 'Version') }))).toEqual(['LEDGER_TYPE_INVALID', 'fields.ver']);
    const lost: LedgerField = { type: 'reference', ledger: 'nowhere', label: { zh: '引用', en: 'Reference' }, class: 'asset', level: 2 };
    expect(await faulty(withFields({ lost }))).toEqual(['LEDGER_TYPE_INVALID', 'fields.lost.ledger']);
  });

  it('with records takes new fields, wider limits and other labels', async () => {
    const wider = withFields({
      name: text('井名', 'Name of the well', { required: true }),
      depth: { type: 'number', label: { zh: '井深', en: 'Depth' }, unit: 'm', min: 0, max: 20, class: 'asset', level: 2 },
      cover: { type: 'boolean', label: { zh: '有盖', en: 'Covered' }, class: 'asset', level: 2 },
    });
    const judged = await call('POST', '/api/ledger-types/valve-well/check', engineer, { definition: wider });
    expect(judged.body).toMatchObject({ problems: [], misfits: [], misfitCount: 0 });
    expect(Object(judged.body['changes']).map((one: { kind: string; path: string }) => `${one.kind} ${one.path}`)).toContain(
      'added fields.cover',
    );
    const made = await draft(wider);
    expect(await approve(made.body['id'])).toMatchObject({ status: 200 });
    const deep = await call('POST', '/api/ledgers/valve-well', engineer, { values: { name: '三号井', depth: 15, cover: true } });
    expect(deep).toMatchObject({ status: 201, body: { record: { code: 'VLW003' } } });
  });

  it('with records is not narrowed past them: each is named', async () => {
    const narrow = withFields({
      depth: { type: 'number', label: { zh: '井深', en: 'Depth' }, min: 0, max: 5, class: 'asset', level: 2 },
      keeper: undefined,
    });
    const judged = await call('POST', '/api/ledger-types/valve-well/check', engineer, { definition: narrow });
    expect(judged.body['misfitCount']).toBe(3);
    expect(
      Object(judged.body['misfits']).map((one: Record<string, unknown>) => [one['record'], one['field'], one['code']].join(' ')),
    ).toEqual([
      'VLW001 keeper LEDGER_FIELD_REMOVED',
      'VLW002 depth LEDGER_FIELD_RANGE',
      'VLW003 cover LEDGER_FIELD_REMOVED',
      'VLW003 depth LEDGER_FIELD_RANGE',
    ]);
    const made = await draft(narrow);
    expect(made).toMatchObject({ status: 409, body: { code: 'LEDGER_TYPE_DATA' } });
    expect(made.body['detail']).toContain('VLW002.depth');
    // Past the drafts too: the consumer refuses and the deployment goes back.
    await expect(platform.deploy(narrow)).rejects.toMatchObject({ code: 'DEPLOYMENT_FAILED' });
    expect((await call('GET', '/api/ledger-types/valve-well/file', engineer)).body).toMatchObject({ fields: { depth: { max: 20 } } });
  });

  it('that makes a field personal seals what was there, in the history too', async () => {
    expect((await platform.onDisk()).includes('王建国')).toBe(true);
    const sealed = withFields({
      depth: { type: 'number', label: { zh: '井深', en: 'Depth' }, unit: 'm', min: 0, max: 20, class: 'asset', level: 2 },
      cover: { type: 'boolean', label: { zh: '有盖', en: 'Covered' }, class: 'asset', level: 2 },
      keeper: text('看护人', 'Keeper', { class: 'personal', level: 3, mask: 'name' }),
    });
    const made = await draft(sealed);
    expect(await approve(made.body['id'])).toMatchObject({ status: 200 });
    const { body } = await call('GET', '/api/ledgers/valve-well/VLW001', engineer);
    expect(body).toMatchObject({ record: { values: { keeper: '王**' }, masked: ['keeper'] } });
    const open = await call('GET', `/api/ledgers/valve-well/VLW001?purpose=${encodeURIComponent('核对')}`, manager);
    expect(open.body).toMatchObject({ record: { values: { keeper: '王建国' } } });
    expect((await call('GET', '/api/ledgers/valve-well/VLW001/history', engineer)).text).not.toContain('王建国');
  });

  it('waits for nobody whose draft is old', async () => {
    const deep: LedgerField = { type: 'number', label: { zh: '井深', en: 'Depth' }, max: 20, class: 'asset', level: 2 };
    const cover = (zh: string): LedgerField => ({ type: 'boolean', label: { zh, en: 'Covered' }, class: 'asset', level: 2 });
    const one = await draft(withFields({ depth: deep, cover: cover('井盖') }));
    expect(one.status).toBe(201);
    await platform.deploy(withFields({ depth: deep, cover: cover('有盖') }));
    const drafts = await call('GET', '/api/ledger-types/drafts?type=valve-well&state=open', engineer);
    expect(drafts.body['items']).toMatchObject([{ id: one.body['id'], stale: true }]);
    expect(await approve(one.body['id'])).toMatchObject({ status: 409, body: { code: 'DRAFT_STALE' } });
    const withdraw = (as: string) => call('POST', `/api/ledger-types/valve-well/drafts/${String(one.body['id'])}/withdraw`, as);
    expect((await withdraw(manager)).body['code']).toBe('DRAFT_NOT_YOURS');
    expect(await withdraw(engineer)).toMatchObject({ status: 200, body: { state: 'withdrawn' } });
  });
});
