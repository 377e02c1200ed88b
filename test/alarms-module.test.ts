import { beforeEach, describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { alarmsModule } from '#server/modules/alarms/module.ts';
import type { AuditEntry } from '#server/services.ts';
import { World } from './alarm-kit.ts';
import { dictionary, person, quiet } from './command-kit.ts';
import { MemoryStore } from './memory-store.ts';

const T = 'STA007.UNT02.MK_FI';
const DEFINITIONS: readonly AlarmDefinition[] = [
  {
    id: T,
    tag: T,
    limits: { hh: { limit: 2, priority: 1 }, h: 1 },
    label: { zh: '补水流量', en: 'make-up flow' },
    starts: 'emergency-response',
    startsOn: ['hh'],
  },
  { id: 'quiet', tag: 'STA001.1T_S', limits: { h: 100 } },
];
const request = {
  caller: person('li.na', 'dispatcher'),
  requestId: 'r1',
  language: 'zh' as const,
  accept: 'application/json',
  signal: new AbortController().signal,
  params: undefined,
  query: undefined,
  body: undefined,
};

let world: World;
let entries: AuditEntry[];

async function start() {
  const audit = { append: (entry: AuditEntry) => Promise.resolve(entries.push(entry)) };
  const ids = { next: () => 'id', secret: () => 's' };
  return alarmsModule.start({
    store: new MemoryStore(world.disk),
    bus: world.bus,
    audit,
    clock: world.time,
    ids,
    log: quiet,
    alarms: world.live,
    dictionary,
  });
}

beforeEach(async () => {
  entries = [];
  world = new World(DEFINITIONS);
  await world.start();
  await world.pass(1, [[T, 2.6]]);
});

describe('the alarms module', () => {
  it('lists what is not normal, with the names of places and units', async () => {
    const { handlers } = await start();
    expect(await handlers.list({ ...request, query: {} })).toEqual({
      items: [
        expect.objectContaining({
          id: `${T}.hh`,
          rule: T,
          state: 'unack',
          occurrence: 1,
          priority: 1,
          value: 2.6,
          limit: 2,
          unit: 't/h',
          decimals: 2,
          asset: 'STA007.UNT02',
          starts: 'emergency-response',
          label: { zh: '补水流量高高', en: 'make-up flow high-high' },
          assetLabel: { zh: '枫林苑2号机组', en: 'Fenglin Court unit 2' },
          raisedAt: '2026-01-12T08:00:01.000Z',
        }),
        expect.objectContaining({ id: `${T}.h`, priority: 3 }),
      ],
    });
    expect(await handlers.list({ ...request, query: { filter: 'state:eq:normal' } })).toMatchObject({ items: [{ id: 'quiet.h' }] });
    await expect(handlers.get({ ...request, params: { id: 'none' } })).rejects.toMatchObject({ code: 'ALARM_UNKNOWN', status: 404 });
  });
  it('acknowledges one occurrence, audited, and refuses with stable codes', async () => {
    const { handlers } = await start();
    const ack = (occurrence: number) => handlers.acknowledge({ ...request, params: { id: `${T}.hh` }, body: { occurrence } });
    await expect(ack(0)).rejects.toMatchObject({ code: 'ALARM_OLDER_OCCURRENCE', status: 409, context: { occurrence: 1 } });
    await expect(ack(2)).rejects.toMatchObject({ code: 'ALARM_FUTURE_OCCURRENCE' });
    expect(await ack(1)).toMatchObject({ state: 'acked', acknowledgedBy: 'li.na' });
    await expect(ack(1)).rejects.toMatchObject({ code: 'ALARM_ALREADY' });
    expect(entries.map(({ action, result, object, actor }) => [action, result, object, actor])).toEqual([
      ['acknowledge', 'refused', `${T}.hh`, 'li.na'],
      ['acknowledge', 'refused', `${T}.hh`, 'li.na'],
      ['acknowledge', 'done', `${T}.hh`, 'li.na'],
      ['acknowledge', 'refused', `${T}.hh`, 'li.na'],
    ]);
    expect(entries[2]).toMatchObject({ before: { state: 'unack' }, after: { state: 'acked' } });
  });
  it('shelves with a reason, never priority 1, and takes out of service', async () => {
    const { handlers } = await start();
    const shelve = (id: string, time: string) => handlers.shelve({ ...request, params: { id }, body: { for: time, reason: '检修' } });
    await expect(shelve(`${T}.hh`, '1h')).rejects.toMatchObject({ code: 'ALARM_PRIORITY' });
    await expect(shelve(`${T}.h`, '13h')).rejects.toMatchObject({ code: 'ALARM_DURATION' });
    await expect(shelve(`${T}.h`, 'soon')).rejects.toMatchObject({ code: 'ALARM_DURATION' });
    expect(await shelve(`${T}.h`, 'PT1H')).toMatchObject({
      state: 'shelved',
      shelvedUntil: '2026-01-12T09:00:01.000Z',
      shelvedBy: 'li.na',
      reason: '检修',
    });
    expect(await handlers.outOfService({ ...request, params: { id: `${T}.h` }, body: { reason: '更换' } })).toMatchObject({
      state: 'out-of-service',
      reason: '更换',
    });
    await expect(handlers.unshelve({ ...request, params: { id: `${T}.h` } })).rejects.toMatchObject({ code: 'ALARM_STATE' });
    expect(await handlers.inService({ ...request, params: { id: `${T}.h` } })).toMatchObject({ state: 'shelved' });
    expect(await handlers.unshelve({ ...request, params: { id: `${T}.h` } })).toMatchObject({ state: 'unack', occurrence: 2 });
    await expect(handlers.reset({ ...request, params: { id: `${T}.h` } })).rejects.toMatchObject({ code: 'ALARM_NOTHING_TO_RESET' });
  });
  it('tells the history of occurrences by page, and why each step was', async () => {
    const { handlers } = await start();
    await handlers.acknowledge({ ...request, params: { id: `${T}.hh` }, body: { occurrence: 1 } });
    await world.pass(10, [[T, 0.1]]);
    await world.pass(10, [[T, 3]]);
    const first = await handlers.occurrences({ ...request, query: { limit: 3 } });
    const page = 'items' in first ? first : first.body;
    expect(page.items.map(({ alarm, occurrence }) => `${alarm}#${occurrence}`)).toEqual([`${T}.hh#2`, `${T}.h#2`, `${T}.hh#1`]);
    expect(page.items[2]).toMatchObject({
      acknowledgedBy: { id: 'li.na', name: 'li.na' },
      returnedAt: '2026-01-12T08:00:11.000Z',
      state: 'normal',
      value: 2.6,
      limit: 2,
      unit: 't/h',
    });
    expect(await handlers.occurrences({ ...request, query: { limit: 3, after: page.next ?? '' } })).toMatchObject({
      items: [{ alarm: `${T}.h`, occurrence: 1 }],
    });
    expect(await handlers.trace({ ...request, params: { id: `${T}.hh`, occurrence: 1 } })).toMatchObject({
      definition: { id: T },
      steps: [
        { from: 'normal', to: 'unack', cause: 'sample', limit: 2, values: [{ tag: T, value: 2.6, quality: 'good' }] },
        { to: 'acked', cause: 'action', action: 'acknowledge', who: { id: 'li.na' } },
        { from: 'acked', to: 'normal', cause: 'sample', values: [{ value: 0.1 }] },
      ],
    });
  });
  it('pushes a snapshot, each change, and everything anew after a deployment', async () => {
    const { topics } = await start();
    const [topic] = topics ?? [];
    const got: unknown[] = [];
    expect(topic?.allowed(person('a', 'audit-administrator'), '')).toBe(false);
    expect(topic?.snapshot(request.caller, '')).toMatchObject({ alarms: [{ id: `${T}.hh` }, { id: `${T}.h` }] });
    const stop = topic?.subscribe(request.caller, '', (message) => got.push(message));
    await world.pass(10, [[T, 1.5]]);
    world.bus.emit('deployment', { n: 2 });
    stop?.();
    await world.pass(10, [[T, 0.1]]);
    expect(got).toMatchObject([{ alarm: { id: `${T}.hh`, state: 'rtn-unack' } }, { alarms: [{ id: `${T}.hh` }, { id: `${T}.h` }] }]);
  });
});
