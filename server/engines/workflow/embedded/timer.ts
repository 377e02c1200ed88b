import type { ModdleElement } from 'bpmn-moddle';
import type { Millis } from '#domain/time.ts';
import type { ElementType, Expression, TimerSpec } from './graph.ts';
import { child, expression, text } from './moddle.ts';
import type { Refuse } from './validate.ts';

const DURATION = /^([-+]?)P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** `at` plus an ISO 8601 duration (years and months by the calendar, UTC); undefined if it is none. */
export function addDuration(at: Millis, iso: string): Millis | undefined {
  const parts = DURATION.exec(iso.trim());
  if (!parts) return undefined;
  const sign = parts[1] === '-' ? -1 : 1;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(2).map((part) => Number(part ?? 0));
  const date = new Date(at);
  if (years || months) date.setUTCMonth(date.getUTCMonth() + sign * (years * 12 + months));
  return date.getTime() + sign * Math.round((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000);
}

export interface Due {
  readonly due: Millis;
  /** Times that it fires still, this one included; -1 without end. */
  readonly repetitions: number;
  /** Text of the interval of a cycle. */
  readonly interval?: string;
}

/** When a timer with this evaluated text fires; undefined if the text is none of its kind. */
export function dueOf(kind: TimerSpec['kind'], value: string, now: Millis): Due | undefined {
  if (kind === 'date') {
    const due = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})/.test(value) ? Date.parse(value.replace(/\[.*\]$/, '')) : Number.NaN;
    return Number.isNaN(due) ? undefined : { due, repetitions: 1 };
  }
  if (kind === 'duration') {
    const due = addDuration(now, value);
    return due === undefined ? undefined : { due, repetitions: 1 };
  }
  const cycle = /^R(\d*)\/(P.*)$/.exec(value);
  const due = cycle?.[2] === undefined ? undefined : addDuration(now, cycle[2]);
  if (!cycle || due === undefined) return undefined;
  return { due, repetitions: cycle[1] === '' ? -1 : Number(cycle[1]), interval: cycle[2] ?? '' };
}

const KINDS = [
  ['timeDuration', 'duration'],
  ['timeDate', 'date'],
  ['timeCycle', 'cycle'],
] as const;

export function parseTimer(
  definition: ModdleElement,
  id: string,
  type: ElementType,
  interrupting: boolean,
  refuse: Refuse,
  checked: (spec: Expression, element: string, refuse: Refuse) => Expression,
): TimerSpec {
  const given = KINDS.flatMap(([property, kind]) => {
    const element = child(definition, property);
    return element ? [{ kind, at: checked(expression(text(element, 'body').trim()), id, refuse) }] : [];
  });
  const [spec] = given;
  if (given.length !== 1 || !spec) {
    refuse(id, 'Must be exactly one type of timer: timeDuration, timeDate or timeCycle');
    return { kind: 'duration', at: { text: 'PT0S' } };
  }
  if (spec.kind === 'cycle' && (type !== 'boundaryEvent' || interrupting))
    refuse(
      id,
      type === 'boundaryEvent'
        ? 'Interrupting timer event with time cycle is not allowed.'
        : 'Intermediate timer catch event must have a time duration or a time date',
    );
  if ('text' in spec.at && dueOf(spec.kind, spec.at.text, 0) === undefined)
    refuse(id, `Invalid timer ${spec.kind} expression: '${spec.at.text}'`);
  return spec;
}
