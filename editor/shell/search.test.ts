import { expect, test } from 'vitest';
import { type Entry, search } from './search.ts';

const entries: Entry[] = [
  { kind: 'page', id: '/alarms', label: '报警', code: '/alarms', to: '/alarms', keys: ['报警', '/alarms', 'bj'] },
  {
    kind: 'station',
    id: 'STA007',
    label: '枫林苑换热站',
    code: 'STA007',
    to: '/m/STA007',
    keys: ['枫林苑换热站', 'fenglin court station', 'sta007', 'flyhrz'],
  },
  {
    kind: 'station',
    id: 'STA001',
    label: '和平里换热站',
    code: 'STA001',
    to: '/m/STA001',
    keys: ['和平里换热站', 'hepingli station', 'sta001', 'hplhrz'],
  },
];

test.each([
  ['枫林', 'STA007'],
  ['fly', 'STA007'],
  ['STA007', 'STA007'],
  ['station heping', 'STA001'],
  ['bj', '/alarms'],
])('%s finds %s', (query, id) => expect(search(entries, query, 5)[0]?.id).toBe(id));

test('nothing typed lists pages and stations; every word has to match', () => {
  expect(search(entries, '', 9)).toHaveLength(3);
  expect(search(entries, '枫林 hepingli', 9)).toEqual([]);
});
