import { checkReferences, json, parseCondition } from '#domain/alarm/parse-condition.ts';
import { factsOf } from '#domain/alarm/condition.ts';
import { at, list, malformed, members, number, oneOf, optional, record, string, text } from '#domain/alarm/read.ts';
import type { DecisionEvent, DecisionRule, Fact } from '#rules/define.ts';

const TYPES = ['number', 'string', 'boolean'] as const;

function fact(value: unknown, path: string): Fact {
  const map = record(value, path, ['type', 'unit', 'label'], ['type', 'label']);
  return {
    type: oneOf(map.get('type'), at(path, 'type'), TYPES),
    label: text(map.get('label'), at(path, 'label')),
    ...optional(map, path, 'unit', string),
  };
}

function event(value: unknown, path: string): DecisionEvent {
  const map = record(value, path, ['type', 'params'], ['type', 'params']);
  const place = at(path, 'params');
  const params = [...members(map.get('params'), place)].map(([name, one]) => {
    const scalar = json(one, at(place, name));
    return typeof scalar === 'object' ? malformed(at(place, name), 'must be a text, a number, true or false') : ([name, scalar] as const);
  });
  return { type: string(map.get('type'), at(path, 'type')), params: Object.fromEntries(params) };
}

/** The strict shape of a decision rule, before the library sees any of it. @throws Problem RULE_INVALID with the path */
export function parseDecision(value: unknown): DecisionRule {
  const map = record(value, '', ['id', 'label', 'facts', 'rules', 'processes'], ['id', 'label', 'facts', 'rules', 'processes']);
  const facts = [...members(map.get('facts'), 'facts')].map(([name, one]) => [name, fact(one, at('facts', name))] as const);
  const known = new Set(facts.map(([name]) => name));
  const rules = list(map.get('rules'), 'rules').map((one, index) => {
    const path = at('rules', index);
    const keys = ['name', 'priority', 'conditions', 'event'];
    const rule = record(one, path, keys, keys);
    const place = at(path, 'conditions');
    const conditions = parseCondition(rule.get('conditions'), place);
    checkReferences(conditions, new Map(), place);
    for (const name of factsOf(conditions, new Map())) if (!known.has(name)) malformed(place, `names a fact that is not declared: ${name}`);
    const priority = number(rule.get('priority'), at(path, 'priority'));
    if (!Number.isInteger(priority) || priority < 1) malformed(at(path, 'priority'), 'must be a whole number from 1');
    return { name: string(rule.get('name'), at(path, 'name')), priority, conditions, event: event(rule.get('event'), at(path, 'event')) };
  });
  return {
    id: string(map.get('id'), 'id'),
    label: text(map.get('label'), 'label'),
    facts: Object.fromEntries(facts),
    rules,
    processes: list(map.get('processes'), 'processes').map((one, index) => string(one, at('processes', index))),
  };
}
