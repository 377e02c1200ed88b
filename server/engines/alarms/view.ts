import { startsOf } from '#domain/alarm/definition.ts';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import type { AlarmTransition, AlarmView } from '#domain/alarm/types.ts';
import type { AlarmUnit } from '#domain/alarm/unit.ts';
import type { Value } from '#domain/sample.ts';
import type { Notes } from './stored.ts';

/** Who caused a transition by an action, and why. */
export interface Actor {
  readonly by: { readonly id: string; readonly name: string };
  readonly reason?: string;
}

/** One alarm as pages and sockets show it. */
export function viewOf(
  alarm: AlarmUnit,
  notes: Notes,
  of: { readonly asset: string; readonly unit?: string; readonly revision?: string },
): AlarmView {
  const { definition, level, machine } = alarm;
  const limit = alarm.source.limit?.();
  const starts = startsOf(definition, level);
  const { n: _n, ...told } = notes;
  return {
    id: alarm.id,
    rule: definition.id,
    ...of,
    ...(definition.tag === undefined ? {} : { tag: definition.tag }),
    label: labelOf(definition, level),
    cause: definition.cause ?? NO_TEXT,
    consequence: definition.consequence ?? NO_TEXT,
    response: definition.response ?? NO_TEXT,
    ...(definition.responseTime === undefined ? {} : { responseTime: definition.responseTime }),
    priority: alarm.priority,
    class: definition.class ?? 'process',
    state: alarm.state,
    occurrence: machine.occurrence,
    active: machine.active,
    bad: alarm.bad,
    ...told,
    ...(limit === undefined ? {} : { limit }),
    ...(machine.shelvedUntil === undefined ? {} : { shelvedUntil: machine.shelvedUntil }),
    ...(starts === undefined ? {} : { starts }),
  };
}

const NO_TEXT = { zh: '', en: '' };
const LEVEL_TEXT = {
  hh: { zh: '高高', en: 'high-high' },
  h: { zh: '高', en: 'high' },
  l: { zh: '低', en: 'low' },
  ll: { zh: '低低', en: 'low-low' },
} as const;

function labelOf(definition: AlarmDefinition, level: AlarmUnit['level']): AlarmView['label'] {
  const label = definition.label ?? { zh: definition.id, en: definition.id };
  if (level === undefined) return label;
  return { zh: `${label.zh}${LEVEL_TEXT[level].zh}`, en: `${label.en} ${LEVEL_TEXT[level].en}` };
}

/** Who and when, kept beside the machine. A new occurrence forgets the last one's acknowledgement. */
export function notesAfter(
  before: Notes,
  transition: AlarmTransition,
  value: Value | undefined,
  action: string | undefined,
  actor: Actor | undefined,
): Notes {
  const base = { n: before.n + 1, at: transition.at };
  const kept = before.raisedAt === undefined ? {} : { raisedAt: before.raisedAt };
  const measured = before.value === undefined ? {} : { value: before.value };
  const acknowledged = before.acknowledgedBy === undefined ? {} : { acknowledgedBy: before.acknowledgedBy };
  const reason = actor?.reason === undefined ? {} : { reason: actor.reason };
  if (transition.to === 'unack') return { ...base, raisedAt: transition.at, ...(value === undefined ? {} : { value }) };
  if (transition.to === 'shelved' || transition.to === 'out-of-service') {
    const by = actor && transition.to === 'shelved' ? { shelvedBy: actor.by.name } : {};
    return { ...base, ...kept, ...measured, ...acknowledged, ...by, ...reason };
  }
  return {
    ...base,
    ...kept,
    ...measured,
    ...(actor !== undefined && action === 'acknowledge' ? { acknowledgedBy: actor.by.name } : acknowledged),
  };
}
