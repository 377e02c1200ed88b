import { expect, test } from 'vitest';
import { clockMarks, elementMarks } from './overlays.ts';

const label = { zh: '审批', en: 'Approve' };
const entry = (element: string, state: 'active' | 'completed' | 'terminated' | 'incident', startedAt: string, more: object = {}) => ({
  element,
  label,
  type: 'userTask',
  state,
  startedAt,
  ...more,
});

test('an element that is entered again shows that it is active now and how often it was entered', () => {
  const marks = elementMarks([
    entry('confirm', 'completed', '2026-01-12T08:00:00.000Z', { endedAt: '2026-01-12T08:01:00.000Z', who: { id: 'w', name: '王建军' } }),
    entry('approve', 'completed', '2026-01-12T08:01:00.000Z', { endedAt: '2026-01-12T08:02:00.000Z' }),
    entry('confirm', 'active', '2026-01-12T08:02:00.000Z', { task: '42' }),
  ]);
  expect(marks).toEqual([
    { element: 'confirm', state: 'active', count: 2, at: Date.parse('2026-01-12T08:02:00.000Z'), who: '王建军', task: '42' },
    { element: 'approve', state: 'completed', count: 1, at: Date.parse('2026-01-12T08:02:00.000Z') },
  ]);
});

test('an incident outranks everything', () => {
  expect(
    elementMarks([entry('write', 'incident', '2026-01-12T08:00:00.000Z'), entry('write', 'terminated', '2026-01-12T08:01:00.000Z')])[0]
      ?.state,
  ).toBe('incident');
});

test('the nearest clock is first', () => {
  const clock = (element: string, at: string) => ({ element, label, startedAt: '2026-01-12T08:00:00.000Z', at, interrupting: false });
  expect(clockMarks([clock('b', '2026-01-12T20:00:00.000Z'), clock('a', '2026-01-12T08:15:00.000Z')]).map((one) => one.element)).toEqual([
    'a',
    'b',
  ]);
});
