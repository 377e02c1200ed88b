import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '#domain/errors.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '#server/bus.ts';
import { defineArtefactKind } from '#server/modules/changes/define-kind.ts';
import { Deployer } from '#server/modules/changes/deployer.ts';
import { flowKind } from '#server/modules/changes/kinds/flow.ts';
import { gateKind } from '#server/modules/changes/kinds/gate.ts';
import { processKind } from '#server/modules/changes/kinds/process.ts';
import { alarmKind, decisionKind } from '#server/modules/changes/kinds/rules.ts';
import { hashOf } from '#server/modules/changes/revision.ts';
import type { Shipped } from '#server/modules/changes/seed.ts';
import { verifyArtefacts } from '#server/modules/changes/verify.ts';
import type { AuditEntry } from '#server/services.ts';
import { quiet } from './command-kit.ts';
import { MemoryStore, VirtualTime, emptyDisk, settle } from './memory-store.ts';
import type { Disk, WriteHook } from './memory-store.ts';

/** A pair that is valid only together: what a half-applied deployment would break. */
const pairKind = defineArtefactKind<{ readonly v: number }>({
  kind: 'pair',
  label: { zh: '成对', en: 'Pair' },
  parse(content, id) {
    if (typeof content === 'object' && content !== null && 'v' in content && typeof content.v === 'number') return { v: content.v };
    throw new Problem('ARTEFACT_INVALID', 422, 'v must be a number', { place: { element: id, path: 'v' } });
  },
  validate(content, id, world) {
    const others = world.list('pair').filter((one) => JSON.stringify(one.content) !== JSON.stringify(content));
    return others.map((other) => new Problem('ARTEFACT_INVALID', 422, `v differs from ${other.id}`, { place: { element: id, path: 'v' } }));
  },
});
const pair = (v: number): Shipped[] => ['a', 'b'].map((id) => ({ kind: 'pair', id, content: { v } }));
const limit = (id: string, h: number): Shipped => ({ kind: 'alarm', id, content: { id, limits: { h } } });

class Plant {
  readonly disk: Disk = emptyDisk();
  readonly time = new VirtualTime();
  readonly audited: AuditEntry[] = [];
  readonly moves: number[] = [];

  async start(hook?: WriteHook, within?: Parameters<typeof deployerOf>[3]): Promise<Deployer> {
    const store = new MemoryStore(this.disk, hook);
    const bus = new Bus(() => undefined);
    bus.on('deployment', ({ n }) => this.moves.push(n));
    const deployer = deployerOf(this, store, bus, within);
    await deployer.open();
    return deployer;
  }
}

function deployerOf(
  plant: Plant,
  store: MemoryStore,
  bus: Bus,
  within?: <T>(ms: number, work: Promise<T>, late: () => Error) => Promise<T>,
): Deployer {
  const ids = { next: () => 'id', secret: () => '' };
  const audit = { append: (entry: AuditEntry) => Promise.resolve(plant.audited.push(entry)) };
  const context = { store, bus, audit, clock: plant.time, ids, log: quiet };
  return new Deployer(context, {
    kinds: [pairKind, alarmKind(), flowKind(), processKind(), decisionKind(), gateKind()],
    ...(within ? { within } : {}),
  });
}

/** A consumer that keeps what it runs, and may refuse some content. */
function consumer(refuses: (content: unknown) => boolean = () => false) {
  const runs = new Map<string, unknown>();
  const calls: { changed: string[]; removed: readonly string[]; n: number }[] = [];
  const apply = async (changed: readonly { id: string; content: unknown }[], removed: readonly string[], n: number): Promise<void> => {
    calls.push({ changed: changed.map((one) => one.id), removed, n });
    for (const one of changed) {
      if (refuses(one.content)) throw new Error(`${one.id} cannot run`);
      runs.set(one.id, one.content);
    }
    for (const id of removed) runs.delete(id);
    return Promise.resolve();
  };
  return { runs, calls, apply };
}

describe('artefacts', () => {
  it('starts with what is shipped as deployment 1, and a consumer gets it', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    expect(await deployer.seedShipped([...pair(1), limit('x', 65)])).toEqual({ n: 1, refused: [] });
    const engine = consumer();
    await deployer.follow('pair', 'engine', engine.apply);
    expect([...engine.runs]).toEqual([
      ['a', { v: 1 }],
      ['b', { v: 1 }],
    ]);
    expect(deployer.deployed('alarm', 'x')).toMatchObject({
      hash: hashOf({ id: 'x', limits: { h: 65 } }).hash,
      content: { id: 'x', limits: { h: 65 } },
    });
    expect(await deployer.seedShipped([...pair(1), limit('x', 65)])).toEqual({ n: 1, refused: [] });
    expect(plant.audited).toMatchObject([{ action: 'deployment.shipped', object: 'deployment/1' }]);
  });

  it('gives a consumer exactly the difference, and the number to everyone', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped([...pair(1), limit('x', 65), limit('y', 70)]);
    const engine = consumer();
    const other = consumer();
    await deployer.follow('alarm', 'engine', engine.apply);
    await deployer.follow('pair', 'other', other.apply);
    await deployer.deploy({ artefacts: [limit('x', 68)], author: 'chen', approver: 'zhou', message: 'warmer' });
    expect(engine.calls.at(-1)).toEqual({ changed: ['x'], removed: [], n: 2 });
    await deployer.deploy({ artefacts: [], remove: [{ kind: 'alarm', id: 'y' }], author: 'chen', message: 'gone' });
    expect(engine.calls.at(-1)).toEqual({ changed: [], removed: ['y'], n: 3 });
    expect(other.calls).toHaveLength(1);
    expect(deployer.reports().map(({ consumer: name, n }) => [name, n])).toEqual([
      ['engine', 3],
      ['other', 3],
    ]);
    expect(plant.moves).toEqual([1, 2, 3]);
  });

  it('refuses a world that is not valid, with the place, and changes nothing', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped(pair(1));
    const change = { artefacts: [{ kind: 'pair', id: 'a', content: { v: 2 } }], author: 'li', message: 'half' };
    await expect(deployer.deploy(change)).rejects.toMatchObject({ code: 'ARTEFACT_INVALID', place: { element: 'a', path: 'v' } });
    await expect(deployer.deploy({ ...change, artefacts: [{ kind: 'pair', id: 'a', content: 7 }] })).rejects.toMatchObject({
      place: { path: 'v' },
    });
    await expect(deployer.deploy({ ...change, artefacts: [{ kind: 'nope', id: 'a', content: 7 }] })).rejects.toMatchObject({
      code: 'ARTEFACT_INVALID',
    });
    expect(deployer.n).toBe(1);
    expect(await deployer.deploy({ ...change, artefacts: pair(2) })).toEqual({ n: 2 });
  });

  it('makes no deployment of what is deployed already', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped(pair(1));
    expect(await deployer.deploy({ artefacts: pair(1), author: 'li', message: 'the same' })).toEqual({ n: 1 });
  });

  it('goes back by itself when a consumer cannot apply, and says why', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped(pair(1));
    const good = consumer();
    const picky = consumer((content) => JSON.stringify(content) === '{"v":2}');
    await deployer.follow('pair', 'good', good.apply);
    await deployer.follow('pair', 'picky', picky.apply);
    await expect(deployer.deploy({ artefacts: pair(2), author: 'li', message: 'try' })).rejects.toMatchObject({
      code: 'DEPLOYMENT_FAILED',
      message: 'deployment 2 was rolled back by 3: picky: a cannot run',
    });
    expect(deployer.n).toBe(3);
    expect([...good.runs.values(), ...picky.runs.values()]).toEqual([{ v: 1 }, { v: 1 }, { v: 1 }, { v: 1 }]);
    const [third, second] = await deployer.ledger.deployments(2);
    expect(third).toMatchObject({ reason: 'automatic-rollback', undoes: 2, message: 'picky: a cannot run' });
    expect(second).toMatchObject({ failure: 'picky: a cannot run' });
    expect(await verifyArtefacts(new MemoryStore(plant.disk))).toMatchObject({ n: 3, faults: [] });
  });

  it('goes back when a consumer does not report in time', async () => {
    const plant = new Plant();
    const deployer = await plant.start(undefined, (ms, work, late) =>
      Promise.race([work, new Promise<never>((_resolve, reject) => plant.time.after(ms, () => reject(late())))]),
    );
    await deployer.seedShipped(pair(1));
    let slow = false;
    await deployer.follow('pair', 'slow', (changed) =>
      slow && JSON.stringify(changed[0]?.content) === '{"v":2}' ? new Promise(() => undefined) : Promise.resolve(),
    );
    slow = true;
    const outcome = deployer.deploy({ artefacts: pair(2), author: 'li', message: 'try' }).catch((error: unknown) => error);
    await settle();
    await plant.time.advance(30_000);
    expect(await outcome).toMatchObject({ code: 'DEPLOYMENT_FAILED' });
    expect(deployer.n).toBe(3);
    expect(deployer.deployed('pair', 'a')?.content).toEqual({ v: 1 });
  });

  it('goes back at the start when a consumer cannot take the newest deployment any more', async () => {
    const plant = new Plant();
    const first = await plant.start();
    await first.seedShipped(pair(1));
    await first.deploy({ artefacts: pair(2), author: 'li', message: 'nobody follows yet' });
    const deployer = await plant.start();
    const picky = consumer((content) => JSON.stringify(content) === '{"v":2}');
    await deployer.follow('pair', 'picky', picky.apply);
    expect(deployer.n).toBe(3);
    expect([...picky.runs.values()]).toEqual([{ v: 1 }, { v: 1 }]);
    const broken = consumer(() => true);
    await expect(deployer.follow('pair', 'broken', broken.apply)).rejects.toThrow('cannot run');
  });

  it('is undone by a person, unless it was changed again', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped([limit('x', 65), limit('y', 70)]);
    await deployer.deploy({ artefacts: [limit('x', 68)], author: 'chen', message: 'warmer' });
    await deployer.deploy({ artefacts: [limit('y', 72)], author: 'chen', message: 'too' });
    expect(await deployer.rollback(2, 'zhou', 'too many alarms')).toMatchObject({ n: 4, undoes: 2, reason: 'rollback' });
    expect(deployer.deployed('alarm', 'x')?.content).toEqual({ id: 'x', limits: { h: 65 } });
    expect(deployer.deployed('alarm', 'y')?.content).toEqual({ id: 'y', limits: { h: 72 } });
    await expect(deployer.rollback(2, 'zhou', 'again')).rejects.toMatchObject({ code: 'DEPLOYMENT_SUPERSEDED' });
    await expect(deployer.rollback(1, 'zhou', 'the first')).rejects.toMatchObject({ code: 'DEPLOYMENT_UNKNOWN' });
    await expect(deployer.rollback(99, 'zhou', 'none')).rejects.toMatchObject({ code: 'DEPLOYMENT_UNKNOWN' });
  });

  it('lets only one of two processes make a number', async () => {
    const plant = new Plant();
    const one = await plant.start();
    await one.seedShipped(pair(1));
    const two = await plant.start();
    await one.deploy({ artefacts: pair(2), author: 'li', message: 'one' });
    await expect(two.deploy({ artefacts: pair(3), author: 'wang', message: 'two' })).rejects.toMatchObject({ code: 'DEPLOYMENT_CONFLICT' });
    expect(two.deployed('pair', 'a')?.content).toEqual({ v: 2 });
  });

  it('names a stored revision that was changed by a single character', async () => {
    const plant = new Plant();
    const deployer = await plant.start();
    await deployer.seedShipped([limit('x', 65)]);
    const revisions = plant.disk.docs.get('revisions');
    const [[id, doc] = ['', undefined]] = revisions ?? [];
    if (doc) revisions?.set(id, { ...doc, text: '{"id":"x","limits":{"h":66}}' });
    await expect(plant.start()).rejects.toMatchObject({ code: 'REVISION_DAMAGED', place: { element: id } });
    expect((await verifyArtefacts(new MemoryStore(plant.disk))).faults).toHaveLength(2);
  });
});

describe('shipped content at a later start', () => {
  const later = async (plant: Plant, shipped: readonly Shipped[]): Promise<Deployer> => {
    const deployer = await plant.start();
    await deployer.seedShipped(shipped);
    return deployer;
  };
  const limitOf = (deployer: Deployer, id: string): unknown => deployer.deployed('alarm', id)?.content;

  it('is deployed where a shipped revision runs, and leaves a person’s alone', async () => {
    const plant = new Plant();
    const first = await later(plant, [limit('x', 65), limit('y', 70)]);
    await first.deploy({ artefacts: [limit('y', 71)], author: 'chen', message: 'mine' });
    const next = await later(plant, [limit('x', 66), limit('y', 75), limit('z', 80)]);
    expect([limitOf(next, 'x'), limitOf(next, 'y'), limitOf(next, 'z')]).toEqual([
      limit('x', 66).content,
      limit('y', 71).content,
      limit('z', 80).content,
    ]);
    const { n } = next;
    expect((await later(plant, [limit('x', 66), limit('y', 75), limit('z', 80)])).n).toBe(n);
  });

  it('does not come back after a person went back to an older one or removed it', async () => {
    const plant = new Plant();
    await later(plant, [limit('x', 65), limit('y', 70)]);
    const second = await later(plant, [limit('x', 66), limit('y', 70)]);
    await second.rollback(2, 'chen', 'the old one was right');
    await second.deploy({ artefacts: [], remove: [{ kind: 'alarm', id: 'y' }], author: 'chen', message: 'not here' });
    const third = await later(plant, [limit('x', 66), limit('y', 70)]);
    expect(limitOf(third, 'x')).toEqual(limit('x', 65).content);
    expect(limitOf(third, 'y')).toBeUndefined();
  });

  it('leaves with the program, unless a person changed it', async () => {
    const plant = new Plant();
    const first = await later(plant, [limit('x', 65), limit('y', 70), limit('z', 1)]);
    await first.deploy({ artefacts: [limit('y', 71)], author: 'chen', message: 'mine' });
    const next = await later(plant, [limit('z', 1)]);
    expect([limitOf(next, 'x'), limitOf(next, 'y')]).toEqual([undefined, limit('y', 71).content]);
  });

  it('is refused whole when it is faulty; the last good deployment goes on', async () => {
    const plant = new Plant();
    await later(plant, pair(1));
    const deployer = await plant.start();
    const { n, refused } = await deployer.seedShipped([
      { kind: 'pair', id: 'a', content: { v: 2 } },
      { kind: 'pair', id: 'b', content: {} },
    ]);
    expect(n).toBe(1);
    expect(refused[0]).toMatchObject({ code: 'ARTEFACT_INVALID' });
    await expect(new Plant().start().then((fresh) => fresh.seedShipped([{ kind: 'pair', id: 'b', content: {} }]))).rejects.toMatchObject({
      code: 'ARTEFACT_INVALID',
    });
  });
});

describe('artefacts under kill -9 at any write', () => {
  it('never run a mix, and end where the newest pointer stands', async () => {
    const step = fc.record({
      v: fc.nat(3),
      writes: fc.nat(9),
      when: fc.constantFrom('before' as const, 'after' as const),
      seed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const plant = new Plant();
        for (const { v, writes, when, seed } of steps) {
          let left = writes;
          let dead = false;
          const kill: WriteHook = (at) => {
            if (dead) throw new Error('the process is dead');
            if (at === 'before') left -= 1;
            if (left < 0 && at === when) {
              dead = true;
              throw new Error('kill -9');
            }
          };
          const deployer = await plant.start(kill).catch(() => undefined);
          const change = seed ? deployer?.seedShipped(pair(v)) : deployer?.deploy({ artefacts: pair(v), author: 'li', message: `v${v}` });
          await change?.catch(() => undefined);
          const after = await plant.start();
          const engine = consumer();
          await after.follow('pair', 'engine', engine.apply);
          const values = [...engine.runs.values()].map((content) => JSON.stringify(content));
          expect(new Set(values).size).toBeLessThanOrEqual(1);
          expect([0, 2]).toContain(values.length);
          expect(after.n).toBe(plant.disk.docs.get('deployments')?.size ?? 0);
        }
        const last = await plant.start();
        await last.seedShipped(pair(9));
        expect((await verifyArtefacts(new MemoryStore(plant.disk))).faults.filter((fault) => !fault.startsWith('engine ran'))).toEqual([]);
        expect(plant.audited.length).toBeGreaterThanOrEqual(last.n);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe('kinds', () => {
  const empty = { get: () => undefined, list: () => [] };
  it.each([
    [flowKind(), 'f', [{ id: 'n1', type: 'tab' }], 0],
    [
      flowKind(),
      'f',
      [
        { id: 'n1', type: 'tab' },
        { id: 'n1', type: 'pid' },
      ],
      1,
    ],
    [flowKind(), 'f', [{ id: 'n1', type: 'mqtt', credentials: { password: 'x' } }], 1],
    [flowKind(), 'f', { nodes: [] }, 1],
    [alarmKind(), 'x', { id: 'x' }, 0],
    [alarmKind(), 'x', { id: 'y' }, 1],
    [decisionKind(), 'd', [], 1],
    [processKind(), 'p', '<?xml version="1.0"?><a/>', 0],
    [processKind(), 'p', { bpmn: 'no xml' }, 1],
    [processKind(), 'p', {}, 1],
    [gateKind(), 'demo', JSON.parse(JSON.stringify(demoPlant.gate)), 0],
    [gateKind(), 'demo', [{ tag: 'x' }], 1],
  ])('check %# strictly', async (kind, id, content, faults) => {
    expect(await kind.problems(content, id, empty)).toHaveLength(faults);
  });

  it('find a node id that another flow uses', async () => {
    const world = { ...empty, list: () => [{ id: 'other', hash: '', content: [{ id: 'n1', type: 'pid' }] }] };
    const [problem] = await flowKind().problems([{ id: 'n1', type: 'tab' }], 'f', world);
    expect(problem?.message).toContain('other');
  });
});
