import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHistoryPlatform, type HistoryPlatform } from './history-platform.ts';

const T0 = Date.UTC(2026, 0, 10);
const TAG = 'STA001.1T_S';
const OTHER = 'STA002.1T_S';

let platform: HistoryPlatform;
let dispatcher: string;
let engineer: string;
beforeAll(async () => {
  platform = await startHistoryPlatform([]);
  dispatcher = await platform.kit.become('dispatcher');
  engineer = await platform.kit.become('process-engineer');
});
afterAll(() => platform[Symbol.asyncDispose]());

const call = (method: string, path: string, as: string, body?: unknown, ver?: number) =>
  platform.kit.call(method, `/api/history/${path}`, {
    as,
    ...(body === undefined ? {} : { body }),
    ...(ver === undefined ? {} : { headers: { 'if-match': `"${ver}"` } }),
  });
const idOf = (answer: { readonly body: Readonly<Record<string, unknown>> }): string => String(answer.body['id']);

describe('annotations', () => {
  it('are seen by everyone, where they touch the range and one of the tags', async () => {
    const at = await call('POST', 'annotations', dispatcher, { tags: [TAG], at: T0, text: ' 更换温度传感器 ' });
    expect(at).toMatchObject({ status: 201, body: { ver: 1, text: '更换温度传感器', tags: [TAG], at: T0 } });
    expect(at.body).not.toHaveProperty('until');
    await call('POST', 'annotations', dispatcher, { tags: [TAG, OTHER], at: T0 + 1000, until: T0 + 5000, text: 'repair' });
    const list = async (tags: string, from: number, to: number): Promise<unknown> =>
      (await call('GET', `annotations?tags=${tags}&from=${from}&to=${to}`, engineer)).body['items'];
    expect(await list(TAG, T0, T0 + 9000)).toHaveLength(2);
    expect(await list(OTHER, T0, T0 + 9000)).toMatchObject([{ text: 'repair', until: T0 + 5000 }]);
    expect(await list(TAG, T0 + 4000, T0 + 9000)).toMatchObject([{ text: 'repair' }]);
    expect(await list(TAG, T0 + 5001, T0 + 9000)).toEqual([]);
    expect(await list(TAG, T0 - 9, T0)).toEqual([]);
  });

  it('are changed and removed by who wrote them, in the version that they saw, and audited', async () => {
    const body = { tags: [TAG], at: T0, text: 'first' };
    const id = idOf(await call('POST', 'annotations', dispatcher, body));
    const changed = { ...body, text: 'second' };
    expect(await call('PUT', `annotations/${id}`, engineer, changed, 1)).toMatchObject({ status: 403, body: { code: 'NOT_YOURS' } });
    expect(await call('PUT', `annotations/${id}`, dispatcher, changed)).toMatchObject({ status: 428 });
    expect(await call('PUT', `annotations/${id}`, dispatcher, changed, 1)).toMatchObject({ status: 200, body: { text: 'second', ver: 2 } });
    expect(await call('PUT', `annotations/${id}`, dispatcher, changed, 1)).toMatchObject({ status: 412 });
    expect(await call('DELETE', `annotations/${id}`, engineer)).toMatchObject({ status: 403 });
    expect(await call('DELETE', `annotations/${id}`, dispatcher)).toMatchObject({ status: 204 });
    expect(await call('DELETE', `annotations/${id}`, dispatcher)).toMatchObject({ status: 404, body: { code: 'ANNOTATION_UNKNOWN' } });
    const mine = platform.audited.filter((entry) => entry.object === `annotation/${id}`);
    expect(mine.map((entry) => entry.action)).toEqual(['add', 'change', 'remove']);
    expect(mine[1]).toMatchObject({ actor: 'wang.jianjun', before: { text: 'first' }, after: { text: 'second' } });
  });

  it.each([
    [{ tags: ['NO.SUCH'], at: T0, text: 'x' }, 'TAG_UNKNOWN'],
    [{ tags: [TAG], at: T0, until: T0 - 1, text: 'x' }, 'RANGE_EMPTY'],
    [{ tags: [TAG], at: T0, text: '   ' }, 'BODY_INVALID'],
    [{ tags: [], at: T0, text: 'x' }, 'BODY_INVALID'],
  ])('%j is refused with %s', async (body, code) => {
    expect((await call('POST', 'annotations', dispatcher, body)).body).toMatchObject({ code });
  });

  it('are not written by a script', async () => {
    const headers = { authorization: `Bearer ${await platform.token('notes', 'live.read')}` };
    const body = { tags: [TAG], at: T0, text: 'x' };
    expect((await platform.kit.call('POST', '/api/history/annotations', { body, headers })).body).toMatchObject({ code: 'PERSON_NEEDED' });
  });
});

describe('views', () => {
  it('are one’s own until they are shared; then everyone sees them and the owner changes them', async () => {
    const body = { name: '泄漏对照', shared: false, search: `tags=${TAG}&range=30d&compare=season` };
    const id = idOf(await call('POST', 'views', dispatcher, body));
    const names = async (as: string): Promise<unknown> => (await call('GET', 'views', as)).body['items'];
    expect(await names(dispatcher)).toMatchObject([{ id, name: '泄漏对照', search: body.search }]);
    expect(await names(engineer)).toEqual([]);
    expect(await call('PUT', `views/${id}`, engineer, body, 1)).toMatchObject({ status: 404, body: { code: 'VIEW_UNKNOWN' } });
    expect(await call('PUT', `views/${id}`, dispatcher, { ...body, shared: true }, 1)).toMatchObject({ status: 200, body: { ver: 2 } });
    expect(await names(engineer)).toMatchObject([{ id, shared: true, by: { id: 'wang.jianjun' } }]);
    expect(await call('DELETE', `views/${id}`, engineer)).toMatchObject({ status: 403, body: { code: 'NOT_YOURS' } });
    expect(await call('DELETE', `views/${id}`, dispatcher)).toMatchObject({ status: 204 });
    expect(await names(engineer)).toEqual([]);
  });
});
