import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import { bindTag, nozzle, parseMimic, pipePath } from './model.ts';

const folder = new URL('../../../screens/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.mimic.json'));
const tags = new Set(demoPlant.tags.map((tag) => tag.id));
const parse = (file: string) => parseMimic(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

describe.each(files)('%s', (file) => {
  test('parses: known symbols, pipes end at nozzles, ids unique', () => {
    const mimic = parse(file);
    expect(new Set(mimic.symbols.map((symbol) => symbol.id)).size).toBe(mimic.symbols.length);
    for (const pipe of mimic.pipes) expect(pipePath(mimic, pipe)).toMatch(/^M[\d.-]+ [\d.-]+L/);
  });

  test('every bound tag exists in the plant', () => {
    const bound = parse(file).symbols.flatMap((symbol) =>
      Object.entries(symbol.bind).flatMap(([key, template]) => (key === 'asset' ? [] : [bindTag(template, 'STA007')])),
    );
    expect(bound.length).toBeGreaterThan(10);
    expect(bound.filter((tag) => !tags.has(tag))).toEqual([]);
  });
});

describe('parse', () => {
  const good = {
    schema: 1,
    id: 'x',
    title: { zh: '画', en: 'x' },
    size: [10, 10],
    symbols: [{ id: 'a', type: 'pump', x: 5, y: 5, rot: 90 }],
    pipes: [],
  };

  test('a rotated nozzle turns with its symbol', () => {
    expect(nozzle(parseMimic(good), 'a.N2')).toEqual([5, 20]);
  });

  test.each([
    [{ ...good, symbols: [{ id: 'a', type: 'rocket', x: 1, y: 1 }] }, 'symbols[0].type: unknown symbol rocket'],
    [{ ...good, pipes: [{ from: 'a.N9', to: 'a.N1', medium: 'supply' }] }, 'pipes[0]: no nozzle a.N9'],
    [{ ...good, title: { zh: '画' } }, 'title: needs zh and en'],
    [{ ...good, schema: 2 }, 'mimic: needs schema 1 and an id'],
  ])('names the place of a fault', (value, message) => {
    expect(() => parseMimic(value)).toThrow(message);
  });
});
