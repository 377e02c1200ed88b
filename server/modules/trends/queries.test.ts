import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SEASON } from '#domain/history/buckets.ts';
import { demoPlant } from '#plants/demo.ts';
import type { Quality, Sample, Value } from '#domain/sample.ts';
import { openHistory, type OpenHistory } from '../../store/history/history.ts';
import type { TagDictionary } from '../../services.ts';
import { aggregated } from './aggregates.ts';
import { sampleAsOf } from './as-of.ts';
import { planOf, type HistoryAsk } from './plan.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const T0 = Date.UTC(2026, 0, 10);
const HOUR = 3_600_000;
const NUMBER = 'STA001.1T_S';
const TEXT = 'STA001.TEXT';
const [first] = demoPlant.tags.filter((tag) => tag.id === NUMBER);
if (!first) throw new Error('the demo plant has no such tag');
const tag = { ...first, every: 600 };
const tags = [tag, { ...tag, id: 'COUNT', unit: 'GJ' }, { ...tag, id: TEXT, type: 'string' as const }, { ...tag, id: 'RARE' }];
const dictionary: TagDictionary = {
  tags,
  assets: [],
  gate: new Map(),
  tag: (id) => tags.find((one) => one.id === id),
  asset: () => undefined,
};
const sample = (id: string, at: number, value: Value, quality: Quality = 'good'): Sample => ({ tag: id, at, value, quality });

let dir: string;
let history: OpenHistory;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nuanliu-queries-'));
  history = await openHistory({ dir, clock: { now: () => 0, monotonic: () => performance.now() }, log: quiet });
  const tens = Array.from({ length: 289 }, (_, i) => T0 + i * 600_000);
  await history.append([
    // Two hours of bad values from 06:00, one spike at 12:30.
    ...tens.map((at, i) => sample(NUMBER, at, i === 75 ? 500 : 40 + (i % 6), i >= 36 && i < 48 ? 'bad' : 'good')),
    // A count of 1 each ten minutes; the meter is exchanged at 24:05 UTC, at 900 of 1000 on the old one.
    ...tens.map((at, i) => sample('COUNT', at, i < 145 ? (755 + i) % 1000 : i - 145, i === 20 ? 'bad' : 'good')),
    sample('RARE', T0 - 400 * 24 * HOUR, 7, 'uncertain'),
  ]);
});
afterAll(async () => {
  await history[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const { signal } = new AbortController();
async function ask(more: Partial<HistoryAsk>) {
  const asked = { tags: NUMBER, from: String(T0), to: String(T0 + 24 * HOUR), every: '1h' as const, zone: 'UTC', ...more };
  const plan = planOf(asked, dictionary, DEFAULT_SEASON);
  if (!plan.buckets) throw new Error('not aggregated');
  return { plan, series: await aggregated(plan.tags, plan.buckets, { history, now: T0 + 1000 * HOUR, signal }) };
}

describe('aggregates', () => {
  it('by summaries keep the spike, and a gap stays a gap', async () => {
    const { series } = await ask({ aggregate: 'mean,max,count' });
    const [mean, max, count] = series;
    expect(mean?.at).toEqual(Array.from({ length: 24 }, (_, i) => T0 + i * HOUR));
    expect(mean?.until.at(-1)).toBe(T0 + 24 * HOUR);
    expect([mean?.value[0], mean?.value[6], mean?.quality[6]]).toEqual([42.5, null, 'bad']);
    expect([max?.value[0], max?.value[12], max?.quality[12]]).toEqual([45, 500, 'good']);
    expect([count?.value[0], count?.value[6], count?.unit]).toEqual([6, 0, '']);
  });

  it('by the order of samples: held means, time above a limit, percentiles', async () => {
    const { series } = await ask({ aggregate: 'timeMean,above,p50', limit: 44 });
    const [mean, above, p50] = series;
    expect([mean?.value[0], mean?.quality[0], mean?.value[6], mean?.quality[6]]).toEqual([42.5, 'good', null, 'bad']);
    expect([above?.value[0], above?.value[12], above?.value[6], above?.unit]).toEqual([600, 1200, null, 's']);
    expect([p50?.value[0], p50?.value[6]]).toEqual([42.5, null]);
  });

  it('hold the value from before the range', async () => {
    const { series } = await ask({ aggregate: 'timeMean', from: String(T0 + HOUR), to: String(T0 + 2 * HOUR), every: '5m' });
    // 01:00 itself has a sample; the five minutes after it are held.
    expect(series[0]?.value.slice(0, 4)).toEqual([40, 40, 41, 41]);
    const late = await ask({
      aggregate: 'timeMean',
      from: String(T0 + HOUR + 5 * 60_000),
      to: String(T0 + HOUR + 6 * 60_000),
      every: '5m',
    });
    expect(late.series[0]?.value).toEqual([40]);
  });

  it('of a counter: readings at the edge, a bad one, roll-over, and the exchange of the meter', async () => {
    const more = { tags: 'COUNT', aggregate: 'delta', to: String(T0 + 48 * HOUR) };
    const known = await ask({ ...more, every: '1d', rollover: 1000, exchanges: `${T0 + 24 * HOUR + 300_000}/900/0` });
    expect(known.series[0]).toMatchObject({ value: [144, 1 + 143], quality: ['good', 'good'] });
    const unknown = await ask({ ...more, every: '1d' });
    expect(unknown.series[0]?.quality).toEqual(['good', 'uncertain']);
    const hours = await ask({ ...more, from: String(T0 + 3 * HOUR), to: String(T0 + 5 * HOUR) });
    expect(hours.series[0]?.value).toEqual([6, 6]);
  });

  it('by calendar buckets widen the range, and leave out the summer', async () => {
    const { plan, series } = await ask({ every: 'season', zone: 'Asia/Shanghai', aggregate: 'count' });
    expect([plan.from, plan.to]).toEqual([Date.UTC(2025, 10, 14, 16), Date.UTC(2026, 2, 15, 16)]);
    expect(series[0]?.value).toEqual([289 - 12]);
    const two = await ask({ every: 'season', zone: 'Asia/Shanghai', from: '2025-01-01', to: '2026-01-12', aggregate: 'max' });
    expect(two.series[0]?.value).toEqual([null, 500]);
  });

  it.each([
    [{ aggregate: 'average' }, 'AGGREGATE_INVALID', 'aggregate'],
    [{ aggregate: 'above' }, 'AGGREGATE_INVALID', 'aggregate'],
    [{ tags: TEXT }, 'AGGREGATE_TAG', undefined],
    [{ every: '1m' as const, to: '2027-01-01' }, 'BUCKETS_TOO_MANY', 'every'],
    [{ zone: 'Mars/North' }, 'ZONE_UNKNOWN', 'zone'],
    [{ tags: 'COUNT', aggregate: 'delta', exchanges: '2026-01-10/5' }, 'EXCHANGES_INVALID', 'exchanges'],
    [{ tags: `COUNT,${NUMBER}`, aggregate: 'delta', exchanges: '2026-01-10/5/0' }, 'EXCHANGES_INVALID', 'exchanges'],
  ])('refuse %j with %s', async (more: Partial<HistoryAsk>, code, path) => {
    await expect(ask(more)).rejects.toMatchObject({ code, ...(path === undefined ? {} : { place: { path } }) });
  });

  it('need the width of their buckets', () => {
    const asked = { tags: NUMBER, from: '0', to: '1', aggregate: 'mean' };
    expect(() => planOf(asked, dictionary, DEFAULT_SEASON)).toThrow('every=1h');
  });
});

describe('as of a time', () => {
  it('is the last sample at or before it, however long ago', async () => {
    const find = (id: string, at: number) => sampleAsOf(history, { ...tag, id }, at, { signal });
    expect(await find(NUMBER, T0 + 650_000)).toEqual(sample(NUMBER, T0 + 600_000, 41));
    expect(await find(NUMBER, T0 + 600_000)).toMatchObject({ at: T0 + 600_000 });
    expect(await find('RARE', T0 + 30 * 24 * HOUR)).toEqual(sample('RARE', T0 - 400 * 24 * HOUR, 7, 'uncertain'));
    expect(await find(NUMBER, T0 - 1)).toBeUndefined();
  });
});
