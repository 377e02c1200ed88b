import { describe, expect, it } from 'vitest';
import { Bus } from '../../bus.ts';
import type { Audit, AuditEntry, Caller } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { auditModule, type AuditReader } from './module.ts';

const caller: Caller = { kind: 'user', id: 'auditor', name: '审计员', roles: ['audit-administrator'], rights: new Set(['audit.read']) };
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

async function start(count: number) {
  const entries = Array.from({ length: count }, (_, i) => ({
    actor: i % 2 ? 'a' : 'b',
    actorName: '',
    roles: [],
    event: 'command',
    object: `T${i + 1}`,
    action: 'submit',
    result: 'done' as const,
    seq: i + 1,
    at: new Date(i * 1000).toISOString(),
  }));
  const written: AuditEntry[] = [];
  const audit: Audit = { append: (entry) => Promise.resolve(written.push(entry)) };
  const auditLog: AuditReader = {
    newest: ({ before = Number.POSITIVE_INFINITY, limit, test = () => true }) =>
      Promise.resolve(
        entries
          .toReversed()
          .filter((e) => e.seq < before && test(e))
          .slice(0, limit),
      ),
    verify: () => Promise.resolve({ ok: false, entries: 3, firstBad: { seq: 4, why: 'x' } }),
  };
  const { handlers } = await auditModule.start({
    audit,
    auditLog,
    store,
    bus: new Bus(unused),
    clock: { now: () => 0, monotonic: () => 0 },
    ids: { next: () => '', secret: () => '' },
    log: { debug: unused, info: unused, warn: unused, error: unused },
  });
  const request = {
    params: undefined,
    body: undefined,
    caller,
    requestId: 'r1',
    language: 'zh' as const,
    accept: 'application/json',
    signal: new AbortController().signal,
  };
  const list = async (query: { filter?: string; limit?: number; after?: string }) => {
    const answer = await handlers.list({ ...request, query });
    if (!('items' in answer)) throw new Error('not a list');
    return answer;
  };
  return { list, written, verify: () => handlers.verify({ ...request, query: undefined }) };
}

describe('GET /api/audit', () => {
  it('pages from the newest to the oldest', async () => {
    const { list } = await start(5);
    const first = await list({ limit: 3 });
    expect(first.items.map((i) => i.seq)).toEqual([5, 4, 3]);
    const second = await list({ limit: 3, after: first.next ?? '' });
    expect(second.items.map((i) => i.seq)).toEqual([2, 1]);
    expect(second.next).toBeUndefined();
  });
  it('filters by actor, object and time', async () => {
    const { list } = await start(6);
    expect((await list({ filter: 'actor:eq:a;at:gt:1970-01-01T00:00:02Z' })).items.map((i) => i.seq)).toEqual([6, 4]);
    expect((await list({ filter: 'object:in:T1,T3' })).items.map((i) => i.seq)).toEqual([3, 1]);
    await expect(list({ filter: 'secret:eq:1' })).rejects.toMatchObject({ code: 'FILTER_FIELD' });
    await expect(list({ after: 'x' })).rejects.toMatchObject({ code: 'LIST_CURSOR' });
  });
  it('notes that it was read and verified', async () => {
    const { list, verify, written } = await start(2);
    await list({ filter: 'actor:eq:a' });
    expect(await verify()).toEqual({ ok: false, entries: 3, firstBad: { seq: 4, why: 'x' } });
    expect(written.map((e) => [e.actor, e.event, e.action])).toEqual([
      ['auditor', 'audit', 'read'],
      ['auditor', 'audit', 'verify'],
    ]);
  });
});
