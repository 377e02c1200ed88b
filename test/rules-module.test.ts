import { beforeEach, describe, expect, it } from 'vitest';
import type { LimitValues } from '#contract/rules';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { rulesModule } from '#server/modules/rules/module.ts';
import type { AuditEntry } from '#server/services.ts';
import { World } from './alarm-kit.ts';
import { dictionary, person, quiet } from './command-kit.ts';
import { MemoryStore } from './memory-store.ts';

const T = 'STA007.UNT02.MK_FI';
const DEFINITIONS: readonly AlarmDefinition[] = [
  { id: T, tag: T, limits: { hh: { limit: 2, priority: 1 }, h: 1 }, deadband: 0.1, label: { zh: '补水流量', en: 'make-up flow' } },
  { id: 'silent', tag: 'STA001.1T_S', stale: '30s' },
];
const engineer = person('chen.siyuan', 'process-engineer');
const manager = person('zhao.min', 'manager');
const base = {
  caller: engineer,
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
type Handlers = Awaited<ReturnType<typeof rulesModule.start>>['handlers'];
let handlers: Handlers;

beforeEach(async () => {
  entries = [];
  world = new World(DEFINITIONS);
  await world.start();
  let id = 0;
  const running = await rulesModule.start({
    store: new MemoryStore(world.disk),
    bus: world.bus,
    audit: { append: (entry: AuditEntry) => Promise.resolve(entries.push(entry)) },
    clock: world.time,
    ids: { next: () => `d${(id += 1)}`, secret: () => 's' },
    log: quiet,
    deployments: world.pointer,
    dictionary,
    history: { read: (tags, from, to) => world.read(tags, from, to) },
  });
  ({ handlers } = running);
});

const draft = (limits: LimitValues, id = T) => handlers.draft({ ...base, params: { id }, body: { limits, reason: '基线升高' } });
const approve = (id: string, caller = manager) => handlers.approve({ ...base, caller, params: { id: T, draft: id } });
const get = (id = T) => handlers.get({ ...base, params: { id } });

describe('the rules module', () => {
  it('lists deployed rules with the limits in force', async () => {
    expect(await handlers.list({ ...base, query: { filter: 'kind:eq:limits' } })).toMatchObject({
      items: [
        {
          id: T,
          kind: 'limits',
          limits: { hh: 2, h: 1 },
          deadband: 0.1,
          unit: 't/h',
          origin: 'shipped',
          n: 0,
          drafts: 0,
          alarms: [`${T}.hh`, `${T}.h`],
          asset: 'STA007.UNT02',
        },
      ],
    });
    expect(await handlers.list({ ...base, query: {} })).toMatchObject({ items: [{ id: T }, { id: 'silent', kind: 'stale', limits: {} }] });
    await expect(get('none')).rejects.toMatchObject({ code: 'RULE_UNKNOWN', status: 404 });
  });

  it('takes a limit from draft over a second person to live, and back', async () => {
    await world.pass(1, [[T, 1.2]]);
    expect(world.live.view(`${T}.h`)?.state).toBe('unack');
    expect(await draft({ h: 1.5 })).toMatchObject({
      id: 'd1',
      state: 'open',
      before: { hh: 2, h: 1 },
      limits: { h: 1.5 },
      stale: false,
      unit: 't/h',
    });
    expect(world.live.view(`${T}.h`)?.limit).toBe(1);
    expect(await get()).toMatchObject({ rule: { drafts: 1 } });
    await expect(approve('d1', { ...engineer, roles: ['process-engineer', 'manager'] })).rejects.toMatchObject({
      code: 'SECOND_PERSON',
      status: 403,
    });
    await expect(approve('d1', person('wu', 'process-engineer'))).rejects.toMatchObject({ code: 'APPROVE_RISK', status: 403 });
    expect(await approve('d1')).toMatchObject({ state: 'approved', decidedBy: { id: 'zhao.min' }, deployment: 2 });
    await world.pass(1);
    expect(world.live.view(`${T}.h`)).toMatchObject({ state: 'rtn-unack', limit: 1.5, occurrence: 1 });
    await expect(approve('d1')).rejects.toMatchObject({ code: 'DRAFT_DECIDED', status: 409 });
    expect(await get()).toMatchObject({
      rule: { limits: { hh: 2, h: 1.5 }, origin: 'deployed', n: 1 },
      revisions: [
        { n: 0, limits: { hh: 2, h: 1 }, current: false },
        { n: 1, limits: { hh: 2, h: 1.5 }, current: true, author: { id: 'chen.siyuan' }, approver: { id: 'zhao.min' }, reason: '基线升高' },
      ],
    });
    const back = await handlers.rollback({ ...base, caller: manager, params: { id: T }, body: { n: 0, reason: '恢复' } });
    expect(back).toMatchObject({ limits: { hh: 2, h: 1 }, n: 0, origin: 'shipped' });
    await world.pass(1);
    expect(world.live.view(`${T}.h`)).toMatchObject({ state: 'unack', limit: 1, occurrence: 2 });
    await expect(handlers.rollback({ ...base, params: { id: T }, body: { n: 0, reason: 'x' } })).rejects.toMatchObject({
      code: 'RULE_UNCHANGED',
    });
    await expect(handlers.rollback({ ...base, params: { id: T }, body: { n: 7, reason: 'x' } })).rejects.toMatchObject({
      code: 'RULE_REVISION_UNKNOWN',
    });
    expect(entries.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'draft chen.siyuan',
      'approve zhao.min',
      'rollback zhao.min',
    ]);
    expect(entries[1]).toMatchObject({ before: { h: 1 }, after: { h: 1.5 } });
  });

  it('refuses limits that cannot be meant', async () => {
    await expect(draft({ l: 0.1 })).rejects.toMatchObject({ code: 'RULE_NO_LIMIT', place: { path: 'limits.l' } });
    await expect(draft({ limit: 3 }, 'silent')).rejects.toMatchObject({ code: 'RULE_NO_LIMIT' });
    await expect(draft({ h: 2 })).rejects.toMatchObject({ code: 'RULE_LIMITS_ORDER', place: { path: 'limits.h' } });
    await expect(draft({ hh: 21 })).rejects.toMatchObject({ code: 'RULE_LIMIT_RANGE', place: { path: 'limits.hh' } });
    await expect(draft({ h: 1 })).rejects.toMatchObject({ code: 'RULE_UNCHANGED' });
  });

  it('refuses a draft whose parent is no longer deployed; only the author withdraws', async () => {
    await draft({ h: 1.5 });
    await draft({ h: 1.4 });
    await approve('d1');
    expect(await handlers.drafts({ ...base, query: { state: 'open' } })).toMatchObject({ items: [{ id: 'd2', stale: true }] });
    await expect(approve('d2')).rejects.toMatchObject({ code: 'DRAFT_STALE', status: 409 });
    const params = { id: T, draft: 'd2' };
    await expect(handlers.withdraw({ ...base, caller: manager, params })).rejects.toMatchObject({ code: 'DRAFT_NOT_YOURS' });
    expect(await handlers.withdraw({ ...base, params })).toMatchObject({ state: 'withdrawn' });
    await expect(handlers.reject({ ...base, caller: manager, params: { id: T, draft: 'd9' } })).rejects.toMatchObject({
      code: 'DRAFT_UNKNOWN',
    });
  });

  it('two approvals at once deploy once', async () => {
    await draft({ h: 1.5 });
    const both = await Promise.allSettled([approve('d1'), approve('d1', person('qian', 'alarm-administrator'))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(world.pointer.n).toBe(2);
  });

  it('replays old and new limits over stored history', async () => {
    for (const value of [0.2, 1.2, 0.2, 1.7, 0.2, 2.4, 0.2]) await world.pass(60, [[T, value]]);
    expect(await handlers.replay({ ...base, params: { id: T }, query: { h: 1.5 } })).toMatchObject({
      samples: 6,
      before: { hh: 2, h: 1 },
      after: { hh: 2, h: 1.5 },
      alarms: [
        { alarm: `${T}.hh`, before: 1, after: 1 },
        { alarm: `${T}.h`, before: 3, after: 2, afterAt: ['2026-01-12T08:04:00.000Z', '2026-01-12T08:06:00.000Z'] },
      ],
    });
    await expect(handlers.replay({ ...base, params: { id: T }, query: { from: '2025-01-01T00:00:00.000Z' } })).rejects.toMatchObject({
      code: 'REPLAY_RANGE',
    });
  });
});
