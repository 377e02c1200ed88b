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
    for (const rule of alarmRules) expect(rule.id.startsWith(`${rule.scope.asset}.`), rule.id).toBe(true);
  });
  it('are told in both languages', () => {
    for (const rule of alarmRules)
      for (const key of ['label', 'cause', 'consequence', 'response'] as const) expect(both(rule[key]), `${rule.id}.${key}`).toBe(true);
    for (const rule of decisionRules)
      for (const text of [rule.label, ...Object.values(rule.facts).map((fact) => fact.label)]) expect(both(text), rule.id).toBe(true);
  });
  it('name tags of the plant, of the right type, with limits inside their range', () => {
    for (const definition of definitions) {
      const { tag, deviation, conditions, suppressWhen, limits } = definition;
      const named = [tag, deviation?.from, ...[conditions, suppressWhen].flatMap((tree) => (tree ? [...factsOf(tree, new Map())] : []))];
      for (const name of named) if (name !== undefined) expect(tags.has(name), `${definition.id}: ${name}`).toBe(true);
      if (tag === undefined) continue;
      expect(tags.get(tag)?.type, definition.id).toBe('number');
      const range = tags.get(tag)?.range;
      for (const limit of Object.values(limits ?? {})) {
        const value = typeof limit === 'object' && 'limit' in limit ? limit.limit : limit;
        if (typeof value !== 'number' || !range) continue;
        expect(value >= range[0] && value <= range[1], `${definition.id} ${value}`).toBe(true);
      }
    }
  });
  it('cover every asset of their scope, and every station and unit is watched', () => {
    const watched = new Set(definitions.flatMap((definition) => definition.asset ?? []));
    for (const asset of demoPlant.assets)
      if (['source', 'chp', 'boiler', 'station', 'unit', 'household'].includes(asset.type))
        expect(watched.has(asset.id), asset.id).toBe(true);
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
    for (const decision of decisionRules) {
      for (const rule of decision.rules) {
        const condition = parseCondition(JSON.parse(JSON.stringify(rule.conditions)), rule.name);
        checkReferences(condition, new Map(), rule.name);
        for (const fact of factsOf(condition, new Map())) expect(Object.keys(decision.facts), rule.name).toContain(fact);
        expect(decision.processes).toContain(rule.event.params['process']);
      }
    }
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
