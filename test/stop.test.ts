import { mkdtemp, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StopService } from '#server/modules/stop/service.ts';
import type { AuditEntry, RuntimeLink, TagDictionary } from '#server/services.ts';
import { Plant, SETPOINT, dictionary, person, quiet } from './command-kit.ts';
import { VirtualTime, settle } from './memory-store.ts';

const li = person('li.na', 'dispatcher');
const wang = person('wang.jianjun', 'dispatcher');
const manager = person('zhou.min', 'manager');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nuanliu-stop-'));
});
const lives: StopService[] = [];
afterEach(async () => {
  for (const service of lives.splice(0)) await service.close();
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 20 });
});

type Stop = RuntimeLink['stop'];
const done: Stop = (targets) => Promise.resolve(targets.map((target) => ({ target, result: 'done' as const, detail: 'latched', ms: 40 })));

/** One life of the platform; the store is not even given to it. */
class Life {
  readonly time = new VirtualTime();
  readonly orders: string[] = [];
  readonly audited: AuditEntry[] = [];
  readonly #abort = new AbortController();
  auditDown = false;
  auditHangs = false;
  stop: Stop = done;
  service!: StopService;

  async start(id = 'stop', plant: TagDictionary | null = dictionary): Promise<this> {
    let serial = 0;
    this.service = new StopService({
      audit: {
        append: (entry) => {
          if (this.auditHangs) return new Promise(() => undefined);
          return this.auditDown ? Promise.reject(new Error('audit is down')) : Promise.resolve(this.audited.push(entry));
        },
      },
      clock: this.time,
      ids: { next: () => `${id}-${(serial += 1)}`, secret: () => '' },
      log: quiet,
      link: {
        stop: (targets, action, signal) => {
          this.orders.push(`${action} ${targets.join(',')}`);
          return this.stop(targets, action, signal);
        },
      },
      dataFolder: folder,
      deadline: () => this.#abort.signal,
      ...(plant ? { dictionary: plant } : {}),
    });
    lives.push(this.service);
    await this.service.open();
    return this;
  }

  /** The ten seconds are over. */
  late(): void {
    this.#abort.abort();
  }
}

describe('the one-key stop', () => {
  it('is ordered by one person and latches at once', async () => {
    const life = await new Life().start();
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    expect(record).toMatchObject({ state: 'stopping', results: [{ target: 'STA007', result: 'pending' }] });
    expect(life.service.latched('STA007')).toBe(true);
    expect(life.service.latched('STA006')).toBe(false);
    await finished;
    expect(life.service.get(record.id)).toMatchObject({ state: 'stopped', results: [{ target: 'STA007', result: 'done', ms: 40 }] });
    await life.service.spool.drain();
    expect(life.audited.map((entry) => entry.action)).toEqual(['stop.ordered', 'stop.result']);
  });

  it('wants the scope once more, and knows its scopes', async () => {
    const life = await new Life().start();
    expect(() => life.service.stop('STA007', 'STA006', li)).toThrow(expect.objectContaining({ code: 'STOP_NOT_CONFIRMED' }));
    expect(() => life.service.stop('E01', 'E01', li)).toThrow(expect.objectContaining({ code: 'STOP_SCOPE_UNKNOWN' }));
    expect(life.orders).toEqual([]);
    expect(life.service.scopes.map((one) => one.scope)).toEqual(Array.from({ length: 8 }, (_, index) => `STA00${index + 1}`));
  });

  it('is reset by two different persons only, and released when every device has answered', async () => {
    const life = await new Life().start();
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    await expect(life.service.reset(record.id, wang)).rejects.toMatchObject({ code: 'STATE_REFUSED' });
    await finished;
    expect(await life.service.reset(record.id, li)).toMatchObject({ state: 'stopped', firstReset: { by: 'li.na' } });
    await expect(life.service.reset(record.id, li)).rejects.toMatchObject({ code: 'STOP_SECOND_PERSON' });
    await expect(life.service.reset(record.id, { ...wang, session: 'session-li.na' })).rejects.toMatchObject({
      code: 'STOP_SECOND_PERSON',
    });
    await expect(life.service.reset(record.id, { ...wang, kind: 'token' })).rejects.toMatchObject({ code: 'STOP_SECOND_PERSON' });
    expect(life.orders).toEqual(['stop STA007']);
    life.stop = (targets) =>
      Promise.resolve(targets.map((target) => ({ target, result: 'failed' as const, detail: 'no answer', ms: 900 })));
    expect(await life.service.reset(record.id, manager)).toMatchObject({ state: 'stopped', resetResults: [{ result: 'failed' }] });
    expect(life.service.latched('STA007')).toBe(true);
    life.stop = done;
    await life.service.reset(record.id, wang);
    expect(await life.service.reset(record.id, manager)).toMatchObject({ state: 'released', releasedBy: ['wang.jianjun', 'zhou.min'] });
    expect(life.service.latched('STA007')).toBe(false);
  });

  it('forgets the first person after ten minutes', async () => {
    const life = await new Life().start();
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    await finished;
    await life.service.reset(record.id, wang);
    await life.time.advance(600_001);
    expect(await life.service.reset(record.id, manager)).toMatchObject({ state: 'stopped', firstReset: { by: 'zhou.min' } });
    expect(life.orders).toEqual(['stop STA007']);
  });

  it('is sent again when it is ordered again, in the same record', async () => {
    const life = await new Life().start();
    const first = life.service.stop('STA007', 'STA007', li);
    await first.finished;
    await life.service.reset(first.record.id, wang);
    const second = life.service.stop('STA007', 'STA007', wang);
    await second.finished;
    expect(second.record.id).toBe(first.record.id);
    expect(life.service.get(first.record.id)?.firstReset).toBeUndefined();
    expect(life.orders).toEqual(['stop STA007', 'stop STA007']);
  });

  it('blocks commands of its station at the gate', async () => {
    const life = await new Life().start();
    const plant = new Plant();
    const run = await plant.start();
    const { finished } = life.service.stop('STA007', 'STA007', li);
    if (life.service.latched('STA007')) plant.stopped.add('STA007');
    expect(await run.service.submit({ tag: SETPOINT, value: 46, reason: 'x', submitter: li })).toMatchObject({ code: 'GATE_PERMISSIVE' });
    await finished;
  });
});

describe('the one-key stop with its surroundings down', () => {
  it('audit store: spools to the disk, and drains later in order, over a restart', async () => {
    const life = await new Life().start();
    life.auditDown = true;
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    await finished;
    expect(record.state).toBe('stopping');
    await life.service.reset(record.id, wang);
    await settle();
    expect(life.audited).toEqual([]);
    const next = await new Life().start('later');
    expect(next.service.spool.pending).toBe(3);
    next.auditDown = true;
    expect(await next.service.spool.drain()).toBe(false);
    next.auditDown = false;
    expect(await next.service.spool.drain()).toBe(true);
    expect(next.audited.map((entry) => entry.action)).toEqual(['stop.ordered', 'stop.result', 'stop.reset-registered']);
    expect(await readFile(join(folder, 'stop', 'audit-spool.jsonl'), 'utf8')).toBe('');
  });

  it('audit store that hangs: the stop does not wait for it', async () => {
    const life = await new Life().start();
    life.auditHangs = true;
    const { finished } = life.service.stop('STA007', 'STA007', li);
    await finished;
    expect(life.service.latched('STA007')).toBe(true);
    expect(life.orders).toEqual(['stop STA007']);
  });

  it('link: every device has a result, none is claimed', async () => {
    const life = await new Life().start();
    life.stop = () => Promise.reject(new Error('control channel closed'));
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    await finished;
    expect(life.service.get(record.id)).toMatchObject({
      state: 'stopped',
      results: [{ result: 'failed', detail: 'control channel closed' }],
    });
    life.stop = () => Promise.resolve([]);
    const again = life.service.stop('STA007', 'STA007', li);
    await again.finished;
    expect(life.service.get(record.id)?.results).toMatchObject([{ result: 'unknown' }]);
  });

  it('runtime that never answers: the result is known to be unknown after ten seconds', async () => {
    const life = await new Life().start();
    life.stop = () => new Promise(() => undefined);
    const { record, finished } = life.service.stop('STA007', 'STA007', li);
    life.late();
    await finished;
    expect(life.service.get(record.id)).toMatchObject({ state: 'stopped', results: [{ result: 'unknown' }] });
  });

  it('disk: the order goes out, the latch holds', async () => {
    const life = await new Life().start();
    await rm(join(folder, 'stop'), { recursive: true });
    await writeFile(join(folder, 'stop'), 'a file where the folder was');
    const { finished } = life.service.stop('STA007', 'STA007', li);
    await finished;
    expect(life.orders).toEqual(['stop STA007']);
    expect(life.service.latched('STA007')).toBe(true);
    await rm(join(folder, 'stop'));
  });

  it('store at the start: the list of the last start is used', async () => {
    await new Life().start();
    const life = new Life();
    await life.start('stop', null);
    const { finished } = life.service.stop('STA003', 'STA003', li);
    await finished;
    expect(life.orders).toEqual(['stop STA003']);
  });

  it('kill -9 in the middle: still latched, not sent again, the results unknown; a torn line is left out', async () => {
    const life = await new Life().start();
    life.stop = () => new Promise(() => undefined);
    const { record } = life.service.stop('STA007', 'STA007', li);
    await life.service.spool.append(
      { actor: 'x', actorName: 'x', roles: [], event: 'stop', object: 'x', action: 'marker', result: 'done' },
      0,
    );
    await settle();
    await appendFile(join(folder, 'stop', 'stops.jsonl'), '{"id":"torn');
    const next = await new Life().start('later');
    expect(next.service.latched('STA007')).toBe(true);
    expect(next.orders).toEqual([]);
    expect(next.service.get(record.id)).toMatchObject({
      state: 'stopped',
      results: [{ result: 'unknown', detail: 'the platform was restarted' }],
    });
  });

  it('neither dictionary nor list: a clear error names the file', async () => {
    await expect(startWithout()).rejects.toMatchObject({ code: 'STOP_LIST', place: { file: join(folder, 'stop', 'stop-list.json') } });
  });
});

/** A start without a dictionary in an empty folder. */
async function startWithout(): Promise<void> {
  const service = new StopService({
    audit: { append: () => Promise.resolve(1) },
    clock: new VirtualTime(),
    ids: { next: () => 'x', secret: () => '' },
    log: quiet,
    link: { stop: done },
    dataFolder: folder,
  });
  await service.open();
}
