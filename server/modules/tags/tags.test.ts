import { describe, expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '../../bus.ts';
import type { Caller, ProcessImage } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { createTagDictionary } from './dictionary.ts';
import { tagsModule } from './module.ts';
import { pinyinInitials } from './pinyin.ts';

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
const caller: Caller = { kind: 'user', id: 'u', name: 'U', roles: ['dispatcher'], rights: new Set(['live.read']) };
const request = {
  params: undefined,
  query: undefined,
  body: undefined,
  caller,
  requestId: 'r',
  language: 'zh' as const,
  accept: '*/*',
  signal: new AbortController().signal,
};

async function start() {
  const values = new Map<string, Sample>();
  const bus = new Bus(unused);
  const image: ProcessImage = {
    get: (tag) => values.get(tag),
    apply: (samples) => {
      for (const s of samples) values.set(s.tag, s);
      bus.emit('samples', samples);
    },
  };
  const running = await tagsModule.start({
    image,
    bus,
    store,
    dictionary: createTagDictionary(demoPlant),
    clock: { now: () => NOW, monotonic: () => 0 },
    ids: { next: unused, secret: unused },
    audit: { append: unused },
    log: { debug: unused, info: unused, warn: unused, error: unused },
  });
  const list = async (query: { q?: string; filter?: string; sort?: string; limit?: number; after?: string }) => {
    const answer = await running.handlers.list({ ...request, query });
    if (!('items' in answer)) throw new Error('not a list');
    return answer;
  };
  return { ...running, list, image };
}

describe('tag dictionary', () => {
  it('finds a tag by id and alias and knows what may be written', () => {
    const dictionary = createTagDictionary(demoPlant);
    expect(dictionary.tag('HZ.E01.STA007.UNT02.2T_S')).toBe(dictionary.tag('STA007.UNT02.2T_S'));
    expect(dictionary.tag('nothing')).toBeUndefined();
    expect(dictionary.asset('STA007')?.type).toBe('station');
    expect(dictionary.gate.get('STA007.UNT02.BV_SP')?.persons).toBe(2);
  });
  it('refuses a plant that contradicts itself, with the place', () => {
    const [tag] = demoPlant.tags;
    expect(() => createTagDictionary({ ...demoPlant, tags: [...demoPlant.tags, ...(tag ? [tag] : [])] })).toThrow(
      expect.objectContaining({ code: 'PLANT_INVALID', place: { path: tag?.id } }),
    );
    expect(() => createTagDictionary({ ...demoPlant, assets: [] })).toThrow(expect.objectContaining({ code: 'PLANT_INVALID' }));
  });
});

describe('pinyin initials', () => {
  it.each([
    ['枫林苑2号机组', 'fly2hjz'],
    ['二次供温', 'ecgw'],
    ['和平里', 'hpl'],
    ['锦绣家园', 'jxjy'],
    ['市立医院', 'slyy'],
    ['老干部局', 'lgbj'],
    ['补水流量', 'bsll'],
    ['阳光新城', 'ygxc'],
  ])('%s -> %s', (text, initials) => {
    expect(pinyinInitials(text)).toBe(initials);
  });
});

describe('GET /api/tags', () => {
  it.each([
    ['STA007 2t_s', 'STA007.UNT01.2T_S'],
    ['枫林苑1号 供温', 'STA007.UNT01.2T_S'],
    ['fly1hjz ecgw', 'STA007.UNT01.2T_S'],
    ['Fenglin supply secondary', 'STA007.UNT01.2T_S'],
  ])('finds by %s', async (q, id) => {
    const { list } = await start();
    expect((await list({ q })).items.map((t) => t.id)).toContain(id);
  });
  it('filters, sorts and pages', async () => {
    const { list } = await start();
    const first = await list({ filter: 'measurand:eq:2T_SP;writable:eq:true', sort: '-id', limit: 10 });
    expect(first.total).toBe(16);
    expect(first.items[0]?.id).toBe('STA008.UNT02.2T_SP');
    const second = await list({ filter: 'measurand:eq:2T_SP;writable:eq:true', sort: '-id', limit: 10, after: first.next ?? '' });
    expect(second.items).toHaveLength(6);
    expect(second.next).toBeUndefined();
    expect(await list({ q: 'no such tag' })).toEqual({ items: [], total: 0 });
    await expect(list({ sort: 'secret' })).rejects.toMatchObject({ code: 'FILTER_FIELD' });
    await expect(list({ after: '-1' })).rejects.toMatchObject({ code: 'LIST_CURSOR' });
  });
});

describe('last values', () => {
  it('gives value, age and unit, and nothing before the first sample', async () => {
    const { handlers, image } = await start();
    expect(await handlers.tagLive({ ...request, params: { tag: 'STA001.1T_S' } })).toEqual({ tag: 'STA001.1T_S', unit: '°C' });
    image.apply([{ tag: 'STA001.1T_S', at: NOW - 1500, value: 98.5, quality: 'good' }]);
    expect(await handlers.live({ ...request, query: { tags: 'STA001.1T_S,STA001.PWR' } })).toEqual({
      items: [
        { tag: 'STA001.1T_S', at: new Date(NOW - 1500).toISOString(), value: 98.5, quality: 'good', age: 1500, unit: '°C' },
        { tag: 'STA001.PWR', unit: '' },
      ],
    });
    await expect(handlers.tag({ ...request, params: { tag: 'X' } })).rejects.toMatchObject({ code: 'TAG_UNKNOWN', status: 404 });
    await expect(handlers.live({ ...request, query: { tags: 'A,'.repeat(501) } })).rejects.toMatchObject({ code: 'LIST_TOO_LONG' });
  });

  it('pushes the newest row of a batch to who subscribed, and stops', async () => {
    const { topics, image } = await start();
    const topic = topics?.[0];
    const pushed: unknown[] = [];
    expect(topic?.allowed(caller, 'STA001.1T_S')).toBe(true);
    expect(topic?.allowed({ ...caller, rights: new Set() }, 'STA001.1T_S')).toBe(false);
    expect(topic?.allowed(caller, 'unknown')).toBe(false);
    const off = topic?.subscribe(caller, 'STA001.1T_S', (message) => pushed.push(message));
    image.apply([1, 2, 3].map((at) => ({ tag: 'STA001.1T_S', at, value: at, quality: 'good' as const })));
    image.apply([{ tag: 'STA001.1T_R', at: 4, value: 1, quality: 'good' }]);
    expect(pushed).toEqual([{ tags: [['STA001.1T_S', 3, 3, 'good']] }]);
    expect(topic?.snapshot(caller, 'STA001.1T_S')).toEqual({ tags: [['STA001.1T_S', 3, 3, 'good']] });
    off?.();
    image.apply([{ tag: 'STA001.1T_S', at: 5, value: 1, quality: 'good' }]);
    expect(pushed).toHaveLength(1);
  });
});
