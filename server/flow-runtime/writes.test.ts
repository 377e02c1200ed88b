import { beforeEach, describe, expect, it } from 'vitest';
import type { GateRule } from '#domain/command/types.ts';
import type { Sample } from '#domain/sample.ts';
import type { GatedWrite, WriteOutcome } from '#nodes/context.ts';
import type { CommandMessage } from '../link/wire.ts';
import type { CommandOutcome } from '../services.ts';
import { Image } from './image.ts';
import { Writes } from './writes.ts';

const rule: GateRule = {
  tag: 'U.CV',
  min: 0,
  max: 100,
  maxStep: 20,
  minInterval: 5000,
  risk: 'middle',
  persons: 1,
  mode: { tag: 'U.MODE', allow: ['manual', 'remote'] },
  permissive: [{ tag: 'S.STOPPED', equals: false, why: 'stopped' }],
  readBack: { tag: 'U.CV', within: 0.5, timeout: 100 },
  writers: ['command', 'output'],
};
let now: number;
let image: Image;
let writes: Writes;
let done: GatedWrite[];
let kept: Map<string, CommandOutcome | undefined>;
const owner = new AbortController();
const set = (tag: string, value: Sample['value']): void => image.apply([{ tag, at: now, value, quality: 'good' }]);
let result: () => Promise<WriteOutcome>;

beforeEach(() => {
  now = 1_000_000;
  done = [];
  kept = new Map();
  const clock = { now: () => now, monotonic: () => now };
  image = new Image(() => undefined, clock);
  writes = new Writes({
    image,
    clock,
    rule: (tag) => (tag === 'U.CV' ? rule : undefined),
    queue: {
      beginCommand(id) {
        if (!kept.has(id)) {
          kept.set(id, undefined);
          return 'new';
        }
        return kept.get(id) ?? 'begun';
      },
      endCommand: (outcome) => void kept.set(outcome.id, outcome),
    },
  });
  result = async () => ({ state: 'confirmed', readBack: 50 });
  writes.own(
    ['U.CV'],
    (write) => {
      done.push(write);
      return result();
    },
    owner.signal,
  );
  set('U.CV', 45);
  set('U.MODE', 1);
  set('S.STOPPED', false);
});
const command = (more: Partial<CommandMessage> = {}): CommandMessage => ({
  v: 1,
  id: 'c1',
  tag: 'U.CV',
  value: 50,
  expires: now + 30_000,
  deployment: 1,
  ...more,
});

describe('commands', () => {
  it('reach the owner once; the same id again gets the same answer', async () => {
    const first = await writes.command(command());
    expect(first).toEqual({ id: 'c1', state: 'confirmed', readBack: 50, at: now });
    now += 10;
    expect(await writes.command(command())).toEqual(first);
    expect(done).toHaveLength(1);
  });

  it('that come twice at the same time are done once and answered once', async () => {
    const { promise, resolve } = Promise.withResolvers<WriteOutcome>();
    result = () => promise;
    const both = [writes.command(command()), writes.command(command())];
    resolve({ state: 'confirmed' });
    expect((await Promise.all(both)).map((outcome) => outcome?.state)).toEqual(['confirmed', undefined]);
    expect(done).toHaveLength(1);
  });

  it('that were begun before a crash are unknown and never done again', async () => {
    kept.set('c1', undefined);
    expect(await writes.command(command())).toMatchObject({ state: 'unknown', code: 'RUNTIME_RESTARTED' });
    expect(done).toEqual([]);
  });

  it.each<[string, () => void, Partial<CommandMessage>, string]>([
    ['too late', () => undefined, { expires: 1 }, 'COMMAND_EXPIRED'],
    ['to a tag that nobody owns', () => undefined, { tag: 'X' }, 'TAG_NOT_OWNED'],
    ['out of range', () => undefined, { value: 101 }, 'GATE_RANGE'],
    ['with the emergency stop latched', () => set('S.STOPPED', true), {}, 'GATE_PERMISSIVE'],
    [
      'with an unknown mode',
      () => {
        now += 600_000;
      },
      { expires: 9e12 },
      'GATE_MODE',
    ],
    ['in automatic', () => set('U.MODE', 0), {}, 'TAG_IN_AUTO'],
  ])('%s are refused before the device', async (_name, arrange, more, code) => {
    arrange();
    expect(await writes.command(command(more))).toMatchObject({ state: 'failed', code });
    expect(done).toEqual([]);
  });

  it('to a tag that a control node drives are refused, until it has been silent for a minute', async () => {
    set('U.MODE', 2);
    await writes.output('U.CV', 50);
    set('U.CV', 50);
    expect(await writes.command(command())).toMatchObject({ code: 'TAG_IN_AUTO' });
    now += 61_000;
    set('U.CV', 50);
    set('U.MODE', 1);
    set('S.STOPPED', false);
    expect(await writes.command(command({ id: 'c2' }))).toMatchObject({ state: 'confirmed' });
  });

  it('whose handler throws are unknown', async () => {
    result = async () => Promise.reject(new Error('socket'));
    expect(await writes.command(command())).toMatchObject({ state: 'unknown', code: 'WRITE_FAULT' });
  });
});

describe('outputs', () => {
  it('pass in remote only, keep to step and rate', async () => {
    expect(await writes.output('U.CV', 50)).toMatchObject({ verdict: { ok: false, code: 'GATE_MODE' } });
    set('U.MODE', 2);
    expect(await writes.output('U.CV', 80)).toMatchObject({ verdict: { code: 'GATE_STEP' } });
    expect(await writes.output('U.CV', 50)).toMatchObject({ verdict: { ok: true }, outcome: { state: 'confirmed' } });
    expect(await writes.output('U.CV', 51)).toMatchObject({ verdict: { code: 'GATE_RATE' } });
    expect(done.map(({ value, origin }) => [value, origin])).toEqual([[50, 'output']]);
  });
});

describe('stop', () => {
  it('goes to all devices at once; one that hangs does not hold up the others; strangers are left out', async () => {
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    writes.registerStop(
      'A',
      async () => {
        await promise;
        order.push('A');
        throw new Error('no answer');
      },
      owner.signal,
    );
    writes.registerStop(
      'B',
      async () => {
        order.push('B');
        resolve();
        return { result: 'done', detail: 'STOPPED = 1' };
      },
      owner.signal,
    );
    expect(await writes.stop(['A', 'B', 'C'], 'stop')).toEqual([
      { target: 'A', result: 'unknown', detail: 'no answer', ms: 0 },
      { target: 'B', result: 'done', detail: 'STOPPED = 1', ms: 0 },
    ]);
    expect(order).toEqual(['B', 'A']);
  });
});
