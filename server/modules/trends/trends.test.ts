import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_SEASON } from '#domain/history/buckets.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '../../bus.ts';
import { Reply } from '../../define-module.ts';
import type { Caller, History, Series, TagDictionary } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { csvRows, textCell, valueCell, zoneClock } from './csv.ts';
import { trendsModule } from './module.ts';
import { zoneNamed } from './plan.ts';

const folder = await mkdtemp(join(tmpdir(), 'nuanliu-trends-'));
afterAll(() => rm(folder, { recursive: true }));

const unused = (): never => {
  throw new Error('not used');
};
const store: Store = {
  get: unused,
  find: unused,
  all: () => Promise.resolve([]),
  count: unused,
  insert: unused,
  update: unused,
  upsert: unused,
  remove: unused,
  bulk: unused,
  ensureIndex: () => Promise.resolve(),
  capabilities: { transactions: false, changeStream: false, ttl: false, server: '' },
  [Symbol.asyncDispose]: unused,
};
const caller: Caller = { kind: 'user', id: 'u', name: 'U', roles: [], rights: new Set(['live.read']) };
const dictionary: TagDictionary = {
  tags: demoPlant.tags,
  assets: demoPlant.assets,
  gate: new Map(),
  tag: (id) => demoPlant.tags.find((t) => t.id === id),
  asset: unused,
};
const T0 = Date.UTC(2026, 0, 10, 10);

async function ask(query: { tags: string; from: string; to: string; points?: number; zone?: string }, accept = 'application/json') {
  const reads: [number, number, number | undefined][] = [];
  const history: History = {
    append: unused,
    lastSeq: unused,
    summarise: unused,
    scan: unused,
    latest: unused,
    read: (tags, from, to, options) => {
      reads.push([from, to, options?.points]);
      return Promise.resolve(tags.map((tag): Series => ({ tag, at: [from], value: [-1.5], quality: ['good'] })));
    },
  };
  const { handlers } = await trendsModule.start({
    history,
    dictionary,
    season: DEFAULT_SEASON,
    dataFolder: folder,
    store,
    bus: new Bus(unused),
    clock: { now: () => T0, monotonic: () => 0 },
    ids: { next: unused, secret: unused },
    audit: { append: unused },
    log: { debug: unused, info: unused, warn: unused, error: unused },
  });
  const answer = await handlers.history({
    params: undefined,
    body: undefined,
    query,
    caller,
    requestId: 'r',
    language: 'zh',
    accept,
    signal: new AbortController().signal,
  });
  return { answer, reads };
}

describe('GET /api/history', () => {
  it('answers columns with units, reduced', async () => {
    const { answer, reads } = await ask({ tags: 'STA001.1T_S', from: '2026-01-10T10:00:00Z', to: String(T0 + 1000) });
    expect(answer).toEqual({
      from: T0,
      to: T0 + 1000,
      series: [{ tag: 'STA001.1T_S', unit: '°C', at: [T0], value: [-1.5], quality: ['good'] }],
    });
    expect(reads).toEqual([[T0, T0 + 1000, 2000]]);
  });

  it('streams CSV with byte order mark, units and zone, in pieces', async () => {
    const { answer, reads } = await ask({ tags: 'STA001.1T_S,STA001.PWR', from: String(T0), to: String(T0 + 30 * 86_400_000) }, 'text/csv');
    expect(answer).toBeInstanceOf(Reply);
    let text = '';
    for await (const chunk of (answer instanceof Reply ? answer.stream : undefined) ?? []) text += String(chunk);
    const [header, first] = text.split('\r\n');
    expect(header).toBe('\uFEFF"时间 (Asia/Shanghai)","STA001.1T_S [°C]","STA001.1T_S 质量","STA001.PWR","STA001.PWR 质量"');
    expect(first).toBe('2026-01-10 18:00:00.000+08:00,-1.5,good,-1.5,good');
    expect(reads.length).toBeGreaterThan(5);
    expect(reads.map(([from]) => from).slice(1)).toEqual(reads.map(([, to]) => to).slice(0, -1));
  });

  it.each([
    [{ tags: 'X', from: '0', to: '1' }, 'TAG_UNKNOWN'],
    [{ tags: 'STA001.1T_S', from: 'yesterday', to: '1' }, 'TIME_INVALID'],
    [{ tags: 'STA001.1T_S', from: '5', to: '5' }, 'RANGE_EMPTY'],
  ])('refuses %j with %s', async (query, code) => {
    await expect(ask(query)).rejects.toMatchObject({ code });
  });
  it('refuses an unknown time zone', async () => {
    await expect(ask({ tags: 'STA001.1T_S', from: '0', to: '1', zone: 'Mars/North' }, 'text/csv')).rejects.toMatchObject({
      code: 'ZONE_UNKNOWN',
    });
  });
});

describe('CSV', () => {
  it('disarms formulas and leaves numbers alone', () => {
    for (const text of ['=1+1', '+1', '-x', '@SUM', '\t=1', '＝1', '  =1']) expect(textCell(text)).toBe(`"'${text}"`);
    expect(textCell('a "b"')).toBe('"a ""b"""');
    expect(valueCell(-1.5)).toBe('-1.5');
    expect(valueCell(null)).toBe('');
    expect(valueCell('=x')).toBe(`"'=x"`);
  });
  it('joins series by time', () => {
    const series: Series[] = [
      { tag: 'A', at: [1, 3], value: [1, 2], quality: ['good', 'good'] },
      { tag: 'B', at: [2, 3], value: [true, null], quality: ['uncertain', 'bad'] },
    ];
    expect(csvRows(series, String)).toBe('1,1,good,,\r\n2,,,true,uncertain\r\n3,2,good,,bad\r\n');
  });
  it('follows a change to summer time', () => {
    const clock = zoneClock(zoneNamed('Europe/Berlin'));
    expect(clock(Date.UTC(2026, 2, 29, 0, 59))).toBe('2026-03-29 01:59:00.000+01:00');
    expect(clock(Date.UTC(2026, 2, 29, 1))).toBe('2026-03-29 03:00:00.000+02:00');
    expect(zoneClock(zoneNamed('UTC'))(0)).toBe('1970-01-01 00:00:00.000+00:00');
  });
});
