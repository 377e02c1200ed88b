import type { Millis } from '../time.ts';
import type { AlarmDefinition, Condition, Json, NamedConditions } from './definition.ts';
import { alarmIds } from './definition.ts';
import { AlarmEngine } from './engine.ts';
import type { AlarmAction } from './engine.ts';
import { checkReferences, json, parseCondition, parseNamed } from './parse-condition.ts';
import { parseDefinitions } from './parse.ts';
import { at, duration, list, malformed, members, number, oneOf, record, string } from './read.ts';
import type { Refusal } from './state.ts';
import type { EngineSample } from './tag-cell.ts';
import type { AlarmTransition } from './types.ts';

type CaseAction = { readonly at: Millis; readonly action: AlarmAction | { readonly kind: 'restart' } };

/** A replay case (alarms.md 6), parsed. Samples are sorted by time; actions keep their order within one instant. */
export interface ReplayCase {
  readonly alarms: readonly AlarmDefinition[];
  readonly named: NamedConditions;
  readonly samples: readonly EngineSample[];
  readonly actions: readonly CaseAction[];
  readonly until?: Millis;
}

export interface ReplayResult {
  readonly transitions: readonly AlarmTransition[];
  readonly refused: readonly { readonly at: Millis; readonly action: AlarmAction['kind']; readonly alarm: string; readonly why: Refusal }[];
}

const QUALITIES = ['good', 'uncertain', 'bad'] as const;

function parseSample(value: unknown, path: string): EngineSample {
  const parts = list(value, path);
  if (parts.length !== 4) return malformed(path, 'must be [tag, at, value, quality]');
  return {
    tag: string(parts[0], at(path, 0)),
    at: number(parts[1], at(path, 1)),
    value: json(parts[2], at(path, 2)),
    quality: oneOf(parts[3], at(path, 3), QUALITIES),
  };
}

/** @throws Problem RULE_INVALID if a sample is earlier than the one before it. */
export function sorted(samples: readonly EngineSample[], place: (index: number) => string): readonly EngineSample[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, sample] of samples.entries()) {
    if (sample.at < last) return malformed(place(index), 'is earlier than the sample before it');
    last = sample.at;
  }
  return samples;
}

const VERBS = ['acknowledge', 'reset', 'shelve', 'unshelve', 'outOfService', 'inService', 'limit', 'restart'] as const;
const MORE: Readonly<Record<(typeof VERBS)[number], readonly string[]>> = {
  acknowledge: ['occurrence'],
  reset: [],
  shelve: ['for', 'reason'],
  unshelve: [],
  outOfService: ['reason'],
  inService: [],
  limit: ['value'],
  restart: [],
};

function parseAction(value: unknown, path: string, alarms: ReadonlySet<string>): CaseAction {
  const map = members(value, path);
  const verbs = VERBS.filter((one) => map.has(one));
  const verb = verbs[0];
  if (verb === undefined || verbs.length > 1) return malformed(path, `must have exactly one of ${VERBS.join(', ')}`);
  record(value, path, ['at', verb, ...MORE[verb]], ['at']);
  const when = number(map.get('at'), at(path, 'at'));
  if (verb === 'restart')
    return map.get('restart') === true ? { at: when, action: { kind: 'restart' } } : malformed(at(path, 'restart'), 'must be true');
  const alarm = string(map.get(verb), at(path, verb));
  if (!alarms.has(alarm)) return malformed(at(path, verb), `names no alarm: ${alarm}`);
  return { at: when, action: details(verb, alarm, map, path) };
}

function details(verb: AlarmAction['kind'], alarm: string, map: ReadonlyMap<string, unknown>, path: string): AlarmAction {
  if (verb === 'acknowledge') {
    const occurrence = number(map.get('occurrence'), at(path, 'occurrence'));
    return Number.isInteger(occurrence) ? { kind: verb, alarm, occurrence } : malformed(at(path, 'occurrence'), 'must be a whole number');
  }
  if (verb === 'limit') return { kind: verb, alarm, value: number(map.get('value'), at(path, 'value')) };
  if (map.has('reason') && typeof map.get('reason') !== 'string') return malformed(at(path, 'reason'), 'must be a text');
  if (verb !== 'shelve') return { kind: verb, alarm };
  const reason = map.get('reason');
  return {
    kind: verb,
    alarm,
    ...(map.has('for') ? { for: duration(map.get('for'), at(path, 'for')) } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}

/**
 * Parses a case. `samples` may be the name of a file; `load` gives its samples.
 * @throws Problem RULE_INVALID with the place: `alarms[3].limits.hh`
 */
export function parseReplayCase(value: unknown, load: (file: string) => readonly EngineSample[]): ReplayCase {
  const map = record(value, '', ['alarms', 'conditions', 'samples', 'actions', 'until'], ['alarms']);
  const named: NamedConditions = map.has('conditions') ? parseNamed(map.get('conditions'), 'conditions') : new Map();
  const alarms = parseDefinitions(map.get('alarms'), 'alarms', named);
  const ids = new Set(alarms.flatMap((definition) => alarmIds(definition).map(({ id }) => id)));
  const source = map.get('samples') ?? [];
  const samples =
    typeof source === 'string'
      ? load(source)
      : sorted(
          list(source, 'samples').map((one, index) => parseSample(one, at('samples', index))),
          (index) => at('samples', index),
        );
  const actions = list(map.get('actions') ?? [], 'actions').map((one, index) => parseAction(one, at('actions', index), ids));
  return {
    alarms,
    named,
    samples,
    actions: actions.toSorted((a, b) => a.at - b.at),
    ...(map.has('until') ? { until: number(map.get('until'), 'until') } : {}),
  };
}

/** Runs a case: at one instant timers, then samples, then actions; a restart goes through the stored form. */
export function runReplay(input: ReplayCase): ReplayResult {
  const transitions: AlarmTransition[] = [];
  const refused: ReplayResult['refused'][number][] = [];
  const listener = {
    transition: (transition: AlarmTransition) => {
      transitions.push(transition);
    },
  };
  const start = (): AlarmEngine => {
    const engine = new AlarmEngine(listener);
    engine.define(input.alarms, input.named);
    return engine;
  };
  let engine = start();
  let next = 0;
  const feed = (through: Millis): void => {
    for (let sample = input.samples[next]; sample && sample.at <= through; sample = input.samples[next]) {
      engine.sample(sample);
      next += 1;
    }
  };
  for (const { at: when, action } of input.actions) {
    feed(when);
    engine.advance(when);
    if (action.kind === 'restart') {
      const stored: ReturnType<AlarmEngine['snapshot']> = JSON.parse(JSON.stringify(engine.snapshot()));
      engine = start();
      engine.restore(stored);
      continue;
    }
    const why = engine.act(action, when);
    if (why !== undefined) refused.push({ at: when, action: action.kind, alarm: action.alarm, why });
  }
  feed(Number.POSITIVE_INFINITY);
  if (input.until !== undefined) engine.advance(input.until);
  return { transitions, refused };
}

/** A case of `nuanliu evaluate`, parsed. */
export interface EvaluateCase {
  readonly conditions: Condition;
  readonly named: NamedConditions;
  readonly facts: readonly ReadonlyMap<string, Json>[];
}

export function parseEvaluateCase(value: unknown): EvaluateCase {
  const map = record(value, '', ['conditions', 'named', 'facts'], ['conditions', 'facts']);
  const named: NamedConditions = map.has('named') ? parseNamed(map.get('named'), 'named') : new Map();
  const conditions = parseCondition(map.get('conditions'), 'conditions');
  checkReferences(conditions, named, 'conditions');
  const facts = list(map.get('facts'), 'facts').map((row, index) => {
    const path = at('facts', index);
    return new Map([...members(row, path)].map(([name, fact]) => [name, json(fact, at(path, name))] as const));
  });
  return { conditions, named, facts };
}
