import type { InstanceDetail } from '#contract/workflows';
import type { Text } from '#domain/text.ts';

export interface ElementMark {
  readonly element: string;
  readonly state: 'active' | 'completed' | 'terminated' | 'incident';
  /** How often it was entered. */
  readonly count: number;
  readonly at: number;
  readonly who?: string;
  readonly task?: string;
}
export interface ClockMark {
  readonly element: string;
  readonly at: number;
  readonly label: Text;
}

const RANK = { incident: 3, active: 2, completed: 1, terminated: 0 } as const;

/** One mark an element: its most urgent state now (incident, active, done), the count and the last time. */
export function elementMarks(elements: InstanceDetail['elements']): ElementMark[] {
  const marks = new Map<string, ElementMark>();
  for (const entry of elements) {
    const held = marks.get(entry.element);
    const at = Date.parse(entry.endedAt ?? entry.startedAt);
    const state = held && RANK[held.state] > RANK[entry.state] ? held.state : entry.state;
    marks.set(entry.element, {
      element: entry.element,
      state,
      count: (held?.count ?? 0) + 1,
      at: Math.max(at, held?.at ?? 0),
      ...(entry.who ? { who: entry.who.name } : held?.who === undefined ? {} : { who: held.who }),
      ...(entry.task !== undefined && entry.state === 'active'
        ? { task: entry.task }
        : held?.task === undefined
          ? {}
          : { task: held.task }),
    });
  }
  return [...marks.values()];
}

/** Clocks whose end is ahead or just passed, nearest first. */
export const clockMarks = (clocks: InstanceDetail['clocks']): ClockMark[] =>
  clocks.map((clock) => ({ element: clock.element, at: Date.parse(clock.at), label: clock.label })).sort((a, b) => a.at - b.at);
