import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { alarmIds } from '#domain/alarm/definition.ts';
import { codecs } from '#server/link/codec.ts';
import { percentile } from './bench/measure.ts';
import { benchAlarms, benchTags, STATIONS, TAGS_A_STATION } from './bench/spine/plant.ts';
import { SampleSource } from './bench/spine/samples.ts';

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('bench/main.ts', import.meta.url)), ...args], { encoding: 'utf8' });

it.each([[['nothing']], [[]], [['spine', '--seconds', 'many']], [['spine', '--fast']]])('%j: exit 2 and the names', (args) => {
  const { status, stdout, stderr } = bench(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('benchmarks: documents, history, spine\n');
});

it('takes percentiles by the nearest rank', () => {
  expect([50, 95, 100].map((p) => percentile([3, 1, 2, 4], p))).toEqual([2, 4, 4]);
  expect(() => percentile([], 95)).toThrow('nothing was measured');
});

it('has a plant of a thousand stations with eight rules each, whose samples are valid and of known tags', () => {
  const tags = benchTags();
  expect(tags.size).toBe(STATIONS * TAGS_A_STATION);
  const definitions = benchAlarms();
  expect(definitions.length).toBe(STATIONS * 8);
  expect(definitions.flatMap(alarmIds).length).toBe(STATIONS * 14);
  const named = definitions.flatMap(({ tag }) => tag ?? []);
  expect(named.filter((tag) => !tags.has(tag))).toEqual([]);
  const source = new SampleSource(10, 20, 1, 0);
  const samples = source.take(1000, 1000);
  expect(source.stopped).toBe(1);
  expect(samples.filter(({ tag, value }) => tag.endsWith('.STOPPED') && value === true).map(({ tag }) => tag)).toEqual(['STA0011.STOPPED']);
  expect(samples.filter(({ tag, value }) => typeof value !== tags.get(tag)?.type)).toEqual([]);
  expect(codecs.batch.encode({ v: 1, runtime: 'bench-1', seq: 1, samples }).length).toBeLessThan(256 * 1024);
  expect(new SampleSource(10, 20, 1, 0).take(1000, 1000)).toEqual(samples);
});
