import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent, Job } from '../port.ts';
import { boundaryTimer, end, gateway, model, script, service, start, user } from './fixture.ts';
import { openEmbeddedEngine } from './open.ts';
import type { EmbeddedEngine } from './open.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let folder = '';
let now = 1_000_000;
const clock = { now: () => now, monotonic: () => now };
let engine: EmbeddedEngine;
const open = async (): Promise<EmbeddedEngine> => openEmbeddedEngine({ file: join(folder, 'workflow.db'), clock, log: quiet });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-engine-'));
  now = 1_000_000;
  engine = await open();
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Resolves with the first event that fits. */
async function seen(fits: (event: EngineEvent) => boolean): Promise<EngineEvent> {
  return new Promise((resolve) => {
    const stop = engine.follow(0, (events) => {
      const found = events.find(fits);
      if (!found) return;
      setImmediate(() => stop());
      resolve(found);
    });
  });
}
const ended = async (): Promise<EngineEvent> => seen((event) => event.element === 'p' && event.intent === 'ELEMENT_COMPLETED');

describe('the engine in its thread', () => {
  it('runs a job, a user task and ends; the same business key twice is the same instance', async () => {
    const [deployed] = await engine.deploy([
      { name: 'p.bpmn', xml: model([start, service('a', 'work'), user('u'), end()], ['f1: s -> a', 'f2: a -> u', 'f3: u -> e']) },
    ]);
    expect(deployed).toMatchObject({ process: 'p', version: 1 });
    engine.work('work', 1000, async (job: Job) => {
      expect(job.variables).toEqual({ n: 1 });
      await engine.completeJob(job.key, { done: true });
    });
    const first = await engine.start('p', { n: 1 }, 'alarm#1');
    expect(await engine.start('p', { n: 2 }, 'alarm#1')).toEqual({ key: first.key, existing: true });
    const created = await seen((event) => event.kind === 'job' && event.element === 'u' && event.intent === 'CREATED');
    expect(created.detail['headers']).toEqual({ 'io.camunda.zeebe:candidateGroups': '["manager"]' });
    await engine.completeJob(String(created.detail['key']), {});
    await ended();
    await expect(engine.completeJob(String(created.detail['key']), {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await engine.start('p', {}, 'alarm#1')).toEqual({ key: first.key, existing: true });
  });

  it('keeps everything over a restart: open tasks, timers, models, log', async () => {
    await engine.deploy([
      {
        name: 'p.bpmn',
        xml: model([start, user('u'), boundaryTimer('t', 'u', 'PT15M'), end(), end('late')], ['f1: s -> u', 'f2: u -> e', 'f3: t -> late']),
      },
    ]);
    const { key } = await engine.start('p', {});
    await engine[Symbol.asyncDispose]();
    engine = await open();
    expect(await engine.jobs({ instance: key })).toHaveLength(1);
    expect(await engine.models()).toMatchObject([{ process: 'p', version: 1 }]);
    now += 15 * 60_000;
    await engine.tick();
    await ended();
    expect(await engine.jobs({})).toEqual([]);
  });

  it('gives a job again when its worker fails, then an incident; resolving goes on', async () => {
    await engine.deploy([{ name: 'p.bpmn', xml: model([start, service('a', 'work'), end()], ['f1: s -> a', 'f2: a -> e']) }]);
    let broken = true;
    engine.work('work', 1000, async (job) => {
      if (broken) throw new Error('valve does not answer');
      await engine.completeJob(job.key, {});
    });
    await engine.start('p', {});
    const incident = await seen((event) => event.kind === 'incident');
    expect(incident.detail).toMatchObject({ type: 'JOB_NO_RETRIES', message: 'valve does not answer' });
    broken = false;
    await engine.resolveIncident(String(incident.detail['key']), { retries: 1 });
    await ended();
  });

  it('stops an evaluation that does not end: its instance gets an incident, nobody else notices', async () => {
    const slow = 'count(for i in 1..100000000 return i * 2)';
    await engine.deploy([
      { name: 'slow.bpmn', xml: model([start, script('x', slow, 'r'), end()], ['f1: s -> x', 'f2: x -> e'], { id: 'slow' }) },
      { name: 'p.bpmn', xml: model([start, script('x', 'n + 1', 'r'), end()], ['f1: s -> x', 'f2: x -> e']) },
    ]);
    const began = performance.now();
    const results = await Promise.all([engine.start('p', { n: 1 }), engine.start('slow', {}), engine.start('p', { n: 2 })]);
    expect(performance.now() - began).toBeLessThan(5000);
    const incident = await seen((event) => event.kind === 'incident');
    expect(incident).toMatchObject({ instance: results[1]?.key, element: 'x' });
    expect(incident.detail).toMatchObject({ type: 'EXTRACT_VALUE_ERROR' });
    const values: unknown[] = [];
    await seen((event) => {
      if (event.kind === 'variables' && event.detail['name'] === 'r') values.push(event.detail['value']);
      return values.length === 2;
    });
    expect(values).toEqual([2, 3]);
    expect(new Set(results.map((each) => each.key)).size).toBe(3);
  });

  it('refuses a model with place and wording, and deploys nothing of the call', async () => {
    const bad = model([start, '<bpmn:complexGateway id="c"/>', end()], ['f1: s -> c', 'f2: c -> e'], { id: 'bad' });
    const good = model([start, end()], ['f1: s -> e'], { id: 'good' });
    await expect(
      engine.deploy([
        { name: 'good.bpmn', xml: good },
        { name: 'bad.bpmn', xml: bad },
      ]),
    ).rejects.toMatchObject({ problems: [{ element: 'c', message: "Elements of type 'ComplexGateway' are not supported" }] });
    await expect(engine.start('good', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('gives the same version to the same content and a new one to a change', async () => {
    const xml = (name: string): string => model([start, gateway('g', 'parallel', ` name="${name}"`), end()], ['f1: s -> g', 'f2: g -> e']);
    expect((await engine.deploy([{ name: 'p', xml: xml('a') }]))[0]?.version).toBe(1);
    expect((await engine.deploy([{ name: 'p', xml: xml('a') }]))[0]?.version).toBe(1);
    expect((await engine.deploy([{ name: 'p', xml: xml('b') }]))[0]?.version).toBe(2);
  });
});
