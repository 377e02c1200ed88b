import * as fc from 'fast-check';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { isProblem } from '#domain/errors.ts';
import { parseJson } from './body.ts';
import { languageOf } from './errors.ts';
import { hostName } from './guard.ts';
import { checkerOf, parseQuery } from './schema.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (isProblem(error)) return `${error.code} ${error.place?.path ?? ''}`.trim();
    throw error;
  }
};

describe('a closed schema', () => {
  it('closes objects in lists, unions, records and intersections', () => {
    const inner = Type.Object({ a: Type.Integer() });
    const check = checkerOf(
      Type.Object({
        list: Type.Optional(Type.Array(inner)),
        union: Type.Optional(Type.Union([inner, Type.Null()])),
        record: Type.Optional(Type.Record(Type.String(), inner)),
        both: Type.Optional(Type.Intersect([inner, Type.Object({ b: Type.Integer() })])),
        free: Type.Optional(Type.Unknown()),
      }),
      'X',
      400,
    );
    const of = (value: unknown): string => codeOf(() => check?.(value));
    expect(of({ list: [{ a: 1 }], union: null, record: { k: { a: 1 } }, both: { a: 1, b: 2 }, free: { any: { thing: 1 } } })).toBe('ok');
    expect(of({ list: [{ a: 1, z: 1 }] })).toBe('X /list/0/z');
    expect(of({ union: { a: 1, z: 1 } })).toMatch(/^X \/union/);
    expect(of({ record: { k: { a: 1, z: 1 } } })).toBe('X /record/k/z');
    expect(of({ both: { a: 1, b: 2, z: 1 } })).toMatch(/^X/);
  });
});

describe('JSON from outside', () => {
  it('is what JSON.parse says for everything that is allowed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        const text = JSON.stringify(value);
        const result = codeOf(() => expect(parseJson(text)).toEqual(JSON.parse(text)));
        expect(result === 'ok' || (result.startsWith('JSON_KEY') && /__proto__|constructor|prototype/.test(text))).toBe(true);
      }),
    );
  });

  it('does not count brackets in texts', () => {
    expect(codeOf(() => parseJson(JSON.stringify({ text: `${'['.repeat(100)}"\\` })))).toBe('ok');
    expect(codeOf(() => parseJson(`${'['.repeat(32)}${']'.repeat(32)}`))).toBe('ok');
    expect(codeOf(() => parseJson(`${'['.repeat(33)}${']'.repeat(33)}`))).toBe('JSON_DEPTH');
  });

  it('never throws anything but a problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(codeOf(() => parseJson(text))).toMatch(/^(?:ok$|JSON_)/);
      }),
    );
  });
});

it('numbers in a query are decimal and finite', () => {
  const schema = Type.Object({ n: Type.Number() });
  const n = (text: string): unknown => parseQuery(new URLSearchParams({ n: text }), schema)['n'];
  expect(['1', '-1.5', '2e3'].map(n)).toEqual([1, -1.5, 2000]);
  for (const text of ['', ' 1', '0x10', 'Infinity', 'NaN', '1,2', '1e', '١']) expect(n(text)).toBe(text);
});

it('the language is the preferred of the two, Chinese without one', () => {
  expect([undefined, '', 'fr', '*', 'en', 'zh-CN,en', 'en;q=0.1,zh;q=0.2', 'en-US,zh;q=0.9', 'en;q=x'].map(languageOf)).toEqual([
    'zh',
    'zh',
    'zh',
    'zh',
    'en',
    'zh',
    'zh',
    'en',
    'zh',
  ]);
});

it('the name of a Host is read strictly', () => {
  expect(['localhost', 'LocalHost:80', '[::1]:8080', '10.0.0.1'].map(hostName)).toEqual(['localhost', 'localhost', '[::1]', '10.0.0.1']);
  for (const host of [undefined, '', 'a b', 'a/b', 'user@localhost', 'localhost:', 'localhost:8080:1', '::1', 'localhost\u0000'])
    expect(hostName(host)).toBeUndefined();
});
