import { defineDecision } from '../define.ts';

/** `action` is what the process proposes to the person on site: an option of its form. */
const start = (priority: number, level: 'I' | 'II') =>
  ({
    type: 'respond',
    params: { process: 'emergency-response', priority, level, measure: 'isolate-branch', action: 'close-valve' },
  }) as const;

/**
 * Which process answers a leak of a unit's secondary side, and with which priority. Facts are values at the rise of the alarm.
 * The first event counts: rules answer in order of their priority.
 */
export const leakResponse = defineDecision({
  id: 'leak-response',
  label: { zh: '二次网泄漏处置', en: 'Response to a leak of the secondary side' },
  processes: ['emergency-response', 'setpoint-change'],
  facts: {
    makeUp: { type: 'number', unit: 't/h', label: { zh: '补水流量', en: 'make-up flow' } },
    pressure: { type: 'number', unit: 'MPa', label: { zh: '二次回压', en: 'secondary return pressure' } },
    outdoor: { type: 'number', unit: '°C', label: { zh: '室外温度', en: 'outdoor temperature' } },
    area: { type: 'number', unit: 'm²', label: { zh: '机组供热面积', en: 'heated area of the unit' } },
  },
  rules: [
    {
      name: 'pressure-lost',
      priority: 40,
      event: start(1, 'I'),
      conditions: {
        all: [
          { fact: 'makeUp', operator: 'greaterThan', value: 1 },
          { fact: 'pressure', operator: 'lessThan', value: 0.2 },
        ],
      },
    },
    {
      name: 'large-leak',
      priority: 30,
      event: start(1, 'I'),
      conditions: {
        any: [
          { fact: 'makeUp', operator: 'greaterThan', value: 5 },
          {
            all: [
              { fact: 'makeUp', operator: 'greaterThan', value: 2 },
              { fact: 'area', operator: 'greaterThanInclusive', value: 50_000 },
            ],
          },
        ],
      },
    },
    {
      name: 'leak-in-frost',
      priority: 20,
      event: start(1, 'I'),
      conditions: {
        all: [
          { fact: 'makeUp', operator: 'greaterThan', value: 2 },
          { fact: 'outdoor', operator: 'lessThan', value: -5 },
        ],
      },
    },
    {
      name: 'leak',
      priority: 10,
      event: start(2, 'II'),
      conditions: { all: [{ fact: 'makeUp', operator: 'greaterThan', value: 2 }] },
    },
    {
      name: 'seepage',
      priority: 5,
      event: {
        type: 'respond',
        params: { process: 'setpoint-change', priority: 3, level: 'III', measure: 'lower-setpoint', action: 'setpoint' },
      },
      conditions: {
        all: [
          { fact: 'makeUp', operator: 'greaterThan', value: 1 },
          { fact: 'makeUp', operator: 'lessThanInclusive', value: 2 },
        ],
      },
    },
  ],
});
