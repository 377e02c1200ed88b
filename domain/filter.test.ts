import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeFilterValue, matchesFilter, parseFilter, storeFilter, type FilterFields } from './filter.ts';

const fields: FilterFields = { state: 'string', priority: 'number', open: 'boolean', at: 'time' };

describe('filter grammar', () => {
  it('reads clauses, lists, escapes and values with colons', () => {
    expect(parseFilter('state:in:unack,acked;priority:lte:2;at:gte:2026-01-01T00:00:00.000Z', fields)).toEqual([
      { field: 'state', op: 'in', values: ['unack', 'acked'] },
      { field: 'priority', op: 'lte', values: [2] },
      { field: 'at', op: 'gte', values: [Date.UTC(2026, 0, 1)] },
    ]);
    expect(parseFilter('state:eq:a\\;b:c\\\\', fields)).toEqual([{ field: 'state', op: 'eq', values: ['a;b:c\\'] }]);
    expect(parseFilter('', fields)).toEqual([]);
  });

  it.each([
    ['state', 'FILTER_SYNTAX', 1],
    ['state:is:x', 'FILTER_SYNTAX', 7],
    ['open:eq:true;owner:eq:x', 'FILTER_FIELD', 14],
    ['__proto__:eq:x', 'FILTER_FIELD', 1],
    ['priority:eq:high', 'FILTER_VALUE', 13],
    ['priority:eq:', 'FILTER_VALUE', 13],
    ['open:eq:yes', 'FILTER_VALUE', 9],
    ['at:gt:yesterday', 'FILTER_VALUE', 7],
  ])('%s is refused with %s at column %i', (text, code, column) => {
    expect(() => parseFilter(text, fields)).toThrow(expect.objectContaining({ code, status: 400, place: { path: 'filter', column } }));
  });

  it('reads back every escaped value', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        expect(parseFilter(`state:in:${values.map(escapeFilterValue).join(',')}`, fields)).toEqual([{ field: 'state', op: 'in', values }]);
      }),
    );
  });

  it.each([
    ['state:eq:unack', true],
    ['state:ne:unack', false],
    ['state:nin:acked,normal', true],
    ['state:has:NAC', true],
    ['priority:gt:1;priority:lt:3', true],
    ['priority:gte:3', false],
    ['open:exists:false', true],
    ['open:eq:true', false],
  ])('%s -> %s', (text, expected) => {
    const record: Readonly<Record<string, unknown>> = { state: 'unack', priority: 2 };
    expect(matchesFilter(parseFilter(text, fields), (f) => record[f])).toBe(expected);
  });

  it('becomes a filter of the store', () => {
    expect(storeFilter(parseFilter('state:in:a,b;priority:gt:1;open:exists:true;state:has:a.b', fields), (f) => `view.${f}`)).toEqual({
      $and: [
        { 'view.state': { $in: ['a', 'b'] } },
        { 'view.priority': { $gt: 1 } },
        { 'view.open': { $ne: null } },
        { 'view.state': { $regex: 'a\\.b', $options: 'i' } },
      ],
    });
    expect(storeFilter([])).toEqual({});
  });
});
