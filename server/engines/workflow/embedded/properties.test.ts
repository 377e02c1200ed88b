import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../port.ts';
import { compile } from './compile.ts';
import { Core } from './core.ts';
import type { EngineCommand } from './core.ts';
import { boundaryTimer, end, gateway, mapping, model, script, service, start, user } from './fixture.ts';
import type { Graph } from './graph.ts';

/** Forks, joins, a choice, a rejection loop, clocks, errors and a script: what the shipped processes are made of. */
const xml = model(
  [
    start,
    gateway('split', 'parallel'),
    service('a', 'a', mapping([['n', 'local']], [['local', 'a']])),
    user('b'),
    user('c'),
    boundaryTimer('soft', 'b', 'PT1M', false),
    boundaryTimer('hard', 'c', 'PT3M'),
    '<bpmn:boundaryEvent id="err" attachedToRef="a"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
    user('repair'),
    gateway('x', 'exclusive', ' default="back"'),
    gateway('merge', 'exclusive'),
    gateway('mergeB', 'exclusive'),
    gateway('join', 'parallel'),
    script('sum', '1 + 1', 'two'),
    '<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition><bpmn:timeDuration>PT30S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>',
    end(),
    end('e1'),
  ],
  [
    'f0: s -> split',
    'f1: split -> a',
    'f2: split -> b',
    'f3: split -> c',
    'f4: a -> merge',
    'f5: err -> repair',
    'f6: repair -> merge',
    'f7: merge -> join',
    'f8: b -> x',
    'yes: x -> mergeB [ok = true]',
    'back: x -> b',
    'f9: mergeB -> join',
    'f10: c -> join2',
    'f11: hard -> join2',
    'f12: soft -> e1',
    'f13: join2 -> join',
    'f14: join -> sum',
    'f15: sum -> wait',
    'f16: wait -> e',
  ],
).replace(
  '</bpmn:process>',
  '<bpmn:exclusiveGateway id="join2"><bpmn:incoming>f10</bpmn:incoming><bpmn:incoming>f11</bpmn:incoming><bpmn:outgoing>f13</bpmn:outgoing></bpmn:exclusiveGateway></bpmn:process>',
);

let graphs: readonly Graph[] = [];
let folder = '';
let files = 0;
beforeAll(async () => {
  graphs = await compile('p.bpmn', xml);
  folder = mkdtempSync(join(tmpdir(), 'nuanliu-properties-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const newFile = (): string => join(folder, `${(files += 1)}.db`);

type Action = {
  readonly kind: 'complete' | 'throw' | 'fail' | 'resolve' | 'advance' | 'start';
  readonly pick: number;
  readonly ok: boolean;
};
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('complete', 'complete', 'complete', 'throw', 'fail', 'resolve', 'advance', 'start'),
  pick: fc.nat(5),
  ok: fc.boolean(),
});

class Player {
  core: Core;
  now = 0;
  constructor(file: string) {
    this.core = new Core(file);
    this.run({ do: 'deploy', resources: [{ name: 'p.bpmn', xml, graphs }] });
  }
  run(command: EngineCommand): void {
    const [outcome] = this.core.run(this.now, [command]);
    if (!outcome?.ok && !outcome?.refusal) throw new Error(outcome?.error);
  }
  incidents(): string[] {
    const open = new Set<string>();
    for (const event of this.core.events(0, 1e9)) {
      if (event.kind !== 'incident') continue;
      if (event.intent === 'CREATED') open.add(String(event.detail['key']));
      else open.delete(String(event.detail['key']));
    }
    return [...open];
  }
  play({ kind, pick, ok }: Action): void {
    const jobs = this.core.jobs({});
    const job = jobs[pick % Math.max(1, jobs.length)];
    if (kind === 'start') this.run({ do: 'start', process: 'p', variables: { n: pick } });
    else if (kind === 'advance') {
      this.now += pick * 20_000;
      for (const key of this.core.due(this.now)) this.run({ do: 'timer', key });
    } else if (kind === 'resolve') {
      const [key] = this.incidents();
      if (key !== undefined) this.run({ do: 'resolve', key, retries: 1 });
    } else if (job) {
      if (kind === 'complete') this.run({ do: 'complete', key: job.key, variables: { ok } });
      else if (kind === 'fail') this.run({ do: 'fail', key: job.key, retries: pick % 2, message: 'x', backoff: 0 });
      else if (job.type === 'a') this.run({ do: 'throw', key: job.key, code: 'E', message: '', variables: {} });
    }
  }
  /** Everybody does their work: every instance must end. */
  finish(): void {
    for (let round = 0; round < 60; round += 1) {
      for (const key of this.incidents()) this.run({ do: 'resolve', key, retries: 1 });
      for (const job of this.core.jobs({})) this.run({ do: 'complete', key: job.key, variables: { ok: true } });
      this.now += 200_000;
      for (const key of this.core.due(this.now)) this.run({ do: 'timer', key });
    }
  }
  counts(): { started: number; completed: number; entered: Map<string, number> } {
    const events = this.core.events(0, 1e9);
    const root = (event: EngineEvent): boolean => event.kind === 'element' && event.element === 'p';
    const entered = new Map<string, number>();
    for (const event of events) {
      if (event.kind !== 'element' || event.element === 'p') continue;
      const by =
        event.intent === 'ELEMENT_ACTIVATING' ? 1 : event.intent === 'ELEMENT_COMPLETED' || event.intent === 'ELEMENT_TERMINATED' ? -1 : 0;
      entered.set(event.elementKey, (entered.get(event.elementKey) ?? 0) + by);
    }
    return {
      started: events.filter((event) => event.intent === 'INSTANCE_CREATED').length,
      completed: events.filter((event) => root(event) && event.intent === 'ELEMENT_COMPLETED').length,
      entered,
    };
  }
}

describe('whatever people do, in whatever order', () => {
  it('no token is lost: every instance ends when the work is done, and nothing is left behind', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const player = new Player(':memory:');
        player.play({ kind: 'start', pick: 1, ok: true });
        for (const each of actions) player.play(each);
        player.finish();
        const { started, completed, entered } = player.counts();
        expect(completed).toBe(started);
        expect([...entered.values()].filter((open) => open !== 0)).toEqual([]);
        expect(player.core.jobs({})).toEqual([]);
        expect(player.core.nextDue(player.now)).toBeUndefined();
        expect(player.core.db.all('select * from instance')).toEqual([]);
        player.core.close();
      }),
      { numRuns: 60 },
    );
  });

  it('a restart at any point equals no restart', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(action, fc.boolean()), { maxLength: 25 }), (actions) => {
        const still = new Player(':memory:');
        const file = newFile();
        const restarted = new Player(file);
        for (const [each, again] of actions) {
          still.play(each);
          if (again) {
            restarted.core.close();
            restarted.core = new Core(file);
          }
          restarted.play(each);
        }
        expect(restarted.core.events(0, 1e9)).toEqual(still.core.events(0, 1e9));
        expect(restarted.core.jobs({})).toEqual(still.core.jobs({}));
        still.core.close();
        restarted.core.close();
      }),
      { numRuns: 20 },
    );
  });

  it('a crash between any two commits keeps all that was acknowledged and nothing else', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 15 }), fc.nat(14), (actions, when) => {
        const file = newFile();
        const player = new Player(file);
        let acknowledged: readonly EngineEvent[] = [];
        const copy = newFile();
        for (const [index, each] of actions.entries()) {
          player.play(each);
          if (index !== when % actions.length) continue;
          acknowledged = player.core.events(0, 1e9);
          for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
        }
        player.core.close();
        const after = new Core(copy);
        expect(after.events(0, 1e9)).toEqual(acknowledged);
        expect(after.db.get('pragma integrity_check')).toEqual({ integrity_check: 'ok' });
        const instances = new Set(after.db.all('select key from instance').map((row) => row['key']));
        for (const row of after.db.all('select instance from job union all select instance from timer'))
          expect(instances.has(row['instance'])).toBe(true);
        after.close();
      }),
      { numRuns: 20 },
    );
  });

  it('a command that fails inside takes nothing with it: the others of its group are kept, the log has no hole', () => {
    const player = new Player(':memory:');
    const before = player.core.position();
    const outcomes = player.core.run(0, [
      { do: 'start', process: 'p', variables: {} },
      { do: 'start', process: 'p', variables: { big: 10n } },
      { do: 'start', process: 'nope', variables: {} },
      { do: 'start', process: 'p', variables: {} },
    ]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, false, true]);
    expect(player.core.events(before, 1e9).filter((event) => event.intent === 'INSTANCE_CREATED')).toHaveLength(2);
    const positions = player.core.events(0, 1e9).map((event) => event.position);
    expect(positions).toEqual(positions.map((_position, index) => index + 1));
    player.core.close();
  });
});
