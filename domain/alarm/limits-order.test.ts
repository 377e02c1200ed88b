import { expect, it } from 'vitest';
import { parseDefinition } from './parse.ts';

const rule = (limits: object): unknown => ({
  id: 'A1',
  label: { zh: '甲', en: 'A' },
  priority: 2,
  class: 'process',
  tag: 'A',
  limits,
  params: { top: 9 },
  cause: { zh: '因', en: 'cause' },
  consequence: { zh: '果', en: 'consequence' },
  response: { zh: '应', en: 'response' },
});
const parse = (limits: object): unknown => parseDefinition(rule(limits), '$', new Map());

it('takes limits that fall from hh to ll, and those that are known only later', () => {
  expect(parse({ hh: { limit: 4, priority: 1 }, h: 3, l: 2, ll: 1 })).toHaveProperty('limits');
  expect(parse({ hh: { param: 'top' }, h: 30, ll: 1 })).toHaveProperty('limits');
});

it.for([
  [{ hh: { limit: 0.5, priority: 1 }, h: 1 }, '$.limits.h', '1 must be below hh (0.5)'],
  [{ hh: 1, h: 1 }, '$.limits.h', '1 must be below hh (1)'],
  [{ hh: 9, ll: 10 }, '$.limits.ll', '10 must be below hh (9)'],
] as const)('refuses %j', ([limits, path, text]) => {
  expect(() => parse(limits)).toThrow(expect.objectContaining({ code: 'RULE_INVALID', message: text, place: { path } }));
});
