import { alarmIds, KINDS, kindOf, LEVELS } from './definition.ts';
import type { AlarmDefinition, Expression, Level, Limit, NamedConditions, Param, RateSpec, Scalar } from './definition.ts';
import { compileExpression } from './expression.ts';
import { checkReferences, parseCondition } from './parse-condition.ts';
import { at, boolean, durationText, list, malformed, members, number, oneOf, optional, record, string, text } from './read.ts';
import type { Priority } from './types.ts';

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4];
const ON_BAD = ['hold', 'trip', 'clear'] as const;
const DIRECTIONS = ['rising', 'falling', 'both'] as const;
const KNOWN =
  'id label asset priority class params tag limits deviation rate flat stale conditions deadband onDelay offDelay latch onBad suppressWhen group firstOut cause consequence response responseTime starts startsOn'.split(
    ' ',
  );

const scalar = (value: unknown, path: string): Scalar =>
  typeof value === 'boolean' || typeof value === 'string' ? value : number(value, path);

function param(value: unknown, path: string): Param | Scalar {
  if (typeof value !== 'object') return scalar(value, path);
  const map = record(value, path, ['default', 'unit', 'label'], ['default']);
  return {
    default: scalar(map.get('default'), at(path, 'default')),
    ...optional(map, path, 'unit', (unit, place) => (unit === '' ? '' : string(unit, place))),
    ...optional(map, path, 'label', text),
  };
}

/** Values of a definition's parameters. */
export const paramsOf = (definition: Pick<AlarmDefinition, 'params'>): ReadonlyMap<string, Scalar> =>
  new Map(Object.entries(definition.params ?? {}).map(([name, one]) => [name, typeof one === 'object' ? one.default : one]));

function expression(value: unknown, path: string): Expression {
  if (typeof value === 'number') return number(value, path);
  if (typeof value !== 'object' || value === null) return malformed(path, 'must be a number');
  const map = record(value, path, ['param', 'fact', 'expression']);
  if (map.size !== 1) return malformed(path, 'must be a number, { "param": name }, { "fact": tag } or { "expression": text }');
  if (map.has('expression')) return { expression: string(map.get('expression'), at(path, 'expression')) };
  return map.has('param') ? { param: string(map.get('param'), at(path, 'param')) } : { fact: string(map.get('fact'), at(path, 'fact')) };
}

function limit(value: unknown, path: string): Limit {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'limit')) return expression(value, path);
  const map = record(value, path, ['limit', 'priority']);
  const priority = optional(map, path, 'priority', (one, place) => oneOf(one, place, PRIORITIES));
  return { limit: expression(map.get('limit'), at(path, 'limit')), ...priority };
}

function limits(value: unknown, path: string): Partial<Record<Level, Limit>> {
  const map = record(value, path, LEVELS);
  if (map.size === 0) return malformed(path, 'must have at least one of hh, h, l, ll');
  const found: Partial<Record<Level, Limit>> = {};
  for (const level of LEVELS) if (map.has(level)) found[level] = limit(map.get(level), at(path, level));
  inOrder(found, path);
  return found;
}

/** What is written as a number must fall from hh over h and l to ll; parameters and facts are known only later. */
function inOrder(found: Partial<Record<Level, Limit>>, path: string): void {
  let above: { readonly level: Level; readonly value: number } | undefined;
  for (const level of LEVELS) {
    const one = found[level];
    const value = typeof one === 'object' && 'limit' in one ? one.limit : one;
    if (typeof value !== 'number') continue;
    if (above && value >= above.value) malformed(at(path, level), `${value} must be below ${above.level} (${above.value})`);
    above = { level, value };
  }
}

function rate(value: unknown, path: string): RateSpec {
  const map = record(value, path, ['limit', 'per', 'window', 'direction'], ['limit', 'per', 'window']);
  return {
    limit: expression(map.get('limit'), at(path, 'limit')),
    per: durationText(map.get('per'), at(path, 'per'), 1),
    window: durationText(map.get('window'), at(path, 'window'), 1),
    direction: map.has('direction') ? oneOf(map.get('direction'), at(path, 'direction'), DIRECTIONS) : 'both',
  };
}

function source(map: ReadonlyMap<string, unknown>, path: string): Partial<AlarmDefinition> {
  const kinds = KINDS.filter((kind) => map.has(kind));
  if (kinds.length !== 1) return malformed(path, `must have exactly one of ${KINDS.join(', ')}`);
  if (map.has('conditions')) {
    if (map.has('tag')) return malformed(at(path, 'tag'), 'is not a known key beside conditions');
    return { conditions: parseCondition(map.get('conditions'), at(path, 'conditions')) };
  }
  if (!map.has('tag')) return malformed(at(path, 'tag'), 'is missing');
  return {
    tag: string(map.get('tag'), at(path, 'tag')),
    ...optional(map, path, 'limits', limits),
    ...optional(map, path, 'deviation', (value, place) => {
      const one = record(value, place, ['from', 'limit'], ['from', 'limit']);
      return { from: string(one.get('from'), at(place, 'from')), limit: expression(one.get('limit'), at(place, 'limit')) };
    }),
    ...optional(map, path, 'rate', rate),
    ...optional(map, path, 'flat', (value, place) => {
      const one = record(value, place, ['for', 'within'], ['for', 'within']);
      return { for: durationText(one.get('for'), at(place, 'for'), 1), within: atLeastZero(one.get('within'), at(place, 'within')) };
    }),
    ...optional(map, path, 'stale', (value, place) => durationText(value, place, 1)),
  };
}

function atLeastZero(value: unknown, path: string): number {
  const found = number(value, path);
  return found >= 0 ? found : malformed(path, 'must not be below 0');
}

const texts = (map: ReadonlyMap<string, unknown>, path: string): Partial<AlarmDefinition> => ({
  ...optional(map, path, 'label', text),
  ...optional(map, path, 'cause', text),
  ...optional(map, path, 'consequence', text),
  ...optional(map, path, 'response', text),
  ...optional(map, path, 'responseTime', (value, place) => durationText(value, place)),
});

const behaviour = (map: ReadonlyMap<string, unknown>, path: string): Partial<AlarmDefinition> => ({
  ...optional(map, path, 'priority', (value, place) => oneOf(value, place, PRIORITIES)),
  ...optional(map, path, 'deadband', atLeastZero),
  ...optional(map, path, 'onDelay', (value, place) => durationText(value, place)),
  ...optional(map, path, 'offDelay', (value, place) => durationText(value, place)),
  ...optional(map, path, 'latch', boolean),
  ...optional(map, path, 'onBad', (value, place) => oneOf(value, place, ON_BAD)),
  ...optional(map, path, 'suppressWhen', parseCondition),
  ...optional(map, path, 'firstOut', boolean),
  ...optional(map, path, 'startsOn', (value, place) => list(value, place).map((one, index) => oneOf(one, at(place, index), LEVELS))),
});

/**
 * The shape of one definition, every key known, every reference (parameter, named condition) resolved.
 * Tags and processes are not looked up here: a registry test and the deployment do that.
 * @throws Problem RULE_INVALID with the path, `alarms[3].limits.hh`
 */
export function parseDefinition(value: unknown, path: string, named: NamedConditions): AlarmDefinition {
  const map = record(value, path, KNOWN, ['id']);
  const definition: AlarmDefinition = {
    id: string(map.get('id'), at(path, 'id')),
    ...source(map, path),
    ...texts(map, path),
    ...behaviour(map, path),
    ...optional(map, path, 'asset', string),
    ...optional(map, path, 'class', string),
    ...optional(map, path, 'group', string),
    ...optional(map, path, 'starts', string),
    ...optional(map, path, 'params', (all, place) =>
      Object.fromEntries([...members(all, place)].map(([name, one]) => [name, param(one, at(place, name))])),
    ),
  };
  checkUse(definition, path, named);
  return definition;
}

/** Every limit compiles, every reference of a condition leads somewhere. */
function checkUse(definition: AlarmDefinition, path: string, named: NamedConditions): void {
  const params = paramsOf(definition);
  const names = new Set(params.keys());
  for (const key of ['conditions', 'suppressWhen'] as const) {
    const tree = definition[key];
    if (tree) checkReferences(tree, named, at(path, key), { params: names });
  }
  for (const { level } of alarmIds(definition)) {
    const one = level === undefined ? undefined : definition.limits?.[level];
    if (level !== undefined && one !== undefined) compileExpression(limitOf(one), params, at(at(path, 'limits'), level));
  }
  const kind = kindOf(definition);
  if (definition.deviation) compileExpression(definition.deviation.limit, params, at(at(path, kind), 'limit'));
  if (definition.rate) compileExpression(definition.rate.limit, params, at(at(path, kind), 'limit'));
}

export const limitOf = (one: Limit): Expression => (typeof one === 'object' && 'limit' in one ? one.limit : one);

/** Several definitions; ids of definitions and of their alarms are unique. */
export function parseDefinitions(value: unknown, path: string, named: NamedConditions): AlarmDefinition[] {
  const definitions = list(value, path).map((one, index) => parseDefinition(one, at(path, index), named));
  const [ids, alarms] = [new Set<string>(), new Set<string>()];
  for (const [index, definition] of definitions.entries()) {
    if (ids.has(definition.id)) malformed(at(at(path, index), 'id'), `is used twice: ${definition.id}`);
    ids.add(definition.id);
    for (const { id } of alarmIds(definition)) {
      if (alarms.has(id)) malformed(at(at(path, index), 'id'), `gives an alarm id that is used twice: ${id}`);
      alarms.add(id);
    }
  }
  return definitions;
}
