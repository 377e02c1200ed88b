import { describe, expect, test } from 'vitest';
import { parseRow, TagStore } from './live-store.ts';

const sample = (tag: string, at: number, value: number) => ({ tag, at, value, quality: 'good' as const });

describe('rows of the web socket', () => {
  test('time as milliseconds or ISO text', () => {
    expect(parseRow(['A', 1000, 1.5, 'good'])).toEqual({ tag: 'A', at: 1000, value: 1.5, quality: 'good' });
    expect(parseRow(['A', '1970-01-01T00:00:01.000Z', null, 'bad'])).toEqual({ tag: 'A', at: 1000, value: null, quality: 'bad' });
  });

  test.each([[['A', 1, 2]], [['A', 'x', 1, 'good']], [[1, 1, 1, 'good']], [['A', 1, {}, 'good']], [['A', 1, 1, 'fine']], ['A'], [null]])(
    '%j is no row',
    (row) => {
      expect(parseRow(row)).toBeUndefined();
    },
  );
});

describe('tag store', () => {
  test('tells only who looks at the tag, once a batch', () => {
    const store = new TagStore(() => undefined);
    const heard: string[] = [];
    store.subscribe(['A', 'B'], () => heard.push('ab'));
    store.subscribe(['C'], () => heard.push('c'));
    store.put([sample('A', 1, 1), sample('A', 2, 2), sample('D', 1, 1)]);
    expect(heard).toEqual(['ab']);
    expect(store.get('A')).toEqual({ at: 2, value: 2, quality: 'good' });
  });

  test('an older sample does not replace a newer one, and the snapshot keeps its identity', () => {
    const store = new TagStore(() => undefined);
    store.put([sample('A', 5, 1)]);
    const before = store.get('A');
    let heard = 0;
    store.subscribe(['A'], () => (heard += 1));
    store.put([sample('A', 4, 9)]);
    expect(store.get('A')).toBe(before);
    expect(heard).toBe(0);
  });

  test('the server is asked with the first listener and released with the last', () => {
    const asked: string[] = [];
    const store = new TagStore((tags, wanted) => asked.push(`${wanted ? '+' : '-'}${tags.join(',')}`));
    const one = store.subscribe(['A', 'B'], () => undefined);
    const two = store.subscribe(['B'], () => undefined);
    expect(store.wantedTags()).toEqual(['A', 'B']);
    one();
    two();
    expect(asked).toEqual(['+A,B', '-A', '-B']);
    expect(store.wantedTags()).toEqual([]);
  });
});
