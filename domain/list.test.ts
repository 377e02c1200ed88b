import { describe, expect, it } from 'vitest';
import { planList } from './list.ts';
import type { ListShape } from './list.ts';

const shape: ListShape = { fields: { state: 'string', at: 'time', n: 'number', on: 'boolean' }, sort: '-at', limit: 2 };

describe('the query of a list', () => {
  it('becomes a filter, a sort and a page', () => {
    const plan = planList({ filter: 'state:in:waiting,queued;at:gte:2026-01-01T00:00:00.000Z;on:eq:true' }, shape);
    expect(plan.filter).toEqual({
      $and: [{ state: { $in: ['waiting', 'queued'] } }, { at: { $gte: Date.UTC(2026, 0, 1) } }, { on: { $eq: true } }],
    });
    expect(plan.sort).toEqual({ at: -1, _id: -1 });
    expect(plan.read).toBe(3);
  });

  it('goes on after the last row of a page', () => {
    const rows = [
      { _id: 'c', at: 30 },
      { _id: 'b~%', at: 20 },
      { _id: 'a', at: 20 },
    ];
    const first = planList({}, shape).page(rows);
    expect(first.rows).toEqual(rows.slice(0, 2));
    expect(first.next).toBeDefined();
    expect(planList({ after: first.next }, shape).filter).toEqual({
      $and: [{}, { $or: [{ at: { $lt: 20 } }, { at: 20, _id: { $lt: 'b~%' } }] }],
    });
    expect(planList({}, shape).page(rows.slice(0, 2)).next).toBeUndefined();
  });

  it.each([
    [{ sort: '-nope' }, 'sort'],
    [{ limit: 1001 }, 'limit'],
    [{ limit: 0 }, 'limit'],
    [{ after: 'state,x,1' }, 'after'],
    [{ after: '%' }, 'after'],
  ])('names the place of the fault in %o', (query, path) => {
    expect(() => planList(query, shape)).toThrow(expect.objectContaining({ code: 'LIST_QUERY', place: { path } }));
  });

  it('leaves the filter to its own grammar', () => {
    expect(() => planList({ filter: 'nope:eq:1' }, shape)).toThrow(expect.objectContaining({ code: 'FILTER_FIELD' }));
  });
});
