import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alarmIds } from '#domain/alarm/definition.ts';
import { AlarmEngine } from '#domain/alarm/engine.ts';
import { factsOf } from '#domain/alarm/condition.ts';
import { checkReferences, parseCondition } from '#domain/alarm/parse-condition.ts';
import { parseDefinition, parseDefinitions } from '#domain/alarm/parse.ts';
import type { AlarmTransition } from '#domain/alarm/types.ts';
import { demoPlant } from '#plants/demo.ts';
import { alarmRules, decisionRules, shippedAlarms, startedProcesses } from '#rules/index.ts';
import { Plant } from '#simulator/plant.ts';

const rules = new URL('../rules/', import.meta.url);
const definitions = shippedAlarms(demoPlant);
const tags = new Map(demoPlant.tags.map((tag) => [tag.id, tag]));
const both = (text: { readonly zh: string; readonly en: string } | undefined): boolean =>
  text !== undefined && /\p{Script=Han}/u.test(text.zh) && /[a-z]/i.test(text.en) && !/\p{Script=Han}/u.test(text.en);

describe('the shipped rules', () => {
  it('have the strict shape, unique ids and unique alarm ids', () => {
    const named = new Map();
    const roundTrip: unknown = JSON.parse(JSON.stringify(definitions));
    expect(parseDefinitions(roundTrip, 'alarms', named)).toEqual(definitions);
    expect(new Set(alarmRules.map((rule) => rule.id)).size).toBe(alarmRules.length);
    expect(alarmRules.filter((rule) => !rule.id.startsWith(`${rule.scope.asset}.`))).toEqual([]);
  });
  it('are told in both languages', () => {
    const texts = [
      ...alarmRules.flatMap((rule) => [rule.label, rule.cause, rule.consequence, rule.response]),
      ...decisionRules.flatMap((rule) => [rule.label, ...Object.values(rule.facts).map((fact) => fact.label)]),
    ];
    expect(texts.filter((text) => !both(text))).toEqual([]);
  });
  it('name tags of the plant, and measured ones are numbers', () => {
    const named = definitions.flatMap(({ tag, deviation, conditions, suppressWhen }) => [
      ...[tag, deviation?.from].flatMap((name) => name ?? []),
      ...[conditions, suppressWhen].flatMap((tree) => (tree ? [...factsOf(tree, new Map())] : [])),
    ]);
    expect(named.filter((name) => !tags.has(name))).toEqual([]);
    expect(definitions.filter(({ tag }) => tag !== undefined && tags.get(tag)?.type !== 'number')).toEqual([]);
  });
  it('have limits inside the range of their tag', () => {
    const outside = definitions.flatMap(({ id, tag, limits }) => {
      const [low, high] = tags.get(tag ?? '')?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      const values = Object.values(limits ?? {}).map((limit) => (typeof limit === 'object' && 'limit' in limit ? limit.limit : limit));
      return values.filter((value) => typeof value !== 'number' || value < low || value > high).map(() => id);
    });
    expect(outside).toEqual([]);
  });
  it('watch every station, unit, boiler, household and the source', () => {
    const watched = new Set(definitions.flatMap((definition) => definition.asset ?? []));
    const types = ['source', 'chp', 'boiler', 'station', 'unit', 'household'];
    expect(demoPlant.assets.filter((asset) => types.includes(asset.type) && !watched.has(asset.id))).toEqual([]);
  });
  it('give the leak of a unit priority 1 and the process; only known processes are started', () => {
    const leak = definitions.find((definition) => definition.id === 'STA007.UNT02.MK_FI');
    expect(leak).toMatchObject({
      limits: { hh: { limit: 2, priority: 1 }, h: 1 },
      onDelay: '10s',
      starts: 'emergency-response',
      startsOn: ['hh'],
    });
    expect(startedProcesses).toEqual(['emergency-response', 'setpoint-change']);
  });
  it('use the low priorities mostly: few 2, rare 1', () => {
    const all = definitions.flatMap((definition) => alarmIds(definition).map(({ level }) => ({ definition, level })));
    const share = (p: number): number =>
      all.filter(({ definition, level }) => {
        const limit = level === undefined ? undefined : definition.limits?.[level];
        return ((typeof limit === 'object' && 'limit' in limit ? limit.priority : undefined) ?? definition.priority) === p;
      }).length / all.length;
    expect(share(1)).toBeLessThan(0.05);
    expect(share(2)).toBeLessThan(0.2);
  });
  it('are all listed: a suffixed file that index.ts does not name fails', () => {
    const files = readdirSync(rules, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(alarm|decision)\.ts$/.test(file));
    expect(files.toSorted()).toEqual([
      'customer/household.alarm.ts',
      'network/primary.alarm.ts',
      'source/equipment.alarm.ts',
      'source/outlet.alarm.ts',
      'station/leak-response.decision.ts',
      'station/station.alarm.ts',
      'station/unit.alarm.ts',
    ]);
  });
  it('have decisions with strict conditions over declared facts', () => {
    const rows = decisionRules.flatMap((decision) => decision.rules.map((rule) => ({ decision, rule })));
    const undeclared = rows.flatMap(({ decision, rule }) => {
      const condition = parseCondition(JSON.parse(JSON.stringify(rule.conditions)), rule.name);
      checkReferences(condition, new Map(), rule.name);
      return [...factsOf(condition, new Map())].filter((fact) => !Object.hasOwn(decision.facts, fact));
    });
    expect(undeclared).toEqual([]);
    expect(rows.filter(({ decision, rule }) => !decision.processes.includes(String(rule.event.params['process'])))).toEqual([]);
  });
  it('refuse an unknown key with its place', () => {
    expect(() => parseDefinition({ ...definitions[0], onDelays: '3s' }, 'alarms[0]', new Map())).toThrow('is not a known key');
  });
});

/** The simulator's plant through the engine: what its transmitters show every 10 s. */
function watch(plant: Plant, hours: number, each: (second: number) => void = () => undefined): AlarmTransition[] {
  const transitions: AlarmTransition[] = [];
  const engine = new AlarmEngine({ transition: (transition) => transitions.push(transition) });
  engine.define(definitions);
  let wall = Date.UTC(2026, 10, 21, 4, 30);
  for (let second = 0; second < hours * 3600; second += 10) {
    each(second);
    wall += 10_000;
    plant.advance(10, wall);
    for (const [tag, value] of plant.tags) engine.sample({ tag, at: wall, value, quality: 'good' });
  }
  return transitions;
}

describe('the shipped rules on the simulated plant', () => {
  it('raise nothing on a steady plant for 12 hours', () => {
    expect(watch(new Plant({ seed: 7, wall: Date.UTC(2026, 10, 21, 4, 30) }), 12)).toEqual([]);
  });
  it('raise the leak of a unit as its one alarm of priority 1, and its process', () => {
    const plant = new Plant({ seed: 7, wall: Date.UTC(2026, 10, 21, 4, 30) });
    const raised = watch(plant, 0.2, (second) => {
      if (second === 60) plant.faults.add({ kind: 'leak-secondary', target: 'STA007.UNT02', size: 2.6 }, plant.age);
    }).filter(({ to }) => to === 'unack');
    expect(raised.map(({ alarm }) => alarm)).toContain('STA007.UNT02.MK_FI.hh');
    expect(raised.every(({ alarm }) => alarm.startsWith('STA007'))).toBe(true);
  });
});
