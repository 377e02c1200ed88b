import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { history, type HistoryCommand } from '#cli/history.ts';
import { startHistoryPlatform, type HistoryPlatform } from './history-platform.ts';

const T0 = Date.UTC(2026, 0, 10);
const TAG = 'STA001.1T_S';
const samples = Array.from({ length: 360 }, (_, i): Sample => ({
  tag: TAG,
  at: T0 + i * 10_000,
  value: i === 100 ? 99.5 : 80 + (i % 3),
  quality: i === 7 ? 'uncertain' : 'good',
}));

let platform: HistoryPlatform;
let env: Record<string, string>;
let text = '';
let errors: string[] = [];
const out = {
  line: (line: string) => void (text += `${line}\n`),
  error: (line: string) => void errors.push(line),
  stream: new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  }),
};
const run = (name: HistoryCommand, ...args: string[]): Promise<number> => history(name, args, out, { env, now: T0 + 3_600_000 });

beforeAll(async () => {
  platform = await startHistoryPlatform(samples);
  env = { NUANLIU_URL: platform.kit.base, NUANLIU_TOKEN: await platform.token('reader', 'live.read', 'export.request') };
});
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => {
  text = '';
  errors = [];
});

describe('nuanliu history', () => {
  it('prints raw samples as CSV in the zone', async () => {
    expect(await run('raw', TAG, '--last', '1h', '--zone', 'Europe/Berlin')).toBe(0);
    const lines = text.split('\r\n');
    expect(lines[0]).toBe(`\uFEFF"time (Europe/Berlin)","${TAG} [°C]","${TAG} quality"`);
    expect(lines[1]).toBe('2026-01-10 01:00:00.000+01:00,80,good');
    expect(lines).toHaveLength(362);
  });

  it('keeps the spike when it prints few points', async () => {
    expect(await run('raw', TAG, '--from', String(T0), '--to', String(T0 + 3_600_000), '--points', '20', '--format', 'json')).toBe(0);
    expect(text).toContain('99.5');
    expect(JSON.parse(text).series[0].at.length).toBeLessThanOrEqual(20);
  });

  it('prints aggregates of several sorts', async () => {
    expect(await run('aggregate', TAG, '--every', '30m', '--aggregate', 'max,count', '--last', '1h', '--zone', 'UTC')).toBe(0);
    expect(text.split('\r\n').slice(0, 3)).toEqual([
      `\uFEFF"time (UTC)","${TAG} max [°C]","${TAG} max quality","${TAG} count","${TAG} count quality"`,
      '2026-01-10 00:00:00.000+00:00,99.5,good,180,good',
      '2026-01-10 00:30:00.000+00:00,82,good,180,good',
    ]);
  });

  it('prints the last sample as of a time, and nothing for a tag that has none', async () => {
    expect(await run('asof', TAG, 'STA002.1T_S', '--at', String(T0 + 75_000), '--zone', 'Asia/Shanghai')).toBe(0);
    expect(text).toBe(
      `tag,unit,"time (Asia/Shanghai)",value,quality\n"${TAG}","°C",2026-01-10 08:01:10.000+08:00,81,uncertain\n"STA002.1T_S","°C",,,\n`,
    );
  });

  it('exports to a file and says how far it is', async () => {
    const file = join(platform.dir, 'day.csv');
    expect(await run('export', TAG, '--last', '1h', '--every', '30m', '--aggregate', 'max', '--out', file)).toBe(0);
    const lines = (await readFile(file, 'utf8')).split('\r\n');
    expect(lines[0]).toContain('"reader (token:reader)"');
    expect(lines[3]).toBe('2026-01-10 08:00:00.000+08:00,99.5,good');
    expect(text).toMatch(/day\.csv: \d+ bytes\n$/);
    expect(errors.at(-1)).toBe('100 %');
  });

  it.each([
    ['export', [TAG, '--last', '1h'], '--out FILE is needed'],
    ['export', [TAG, '--last', '1h', '--out', 'x.pdf'], 'csv, xlsx, parquet'],
    ['export', [TAG, '--last', '1h', '--out', 'x.csv', '--limit', 'much'], 'no number'],
    ['raw', [], 'at least one tag'],
    ['raw', [TAG], 'a range is needed'],
    ['raw', [TAG, '--last', 'long'], "'24h'"],
    ['raw', [TAG, '--last', '1h', '--every', '1h'], 'takes no --every'],
    ['aggregate', [TAG, '--last', '1h'], '--every is needed'],
    ['aggregate', [TAG, '--last', '1h', '--every', '1h', '--aggregate', 'average'], 'AGGREGATE_INVALID'],
    ['aggregate', [TAG, '--last', '1h', '--every', '3h'], 'QUERY_INVALID'],
    ['asof', ['NO.SUCH'], 'TAG_UNKNOWN'],
    ['asof', [TAG, '--format', 'xml'], 'there are csv and json'],
    ['asof', [TAG, '--url', 'http://127.0.0.1:1'], 'does not answer'],
    ['asof', [TAG, '--unknown', 'x'], 'unknown'],
  ] as const)('%s %j ends with 2 and one line', async (name, args, hint) => {
    expect(await run(name, ...args)).toBe(2);
    expect([text, errors.length, errors[0]]).toEqual(['', 1, expect.stringContaining(hint)]);
  });

  it('says that the token is missing, or may not', async () => {
    const token = await platform.token('other', 'samples.write');
    expect(await history('asof', [TAG], out, { env: { ...env, NUANLIU_TOKEN: '' }, now: T0 })).toBe(2);
    expect(await history('asof', [TAG], out, { env: { ...env, NUANLIU_TOKEN: token }, now: T0 })).toBe(2);
    expect(errors).toEqual([expect.stringContaining('NUANLIU_TOKEN'), expect.stringContaining('RIGHT_MISSING')]);
  });
});
