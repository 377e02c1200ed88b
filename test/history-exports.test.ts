import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { streamXlsxRows } from 'hucre/xlsx';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { startHistoryPlatform, type HistoryPlatform } from './history-platform.ts';

const T0 = Date.UTC(2026, 0, 10);
const TAGS = ['STA001.1T_S', 'STA002.1T_S'];
const samples = Array.from({ length: 200 }, (_, i): Sample => ({
  tag: TAGS[i % 2] ?? '',
  at: T0 + i * 10_000,
  value: i === 40 ? -7.25 : 80 + (i % 3),
  quality: i === 7 ? 'uncertain' : 'good',
}));

let platform: HistoryPlatform;
let dispatcher: string;
beforeAll(async () => {
  platform = await startHistoryPlatform(samples);
  dispatcher = await platform.kit.become('dispatcher');
});
afterAll(() => platform[Symbol.asyncDispose]());

const call = (method: string, path: string, as: string, body?: unknown) =>
  platform.kit.call(method, path, { as, ...(body === undefined ? {} : { body }) });
const ask = { tags: TAGS, from: String(T0), to: String(T0 + 2_000_000), zone: 'Asia/Shanghai' };

/** Waits for the end of a work; the poll itself is what a client does. */
async function ended(id: string, as: string): Promise<Readonly<Record<string, unknown>>> {
  let work: Readonly<Record<string, unknown>> = {};
  await expect
    .poll(
      async () => {
        work = (await call('GET', `/api/work/${id}`, as)).body;
        return work['ended'];
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBeDefined();
  return work;
}

async function exported(format: string, more: object = {}): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await call('POST', '/api/history/exports', dispatcher, { ...ask, format, ...more });
  expect(answer).toMatchObject({ status: 202, body: { kind: 'history-export' } });
  expect(answer.headers.get('location')).toBe(`/api/work/${String(answer.body['id'])}`);
  const work = await ended(String(answer.body['id']), dispatcher);
  expect(work).toMatchObject({ state: 'done', progress: 1 });
  const file = await fetch(platform.kit.base + String(work['result']), { headers: { cookie: dispatcher } });
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="history-2026-01-10-2026-01-10.${format}"`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect(bytes.byteLength).toBe(work['size']);
  return bytes;
}

describe('exports of history', () => {
  it('as CSV say who, when, units and zone above the rows', async () => {
    const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await exported('csv')).split('\r\n');
    expect(lines[0]).toMatch(/^\uFEFF"导出","王建军 \(wang\.jianjun\)","'?2026-01-12 16:00:00\.000\+08:00"$/);
    expect(lines[1]).toContain('"Asia/Shanghai"');
    expect(lines[2]).toBe('"时间 (Asia/Shanghai)","STA001.1T_S [°C]","STA001.1T_S 质量","STA002.1T_S [°C]","STA002.1T_S 质量"');
    expect(lines[3]).toBe('2026-01-10 08:00:00.000+08:00,80,good,,');
    expect(lines[3 + 40]).toBe('2026-01-10 08:06:40.000+08:00,-7.25,good,,');
    expect(lines).toHaveLength(3 + 200 + 1);
  });

  it('as XLSX hold numbers and local dates', async () => {
    const rows: (readonly unknown[])[] = [];
    for await (const row of streamXlsxRows(await exported('xlsx'))) rows.push(row.values);
    expect(rows[2]?.slice(0, 2)).toEqual(['时间 (Asia/Shanghai)', 'STA001.1T_S [°C]']);
    expect(rows).toHaveLength(203);
    const [time, value, quality] = rows[3 + 40] ?? [];
    expect([value, quality]).toEqual([-7.25, 'good']);
    const serial = time instanceof Date ? time.getTime() : (Number(time) - 25_569) * 86_400_000;
    expect(Math.round(serial / 1000)).toBe((Date.UTC(2026, 0, 10, 8) + 400_000) / 1000);
  });

  it('as Parquet hold typed columns with units in the metadata', async () => {
    const { buffer } = await exported('parquet');
    const metadata = await parquetMetadataAsync(buffer);
    expect(metadata.key_value_metadata?.find((one) => one.key === 'nuanliu.units')?.value).toBe(
      JSON.stringify({ 'STA001.1T_S': '°C', 'STA002.1T_S': '°C' }),
    );
    const rows = await parquetReadObjects({ file: buffer });
    expect(rows).toHaveLength(200);
    expect(rows[40]).toEqual({
      time: new Date(T0 + 400_000),
      'STA001.1T_S': -7.25,
      'STA001.1T_S quality': 'good',
      'STA002.1T_S': null,
      'STA002.1T_S quality': null,
    });
  });

  it('may be aggregated, in groups of buckets', async () => {
    const more = { every: '1m', aggregate: 'min,count', to: String(T0 + 50 * 3_600_000) };
    const answer = await call('POST', '/api/history/exports', dispatcher, { ...ask, format: 'csv', ...more });
    const work = await ended(String(answer.body['id']), dispatcher);
    const text = (await call('GET', String(work['result']), dispatcher)).text;
    const lines = text.split('\r\n');
    expect(lines[2]).toContain('"STA001.1T_S min [°C]","STA001.1T_S min 质量","STA001.1T_S count"');
    expect(lines).toHaveLength(3 + 3000 + 1);
    expect(lines[3 + 6]).toMatch(/^2026-01-10 08:06:00.000\+08:00,-7.25,good,3,good/);
  });

  it('belong to who asked for them, and are audited from the request to the download', async () => {
    const answer = await call('POST', '/api/history/exports', dispatcher, { ...ask, format: 'csv' });
    const id = String(answer.body['id']);
    await ended(id, dispatcher);
    const manager = await platform.kit.become('manager');
    for (const path of [`/api/work/${id}`, `/api/history/exports/${id}/file`])
      expect(await call('GET', path, manager)).toMatchObject({ status: 404, body: { code: 'WORK_UNKNOWN' } });
    await call('GET', `/api/history/exports/${id}/file`, dispatcher);
    const actions = platform.audited.filter((entry) => entry.object === `work/${id}`).map((entry) => entry.action);
    expect(actions.toSorted()).toEqual(['download', 'request', 'write']);
    expect(await call('DELETE', `/api/work/${id}`, dispatcher)).toMatchObject({ status: 204 });
    expect(await call('GET', `/api/work/${id}`, dispatcher)).toMatchObject({ status: 404 });
    expect(await readdir(join(platform.dir, 'exports'))).not.toContain(id);
  });

  it('are refused to who may export but not see trends, and for what is not valid', async () => {
    const auditor = await platform.kit.become('audit-administrator');
    expect((await call('POST', '/api/history/exports', auditor, { ...ask, format: 'csv' })).body).toMatchObject({ code: 'RIGHT_MISSING' });
    for (const [more, code] of [
      [{ tags: ['NO.SUCH'] }, 'TAG_UNKNOWN'],
      [{ format: 'pdf' }, 'BODY_INVALID'],
      [{ to: ask.from }, 'RANGE_EMPTY'],
      [{ aggregate: 'mean' }, 'AGGREGATE_INVALID'],
    ] as const)
      expect((await call('POST', '/api/history/exports', dispatcher, { ...ask, format: 'csv', ...more })).body).toMatchObject({ code });
  });

  it('leave nothing behind when they are cancelled', async () => {
    const far = { from: '2000-01-01T00:00:00Z', to: '2026-01-10T00:00:00Z', every: '1h', aggregate: 'p50', format: 'csv' };
    const long = { ...ask, ...far, from: '2024-01-01T00:00:00Z' };
    const answer = await call('POST', '/api/history/exports', dispatcher, long);
    const id = String(answer.body['id']);
    expect(await call('GET', `/api/history/exports/${id}/file`, dispatcher)).toMatchObject({
      status: 409,
      body: { code: 'WORK_NOT_DONE' },
    });
    expect(await call('DELETE', `/api/work/${id}`, dispatcher)).toMatchObject({ status: 204 });
    expect(await ended(id, dispatcher)).toMatchObject({ state: 'cancelled' });
    expect((await readdir(join(platform.dir, 'exports'))).filter((file) => file.startsWith(id))).toEqual([]);
  });
});
