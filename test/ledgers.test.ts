import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import { plantRecords } from '#plants/demo-records.ts';
import { startLedgers, type LedgerPlatform } from './ledger-kit.ts';

let platform: LedgerPlatform;
let engineer: string;
let manager: string;
let dispatcher: string;
beforeAll(async () => {
  platform = await startLedgers({ seed: { name: 'demo', records: plantRecords(demoPlant) } });
  engineer = await platform.kit.become('process-engineer');
  manager = await platform.kit.become('manager');
  dispatcher = await platform.kit.become('dispatcher');
});
afterAll(() => platform[Symbol.asyncDispose]());

const call = (method: string, path: string, as: string, body?: unknown, headers: Record<string, string> = {}) =>
  platform.kit.call(method, path, { as, headers, ...(body === undefined ? {} : { body }) });
const get = (path: string, as = engineer) => call('GET', path, as);
const enc = encodeURIComponent;

describe('the demo plant', () => {
  it('is in the ledgers, once', async () => {
    const { body } = await get('/api/ledgers');
    const items = body['items'];
    if (!Array.isArray(items)) throw new Error('no items');
    const counts = Object.fromEntries(items.map((one) => [one.type.id, one.records]));
    expect(counts).toMatchObject({
      enterprise: 1,
      'heat-source': 1,
      'chp-unit': 1,
      boiler: 2,
      station: 8,
      unit: 16,
      building: 96,
      household: 384,
      'room-collector': 32,
      'steam-customer': 3,
    });
    expect(items.map((one) => one.type.id).slice(0, 3)).toEqual(['enterprise', 'responsible-person', 'heat-source']);
    const records = plantRecords(demoPlant);
    for (const asset of demoPlant.assets.filter((one) => one.type !== 'weather'))
      expect([asset.id, records.some((one) => one.code === asset.id)]).toEqual([asset.id, true]);
  });
});

describe('records', () => {
  it('are listed with filter, sort, search, fields, pages and the names of what they refer to', async () => {
    const page = await get(
      `/api/ledgers/station?filter=${enc('branch:eq:西线;designLoad:gte:6')}&sort=-name&limit=2&total=true&fields=name,source`,
    );
    expect(page).toMatchObject({ status: 200, body: { total: 3, titles: { 'heat-source/SRC001': '热电一厂首站' } } });
    expect(page.body['items']).toMatchObject([{ values: { source: 'SRC001' } }, {}]);
    expect(Object.keys(Object(page.body['items'])[0].values).sort()).toEqual(['name', 'source']);
    const next = await get(
      `/api/ledgers/station?filter=${enc('branch:eq:西线;designLoad:gte:6')}&sort=-name&limit=2&after=${enc(String(page.body['next']))}`,
    );
    expect(next.body['items']).toHaveLength(1);
    expect(next.body['next']).toBeUndefined();
    expect((await get(`/api/ledgers/station?q=${enc('枫林')}`)).body['items']).toMatchObject([{ code: 'STA007' }]);
    expect(await get('/api/ledgers/station?sort=nothing')).toMatchObject({ status: 400, body: { code: 'LIST_QUERY' } });
    expect(await get('/api/ledgers/nothing')).toMatchObject({ status: 404, body: { code: 'LEDGER_TYPE_UNKNOWN' } });
  });

  it('walk through every page once, whether the field is filled or not', async () => {
    for (const sort of ['meter', '-meter']) {
      const seen: string[] = [];
      let after = '';
      do {
        const page = await get(`/api/ledgers/household?sort=${sort}&limit=100${after === '' ? '' : `&after=${enc(after)}`}`);
        seen.push(...Object(page.body['items']).map((one: { code: string }) => one.code));
        after = typeof page.body['next'] === 'string' ? page.body['next'] : '';
      } while (after !== '');
      expect([sort, seen.length, new Set(seen).size]).toEqual([sort, 384, 384]);
    }
  });

  it('are created with the next free code, changed under their version, and keep their history', async () => {
    const values = { name: '文化宫换热站', enterprise: 'E01', source: 'SRC001', mode: 'unattended', heatedArea: 51_000 };
    const made = await call('POST', '/api/ledgers/station', engineer, { values });
    expect(made).toMatchObject({ status: 201, body: { record: { code: 'STA009', ver: 1, values } } });
    const path = '/api/ledgers/station/STA009';
    const change = { values: { heatedArea: 54_000, branch: '东线' }, reason: '竣工图修正' };
    expect(await call('PATCH', path, engineer, change)).toMatchObject({ status: 428, body: { code: 'IF_MATCH_MISSING' } });
    expect(await call('PATCH', path, engineer, change, { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    const changed = await call('PATCH', path, engineer, change, { 'if-match': String(made.headers.get('etag')) });
    expect(changed).toMatchObject({ status: 200, body: { record: { ver: 2, values: { heatedArea: 54_000, branch: '东线' } } } });
    const history = await get(`${path}/history`);
    expect(history.body['items']).toMatchObject([
      {
        ver: 2,
        action: 'update',
        by: { id: 'chen.siyuan' },
        reason: '竣工图修正',
        changes: [
          { field: 'branch', after: '东线', masked: false },
          { field: 'heatedArea', before: 51_000, after: 54_000 },
        ],
      },
      { ver: 1, action: 'create' },
    ]);
    expect(await call('DELETE', path, engineer, undefined, { 'if-match': '"2"' })).toMatchObject({ status: 204 });
    expect((await get(path)).status).toBe(404);
    expect((await get(`${path}/history`)).body['items']).toMatchObject([{ action: 'delete' }, {}, {}]);
    // The number of what was deleted is not given away again.
    expect(await call('POST', '/api/ledgers/station', engineer, { values })).toMatchObject({ body: { record: { code: 'STA010' } } });
    expect(await call('POST', '/api/ledgers/station', engineer, { code: 'STA009', values: { ...values, name: 'x' } })).toMatchObject({
      status: 409,
      body: { code: 'LEDGER_CODE_TAKEN' },
    });
    await call('DELETE', '/api/ledgers/station/STA010', engineer, undefined, { 'if-match': '"1"' });
  });

  it('are refused with the field and the reason', async () => {
    const base = { name: '甲', enterprise: 'E01', source: 'SRC001', mode: 'unattended' };
    const refused = async (type: string, values: unknown, code?: string) => {
      const { status, body } = await call('POST', `/api/ledgers/${type}`, engineer, { values, ...(code === undefined ? {} : { code }) });
      return [status, body['code'], Object(body['place']).path];
    };
    expect(await refused('station', { ...base, name: '' })).toEqual([422, 'LEDGER_RECORD_INVALID', 'name']);
    expect(await refused('station', { ...base, mode: 'x' })).toEqual([422, 'LEDGER_RECORD_INVALID', 'mode']);
    expect(await refused('station', { ...base, heatedArea: -1 })).toEqual([422, 'LEDGER_RECORD_INVALID', 'heatedArea']);
    expect(await refused('station', { ...base, source: 'SRC009' })).toEqual([422, 'LEDGER_RECORD_INVALID', 'source']);
    expect(await refused('station', { ...base, name: '枫林苑换热站' })).toEqual([422, 'LEDGER_RECORD_INVALID', 'name']);
    expect(await refused('station', { ...base, colour: 'red' })).toEqual([422, 'LEDGER_RECORD_INVALID', 'colour']);
    expect(await refused('station', base, 'BLD001')).toEqual([422, 'LEDGER_CODE_RULE', 'code']);
    expect(await refused('station', base, 'STA007')).toEqual([409, 'LEDGER_CODE_TAKEN', 'code']);
    // smart-heating 5.1 and 5.2: the datasheet is out of limits.
    const sensor = { measures: 'pipe-temperature', rangeHigh: 150, accuracy: 2, pipeDiameter: 150, distance: 900 };
    expect(await refused('sensor', sensor)).toEqual([422, 'LEDGER_RECORD_INVALID', 'accuracy']);
    expect(await refused('sensor', { ...sensor, accuracy: 1, distance: 750 })).toEqual([422, 'LEDGER_RECORD_INVALID', 'distance']);
    const pressure = { measures: 'pressure', rangeHigh: 1.2, designPressure: 1, accuracyClass: 0.5 };
    expect(await refused('sensor', pressure)).toEqual([422, 'LEDGER_RECORD_INVALID', 'rangeHigh']);
    const collector = { household: 'STA001.UNT01.USR001', place: 'bedroom', accuracy: 0.5, height: 1.5, noHeatNearby: true, period: 60 };
    expect(await refused('room-collector', collector)).toEqual([422, 'LEDGER_RECORD_INVALID', 'height']);
  });

  it('stay while something refers to them', async () => {
    const kept = await call('DELETE', '/api/ledgers/station/STA007', engineer, undefined, { 'if-match': '"1"' });
    expect(kept).toMatchObject({ status: 409, body: { code: 'LEDGER_REFERRED' } });
    expect(kept.body['detail']).toContain('STA007.UNT01');
    const { body } = await get('/api/ledgers/station/STA007/referrers');
    expect(body['items']).toContainEqual({
      ledger: 'unit',
      field: 'station',
      count: 2,
      records: [
        { code: 'STA007.UNT01', title: '枫林苑1号机组' },
        { code: 'STA007.UNT02', title: '枫林苑2号机组' },
      ],
    });
    // The code of a unit is made of its station.
    const moved = await call('PATCH', '/api/ledgers/unit/STA007.UNT01', engineer, { values: { station: 'STA001' } }, { 'if-match': '"1"' });
    expect(moved).toMatchObject({ status: 422, body: { code: 'LEDGER_CODE_RULE' } });
  });

  it('are for those who may read and write them', async () => {
    const resident = await platform.kit.become('system-administrator');
    expect((await get('/api/ledgers', resident)).body['code']).toBe('RIGHT_MISSING');
    expect((await get('/api/ledgers/station', dispatcher)).status).toBe(200);
    expect((await call('POST', '/api/ledgers/station', dispatcher, { values: {} })).body['code']).toBe('RIGHT_MISSING');
  });
});

describe('sensitive fields', () => {
  const path = '/api/ledgers/household/STA001.UNT01.USR001';
  const plain = plantRecords(demoPlant).find((one) => one.code === 'STA001.UNT01.USR001')?.values ?? {};
  const phone = String(plain['mobile']);

  it('are masked in every answer, and open only to those who may and say what for', async () => {
    const { body, text } = await get(path);
    expect(body).toMatchObject({ record: { values: { mobile: `${phone.slice(0, 3)}****${phone.slice(7)}` } } });
    expect(Object(body['record']).masked.sort()).toEqual(['accountNo', 'address', 'holder', 'mobile']);
    for (const field of ['mobile', 'holder', 'accountNo', 'address'])
      expect([field, text.includes(String(plain[field]))]).toEqual([field, false]);
    expect((await get(`${path}?purpose=${enc('回访')}`)).body['code']).toBe('LEDGER_PURPOSE');
    expect((await get(path, manager)).text).not.toContain(phone);
    const before = platform.audited.length;
    const open = await get(`${path}?purpose=${enc('投诉回访')}`, manager);
    expect(open.body).toMatchObject({ record: { values: { mobile: phone, holder: plain['holder'] }, masked: [] } });
    expect(platform.audited.slice(before)).toMatchObject([
      { action: 'reveal', object: 'household/STA001.UNT01.USR001', reason: '投诉回访', actor: 'zhao.lixin' },
    ]);
  });

  it('are found by equality only, and only by those who see them', async () => {
    const filter = enc(`mobile:eq:${phone}`);
    expect((await get(`/api/ledgers/household?filter=${filter}`)).body['code']).toBe('LEDGER_MASKED');
    expect((await get('/api/ledgers/household?sort=holder')).body['code']).toBe('LEDGER_MASKED');
    expect((await get(`/api/ledgers/household?filter=${enc('mobile:has:138')}&purpose=${enc('来电')}`, manager)).body['code']).toBe(
      'LEDGER_MASKED',
    );
    const found = await get(`/api/ledgers/household?filter=${filter}&purpose=${enc('来电')}`, manager);
    expect(found.body['items']).toMatchObject([{ code: 'STA001.UNT01.USR001', values: { mobile: phone } }]);
  });

  it('are masked in the past and in the audit log too', async () => {
    const changed = await call('PATCH', path, engineer, { values: { mobile: '13700001111' } }, { 'if-match': '"1"' });
    expect(changed.body).toMatchObject({ record: { values: { mobile: '137****1111' } } });
    const { text } = await get(`${path}/history`);
    expect(text).toContain('137****1111');
    expect(text).not.toContain(phone);
    expect((await get(`${path}/history?purpose=${enc('核对')}`, manager)).text).toContain(phone);
    expect(JSON.stringify(platform.audited)).not.toContain('13700001111');
  });

  it('are nowhere plain in the files of the store', async () => {
    const disk = await platform.onDisk();
    expect(disk.includes('枫林苑换热站')).toBe(true);
    const secrets = plantRecords(demoPlant).flatMap(({ values }) =>
      ['mobile', 'holder', 'accountNo', 'managerMobile', 'propertyMobile', 'contactMobile'].flatMap((field) =>
        typeof values[field] === 'string' ? [values[field]] : [],
      ),
    );
    // Some of each kind: every one would take seconds to look for.
    const some = secrets.filter((_, index) => index % 23 < 2);
    expect(some.length).toBeGreaterThan(90);
    expect(some.filter((secret) => disk.includes(secret))).toEqual([]);
  });
});

describe('sheets', () => {
  const importing = (name: string, data: string | Uint8Array, dryRun: boolean, type = 'station', as = engineer) =>
    call('POST', `/api/ledgers/${type}/import`, as, {
      format: name.endsWith('xlsx') ? 'xlsx' : 'csv',
      name,
      data: Buffer.from(data).toString('base64'),
      dryRun,
    });

  it('list every bad row and cell and change nothing', async () => {
    const sheet = [
      '编号,名称,企业,热源,运行方式,供热面积 [m2],奇怪的列',
      'STA101,东湖站,E01,SRC001,无人值守,5000,?',
      'STA102,,E01,SRC001,无人值守,很大,?',
      'STA103,南湖站,E01,SRC777,有人,1,?',
      'XYZ,西湖站,E01,SRC001,无人值守,1,?',
      'STA101,北湖站,E01,SRC001,无人值守,1,?',
    ].join('\r\n');
    const dry = await importing('stations.csv', `\uFEFF${sheet}`, true);
    expect(dry).toMatchObject({ status: 200, body: { applied: false, rows: 5, ignored: ['奇怪的列'], faultCount: 6 } });
    expect(told(dry)).toEqual([
      [3, '名称', 'LEDGER_FIELD_REQUIRED'],
      [3, '供热面积 [m2]', 'LEDGER_FIELD_TYPE'],
      [4, '热源', 'LEDGER_FIELD_REFERENCE'],
      [4, '运行方式', 'LEDGER_FIELD_OPTION'],
      [5, '编号', 'LEDGER_CODE_RULE'],
      [6, '编号', 'LEDGER_FIELD_UNIQUE'],
    ]);
    expect((await importing('stations.csv', sheet, false)).body).toMatchObject({ applied: false });
    expect((await get('/api/ledgers/station/STA101')).status).toBe(404);
    expect(platform.audited.some((one) => one.action === 'import')).toBe(false);
  });

  it('apply all rows in one audited act, and a second time nothing', async () => {
    const sheet =
      '编号,名称,企业,热源,运行方式,供热面积\r\nSTA101,东湖站,E01,SRC001,无人值守,"5,000"\r\n,西湖站,E01,SRC001,有人值守,6000\r\nSTA001,和平里换热站,E01,SRC001,无人值守,126000\r\n';
    const done = await importing('stations.csv', sheet, false);
    expect(done.body).toMatchObject({ applied: true, rows: 3, created: 2, updated: 1, unchanged: 0, faults: [] });
    expect((await get('/api/ledgers/station/STA102')).body).toMatchObject({
      record: { values: { name: '西湖站', heatedArea: 6000, mode: 'attended' } },
    });
    expect((await get('/api/ledgers/station/STA001')).body).toMatchObject({
      record: { ver: 2, values: { heatedArea: 126_000, branch: '西线' } },
    });
    expect((await get('/api/ledgers/station/STA001/history')).body['items']).toMatchObject([
      { action: 'update', source: 'import stations.csv', changes: [{ field: 'heatedArea', before: 125_000, after: 126_000 }] },
      { action: 'create', source: 'seed demo' },
    ]);
    const acts = platform.audited.filter((one) => one.action === 'import');
    expect(acts).toMatchObject([{ object: 'station', after: { rows: 3, created: 2, updated: 1, file: 'stations.csv' } }]);
    const named = sheet.replace('\r\n,西湖站', '\r\nSTA102,西湖站');
    expect((await importing('stations.csv', named, false)).body).toMatchObject({ applied: true, created: 0, updated: 0, unchanged: 3 });
  });

  it('are read as Chinese spreadsheets write them, and refused when they are none', async () => {
    const gb18030 = new Uint8Array([
      0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xc3, 0xfb, 0xb3, 0xc6, 0x0a, 0x53, 0x54, 0x41, 0x30, 0x30, 0x31, 0x2c, 0x0a,
    ]);
    expect((await importing('gb.csv', gb18030, true)).body).toMatchObject({ rows: 1, faults: [{ column: '名称', row: 2 }] });
    expect(await importing('x.xlsx', 'no zip at all, but long enough to look', true)).toMatchObject({
      status: 422,
      body: { code: 'LEDGER_SHEET' },
    });
    expect((await importing('x.csv', 'a,b\r\n1,2\r\n', true)).body['code']).toBe('LEDGER_SHEET');
  });

  it('are exported exactly as filtered, masked, with units, zone and who', async () => {
    const query = `filter=${enc('branch:eq:东线')}&sort=-code&fields=name,heatedArea,manager`;
    const { text, headers } = await call('GET', `/api/ledgers/station/export?format=csv&${query}`, dispatcher, undefined, {
      'accept-language': 'zh',
    });
    expect(headers.get('content-disposition')).toContain('station-');
    const lines = text.replace('\uFEFF', '').trim().split('\r\n');
    expect(lines[0]).toMatch(/^"# 热力站；筛选 branch:eq:东线；导出人 .+ Asia\/Shanghai；敏感字段已遮盖"$/);
    expect(lines[1]).toBe('"编号","名称","供热面积 [m2]","站长","变更时间 (Asia/Shanghai)","变更人"');
    expect(lines.slice(2).map((line) => line.split(',')[0])).toEqual(['"STA006"', '"STA003"']);
    expect(lines[2]).toMatch(/^"STA006","城南小学换热站",125000,".\*+","\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00","system"$/);
    expect(platform.audited.at(-1)).toMatchObject({
      action: 'export',
      object: 'station',
      after: { format: 'csv', filter: 'branch:eq:东线' },
    });
    expect((await get(`/api/ledgers/station/export?format=csv&filter=x`)).status).toBe(400);
  });

  it('come back from XLSX as they went, masked cells untouched', async () => {
    const response = await fetch(`${platform.kit.base}/api/ledgers/household/export?format=xlsx&filter=${enc('unit:eq:STA002.UNT01')}`, {
      headers: { cookie: engineer },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get('content-type')).toContain('spreadsheetml');
    const again = await importing('households.xlsx', bytes, true, 'household');
    expect(again.body).toMatchObject({ rows: 24, created: 0, updated: 0, unchanged: 24, faults: [], ignored: [] });
  });

  it('bring 1,000 stations with their units in seconds', { timeout: 60_000 }, async () => {
    const from = performance.now();
    const stations = Array.from({ length: 1000 }, (_, n) => `STA${1000 + n},站${n},E01,SRC001,无人值守,${1000 + n}`);
    const made = await importing('k.csv', ['编号,名称,企业,热源,运行方式,供热面积', ...stations].join('\n'), false);
    expect(made.body).toMatchObject({ applied: true, created: 1000 });
    const units = stations.map((_, n) => `机组${n},STA${1000 + n},3,是,是,是`);
    const second = await importing('u.csv', ['名称,热力站,设计热负荷,实时监测,自动调节,远程控制', ...units].join('\n'), false, 'unit');
    expect(second.body).toMatchObject({ applied: true, created: 1000 });
    expect((await get('/api/ledgers/unit/STA1500.UNT01')).status).toBe(200);
    expect(performance.now() - from).toBeLessThan(60_000);
  });
});

const told = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): unknown[][] => {
  const faults = body['faults'];
  return Array.isArray(faults) ? faults.map((one) => [one.row, one.column, one.code]) : [];
};
