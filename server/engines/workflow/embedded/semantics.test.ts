import { describe, expect, it } from 'vitest';
import { EngineRefusal } from '../port.ts';
import { compile } from './compile.ts';
import { Core } from './core.ts';
import type { EngineCommand } from './core.ts';
import { boundaryTimer, end, gateway, mapping, model, script, service, start, user } from './fixture.ts';

/** Zeebe's behaviour (8.5), one model at a time, on the core without a thread. */
class Bench {
  readonly core = new Core(':memory:');
  now = 0;
  static async of(xml: string): Promise<Bench> {
    const bench = new Bench();
    bench.do({ do: 'deploy', resources: [{ name: 'p.bpmn', xml, graphs: await compile('p.bpmn', xml) }] });
    return bench;
  }
  do(command: EngineCommand): unknown {
    const [outcome] = this.core.run(this.now, [command]);
    if (!outcome?.ok) throw outcome?.refusal ? new EngineRefusal(outcome.refusal.code, outcome.refusal.message) : new Error(outcome?.error);
    return outcome.value;
  }
  start(variables = {}): void {
    this.do({ do: 'start', process: 'p', variables });
  }
  job(element: string): string {
    const job = this.core.jobs({}).find((each) => each.element === element);
    if (!job) throw new Error(`no job of ${element}`);
    return job.key;
  }
  complete(element: string, variables = {}): void {
    this.do({ do: 'complete', key: this.job(element), variables });
  }
  advance(ms: number): void {
    this.now += ms;
    for (const key of this.core.due(this.now)) this.do({ do: 'timer', key });
  }
  get trace(): string[] {
    return this.core
      .events(0, 100_000)
      .filter((event) => event.kind === 'element' || event.kind === 'flow')
      .map((event) => `${event.element} ${event.intent.replace('ELEMENT_', '')}`);
  }
  done(what = 'COMPLETED'): string[] {
    return this.trace.filter((line) => line.endsWith(what)).map((line) => line.split(' ')[0] ?? '');
  }
  get variables(): unknown {
    const root = this.core.events(0, 100_000).find((event) => event.intent === 'INSTANCE_CREATED')?.instance;
    return Object.fromEntries(
      this.core
        .events(0, 100_000)
        .filter((event) => event.kind === 'variables' && event.elementKey === root)
        .map((event) => [event.detail['name'], event.detail['value']]),
    );
  }
  get incidents(): { key: string; type: unknown }[] {
    const open = new Map<string, unknown>();
    for (const event of this.core.events(0, 100_000)) {
      if (event.kind !== 'incident') continue;
      if (event.intent === 'CREATED') open.set(String(event.detail['key']), event.detail['type']);
      else open.delete(String(event.detail['key']));
    }
    return [...open].map(([key, type]) => ({ key, type }));
  }
}
const errorBoundary = (id: string, host: string, extra = '', ref = ''): string =>
  `<bpmn:boundaryEvent id="${id}" attachedToRef="${host}">${extra}<bpmn:errorEventDefinition${ref}/></bpmn:boundaryEvent>`;
const errorRoot = '<bpmn:error id="err" errorCode="BLOCKED"/>';

describe('flows', () => {
  it('are taken in reverse document order at every fork', async () => {
    const parallel = await Bench.of(
      model([start, gateway('g', 'parallel'), user('a'), user('b'), user('c')], ['f0: s -> g', 'f1: g -> a', 'f2: g -> b', 'f3: g -> c']),
    );
    parallel.start();
    expect(parallel.done('TAKEN').filter((id) => id !== 'f0')).toEqual(['f3', 'f2', 'f1']);
    const exclusive = await Bench.of(
      model(
        [start, gateway('g', 'exclusive'), end('a'), end('b'), end('c')],
        ['f0: s -> g', 'f1: g -> a [true]', 'f2: g -> b [true]', 'f3: g -> c [true]'],
      ),
    );
    exclusive.start();
    expect(exclusive.done('TAKEN')).toEqual(['f0', 'f3']);
    const task = await Bench.of(model([start, user('t'), end('a'), end('b')], ['f0: s -> t', 'f1: t -> a', 'f2: t -> b']));
    task.start();
    task.complete('t');
    expect(task.done('TAKEN')).toEqual(['f0', 'f2', 'f1']);
  });

  it('end the process only when no token is left, and hang without error at a join that one branch cannot reach', async () => {
    const hangs = await Bench.of(
      model(
        [start, gateway('x', 'exclusive'), user('a'), gateway('j', 'parallel'), end()],
        ['f0: s -> x', 'f1: x -> a [true]', 'f2: x -> j [false]', 'f3: a -> j', 'f4: j -> e'],
      ),
    );
    hangs.start();
    hangs.complete('a');
    expect(hangs.done()).toEqual(['s', 'x', 'a']);
    expect(hangs.incidents).toEqual([]);
  });

  it('of an exclusive gateway: the default, an incident for none, an incident for null; resolving goes on', async () => {
    const standard = await Bench.of(
      model([start, gateway('x', 'exclusive', ' default="f2"'), end('a'), end('b')], ['f0: s -> x', 'f1: x -> a [n > 1]', 'f2: x -> b']),
    );
    standard.start({ n: 1 });
    expect(standard.done()).toContain('b');
    const none = await Bench.of(
      model([start, gateway('x', 'exclusive'), end('a'), end('b')], ['f0: s -> x', 'f1: x -> a [n > 1]', 'f2: x -> b [n < 0]']),
    );
    none.start({ n: 1 });
    expect(none.incidents).toMatchObject([{ type: 'CONDITION_ERROR' }]);
    expect(none.trace.at(-1)).toBe('x ACTIVATING');
    none.do({ do: 'set', scope: String(2 ** 51 + 2), variables: { n: 2 } });
    none.do({ do: 'resolve', key: none.incidents[0]?.key ?? '' });
    expect(none.done()).toEqual(['s', 'x', 'a', 'p']);
    expect(none.trace.filter((line) => line === 'x ACTIVATING')).toHaveLength(1);
    const missing = await Bench.of(
      model([start, gateway('x', 'exclusive'), end('a'), end('b')], ['f0: s -> x', 'f1: x -> a [m > 1]', 'f2: x -> b [true]'].toReversed()),
    );
    missing.start({});
    expect(missing.incidents).toMatchObject([{ type: 'EXTRACT_VALUE_ERROR' }]);
  });
});

describe('events', () => {
  it('timers: interrupting terminates, non-interrupting does not, a cycle repeats', async () => {
    const bench = await Bench.of(
      model(
        [start, user('u'), boundaryTimer('soft', 'u', 'PT1M', false), boundaryTimer('hard', 'u', 'PT5M'), end(), end('e1'), end('e2')],
        ['f0: s -> u', 'f1: u -> e', 'f2: soft -> e1', 'f3: hard -> e2'],
      ),
    );
    bench.start();
    bench.advance(60_000);
    expect(bench.done()).toEqual(['s', 'soft', 'e1']);
    bench.advance(240_000);
    expect(bench.trace.slice(-13)).toEqual([
      'u TERMINATING',
      'u TERMINATED',
      'hard ACTIVATING',
      'hard ACTIVATED',
      'hard COMPLETING',
      'hard COMPLETED',
      'f3 SEQUENCE_FLOW_TAKEN',
      'e2 ACTIVATING',
      'e2 ACTIVATED',
      'e2 COMPLETING',
      'e2 COMPLETED',
      'p COMPLETING',
      'p COMPLETED',
    ]);
    const cycle = await Bench.of(
      model(
        [
          start,
          user('u'),
          '<bpmn:boundaryEvent id="c" attachedToRef="u" cancelActivity="false"><bpmn:timerEventDefinition><bpmn:timeCycle>R2/PT10S</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>',
          end(),
          end('e1'),
        ],
        ['f0: s -> u', 'f1: u -> e', 'f2: c -> e1'],
      ),
    );
    cycle.start();
    for (let n = 0; n < 4; n += 1) cycle.advance(10_000);
    expect(cycle.done().filter((id) => id === 'c')).toHaveLength(2);
  });

  it('errors: caught by code before catch-all, variables only through output mappings, uncaught an incident', async () => {
    const out = `<bpmn:extensionElements>${mapping([], [['why', 'reason']])}</bpmn:extensionElements>`;
    const caught = await Bench.of(
      model(
        [start, service('w'), errorBoundary('any', 'w'), errorBoundary('code', 'w', out, ' errorRef="err"'), end(), end('e1'), end('e2')],
        ['f0: s -> w', 'f1: w -> e', 'f2: any -> e1', 'f3: code -> e2'],
        { roots: errorRoot },
      ),
    );
    caught.start();
    caught.do({ do: 'throw', key: caught.job('w'), code: 'BLOCKED', message: '', variables: { why: 'valve', other: 1 } });
    expect(caught.done()).toEqual(['s', 'code', 'e2', 'p']);
    expect(caught.variables).toEqual({ reason: 'valve' });
    const uncaught = await Bench.of(model([start, service('w'), end()], ['f0: s -> w', 'f1: w -> e']));
    uncaught.start();
    uncaught.do({ do: 'throw', key: uncaught.job('w'), code: 'X', message: 'm', variables: {} });
    expect(uncaught.incidents).toMatchObject([{ type: 'UNHANDLED_ERROR_EVENT' }]);
    uncaught.do({ do: 'resolve', key: uncaught.incidents[0]?.key ?? '' });
    uncaught.complete('w');
    expect(uncaught.done()).toContain('p');
  });

  it('an error end in a sub-process is caught on its border; a terminate end ends the others', async () => {
    const sub =
      '<bpmn:subProcess id="sub"><bpmn:incoming>f0</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing><bpmn:startEvent id="s2"><bpmn:outgoing>g0</bpmn:outgoing></bpmn:startEvent><bpmn:endEvent id="bad"><bpmn:incoming>g0</bpmn:incoming><bpmn:errorEventDefinition errorRef="err"/></bpmn:endEvent><bpmn:sequenceFlow id="g0" sourceRef="s2" targetRef="bad"/></bpmn:subProcess>';
    const bench = await Bench.of(
      model([start, sub, errorBoundary('any', 'sub'), end(), end('e1')], ['f0: s -> sub', 'f1: sub -> e', 'f2: any -> e1'], {
        roots: errorRoot,
      }).replace(
        '<bpmn:incoming>f0</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing><bpmn:incoming>f0</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing>',
        '<bpmn:incoming>f0</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing>',
      ),
    );
    bench.start();
    expect(bench.done('TERMINATED')).toEqual(['bad', 'sub']);
    expect(bench.done()).toEqual(['s', 's2', 'any', 'e1', 'p']);
    const stop = await Bench.of(
      model(
        [
          start,
          gateway('g', 'parallel'),
          user('a'),
          user('b'),
          '<bpmn:endEvent id="t"><bpmn:terminateEventDefinition/></bpmn:endEvent>',
          end(),
        ],
        ['f0: s -> g', 'f1: g -> a', 'f2: g -> b', 'f3: a -> t', 'f4: b -> e'],
      ),
    );
    stop.start();
    stop.complete('a');
    expect(stop.trace.slice(-4)).toEqual(['b TERMINATING', 'b TERMINATED', 'p COMPLETING', 'p COMPLETED']);
    expect(stop.core.jobs({})).toEqual([]);
  });

  it('messages: by key, buffered while they live, once for each id and process', async () => {
    const xml = model(
      [start, '<bpmn:intermediateCatchEvent id="m"><bpmn:messageEventDefinition messageRef="msg"/></bpmn:intermediateCatchEvent>', end()],
      ['f0: s -> m', 'f1: m -> e'],
      {
        roots:
          '<bpmn:message id="msg" name="normal"><bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements></bpmn:message>',
      },
    );
    const bench = await Bench.of(xml);
    const publish = (key: string, ttl: number, id?: string): unknown =>
      bench.do({ do: 'publish', name: 'normal', key, variables: { at: key }, ttl, ...(id === undefined ? {} : { id }) });
    publish('a#1', 0);
    bench.start({ key: 'a#1' });
    expect(bench.done()).not.toContain('p');
    publish('a#2', 0);
    publish('a#1', 60_000, 'm1');
    expect(bench.done()).toContain('p');
    expect(bench.variables).toMatchObject({ at: 'a#1' });
    expect(() => publish('a#1', 60_000, 'm1')).toThrow(/already published/);
    bench.start({ key: 'a#1' });
    expect(bench.done().filter((id) => id === 'p')).toHaveLength(1);
    publish('b', 1000);
    bench.now += 2000;
    bench.start({ key: 'b' });
    expect(bench.done().filter((id) => id === 'p')).toHaveLength(1);
    bench.start({});
    expect(bench.incidents).toMatchObject([{ type: 'EXTRACT_VALUE_ERROR' }]);
  });
});

describe('variables', () => {
  it('job results go to the nearest scope that has them; outputs replace that', async () => {
    const bench = await Bench.of(
      model(
        [start, service('a', 'a', mapping([['n', 'own']])), service('b', 'b', mapping([], [['x.y', 'deep.z']])), end()],
        ['f0: s -> a', 'f1: a -> b', 'f2: b -> e'],
      ),
    );
    bench.start({ n: 1, deep: { kept: true } });
    bench.complete('a', { own: 5, other: 6 });
    bench.complete('b', { x: { y: 7 }, lost: 8 });
    expect(bench.variables).toEqual({ n: 1, other: 6, deep: { kept: true, z: 7 } });
  });

  it('a script sets its result; prototypes are out of reach', async () => {
    const bench = await Bench.of(model([start, script('x', '{a: 1, b: duration("P1DT2H30M")}', 'r'), end()], ['f0: s -> x', 'f1: x -> e']));
    bench.do({ do: 'start', process: 'p', variables: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') });
    expect(bench.variables).toMatchObject({ r: { a: 1, b: 'PT26H30M' }, constructor: 1 });
    expect('polluted' in {}).toBe(false);
  });
});

describe('refusals', () => {
  it('a dead instance, an unknown job, a job without retries', async () => {
    const bench = await Bench.of(model([start, service('a'), end()], ['f0: s -> a', 'f1: a -> e']));
    bench.start();
    const key = bench.job('a');
    bench.do({ do: 'fail', key, retries: 0, message: 'no', backoff: 0 });
    expect(bench.incidents).toMatchObject([{ type: 'JOB_NO_RETRIES' }]);
    expect(() => bench.complete('a')).toThrow(/FAILED/);
    expect(() => bench.do({ do: 'resolve', key: bench.incidents[0]?.key ?? '' })).toThrow(/no retries left/);
    bench.do({ do: 'cancel', instance: String(2 ** 51 + 2) });
    expect(bench.done('TERMINATED')).toEqual(['a', 'p']);
    expect(bench.incidents).toEqual([]);
    expect(() => bench.do({ do: 'cancel', instance: String(2 ** 51 + 2) })).toThrow(/no such process/);
    expect(() => bench.do({ do: 'complete', key, variables: {} })).toThrow(/no such job/);
  });

  it('a loop of scripts that never waits is stopped and leaves nothing behind', async () => {
    const bench = await Bench.of(
      model(
        [start, gateway('x', 'exclusive', ' default="f2"'), script('n', '1', 'r'), end()],
        ['f0: s -> x', 'f1: x -> e [false]', 'f2: x -> n', 'f3: n -> x'],
      ),
    );
    expect(() => bench.start()).toThrow(/does not end/);
    expect(bench.trace).toEqual([]);
  });
});
