import { expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '../../bus.ts';
import type { Caller, History, TagDictionary } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { samplesModule } from './module.ts';

const NOW = Date.UTC(2026, 0, 10);
const unused = (): never => {
  throw new Error('not used');
};
const store: Store = {
  get: unused,
  find: unused,
  all: unused,
  count: unused,
  insert: unused,
  update: unused,
  upsert: unused,
  remove: unused,
  bulk: unused,
  ensureIndex: unused,
  capabilities: { transactions: false, changeStream: false, ttl: false, server: '' },
  [Symbol.asyncDispose]: unused,
};
const caller: Caller = { kind: 'token', id: 't', name: 'T', roles: [], rights: new Set(['samples.write']) };
const dictionary: TagDictionary = {
  tags: [],
  assets: [],
  gate: new Map(),
  tag: (id) => demoPlant.tags.find((t) => t.id === id),
  asset: unused,
};
type Row = [string, string | number, Sample['value'], Sample['quality']];

async function start() {
  const order: string[] = [];
  const history: History = {
    lastSeq: unused,
    latest: unused,
    summarise: unused,
    scan: unused,
    read: unused,
    append: (samples) => {
      order.push(`stored ${samples.length}`);
      return Promise.resolve({ stored: 1, duplicates: samples.length - 1 });
    },
  };
  const { handlers } = await samplesModule.start({
    history,
    image: { get: unused, apply: (samples) => order.push(`applied ${samples.map((s) => s.at - NOW).join()}`) },
    dictionary,
    store,
    bus: new Bus(unused),
    clock: { now: () => NOW, monotonic: () => 0 },
    ids: { next: unused, secret: unused },
    audit: { append: unused },
    log: { debug: unused, info: unused, warn: unused, error: unused },
  });
  const post = (samples: Row[]) =>
    handlers.append({
      params: undefined,
      query: undefined,
      body: { samples },
      caller,
      requestId: 'r',
      language: 'zh',
      accept: '*/*',
      signal: new AbortController().signal,
    });
  return { post, order };
}

it('stores first, then applies in the order of time', async () => {
  const { post, order } = await start();
  expect(
    await post([
      ['STA001.1T_S', NOW, 1.5, 'good'],
      ['STA001.1T_S', new Date(NOW - 5).toISOString(), null, 'bad'],
    ]),
  ).toEqual({ stored: 1, duplicates: 1 });
  expect(order).toEqual(['stored 2', 'applied -5,0']);
});

it.each<[Row, string, number]>([
  [['X', NOW, 1, 'good'], 'TAG_UNKNOWN', 0],
  [['STA001.1T_S', 'soon', 1, 'good'], 'SAMPLE_TIME', 1],
  [['STA001.1T_S', NOW + 400_000, 1, 'good'], 'SAMPLE_TIME', 1],
  [['STA001.1T_S', NOW, 'warm', 'good'], 'SAMPLE_TYPE', 2],
  [['STA001.PWR', NOW, 1, 'good'], 'SAMPLE_TYPE', 2],
  [['STA001.1T_S', NOW, null, 'good'], 'SAMPLE_TYPE', 2],
])('refuses %j with %s', async (row, code, field) => {
  const { post, order } = await start();
  await expect(post([['STA001.1T_S', NOW, 1, 'good'], row])).rejects.toMatchObject({ code, place: { path: `samples[1][${field}]` } });
  expect(order).toEqual([]);
});
