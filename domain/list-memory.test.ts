import { describe, expect, it } from 'vitest';
import { listInMemory } from './list-memory.ts';
import type { ListShape } from './list.ts';

const shape: ListShape = { fields: { id: 'string', priority: 'number', state: 'string' }, sort: 'priority', limit: 2 };
const rows = [
  { id: 'c', priority: 1, state: 'unack' },
  { id: 'a', priority: 2, state: 'acked' },
  { id: 'b', priority: 2, state: 'unack' },
  { id: 'd', priority: 3, state: 'unack' },
];
const get = (row: (typeof rows)[number], field: string): unknown => Object.entries(row).find(([name]) => name === field)?.[1];

describe('a list in memory', () => {
  it('pages through everything once, ties by id', () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = listInMemory(rows, get, { after }, shape);
      seen.push(...page.items.map((row) => row.id));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(['c', 'a', 'b', 'd']);
  });
  it('filters and sorts downwards', () => {
    const { items } = listInMemory(rows, get, { filter: 'state:eq:unack', sort: '-priority', limit: 10 }, shape);
    expect(items.map((row) => row.id)).toEqual(['d', 'b', 'c']);
  });
  it('names what is wrong with sort and cursor', () => {
    expect(() => listInMemory(rows, get, { sort: 'constructor' }, shape)).toThrow('there is no field "constructor"');
    expect(() => listInMemory(rows, get, { after: '%' }, shape)).toThrow('the cursor is damaged');
  });
});
