import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKit, type Kit } from './edge-kit.ts';
import { startProbe, type Probe } from './probe-module.ts';

let kit: Kit;
let dispatcher: string;
const probe: Probe = { count: 0, hold: Promise.resolve(), push: new Map() };
let pages: string;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), 'nuanliu-pages-'));
  await mkdir(join(pages, 'assets'));
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>Nuanliu</title>');
  await writeFile(join(pages, 'assets', 'main-AbC12345.js'), 'export {}');
  await writeFile(join(pages, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  kit = await startKit({
    modules: [await startProbe(probe)],
    http: {
      staticDir: pages,
      frameOrigins: (hostname) => [`http://${hostname}:8081`],
      runtimeCredential: (secret) =>
        secret === 'runtime-secret' ? { kind: 'runtime', id: 'local', name: 'local', roles: [], rights: new Set() } : undefined,
    },
  });
  dispatcher = await kit.become('dispatcher');
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  await rm(pages, { recursive: true });
});

const echo = (body: unknown, headers: Record<string, string> = {}) => kit.call('POST', '/api/probe', { as: dispatcher, body, headers });

describe('a route', () => {
  it('answers with the status of its contract', async () => {
    const answer = await echo({ n: 7, nested: { text: 'x' } });
    expect([answer.status, answer.body['n']]).toEqual([201, 7]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['a wrong type', { n: 'x' }, '/n'],
    ['an unknown key', { n: 1, extra: 1 }, '/extra'],
    ['an unknown key inside', { n: 1, nested: { text: 'x', more: 1 } }, '/nested/more'],
    ['a missing key', {}, ''],
    ['a list', [1], ''],
  ])('refuses %s with the place', async (_, body, path) => {
    const answer = await echo(body);
    expect([answer.status, answer.body['code'], answer.body['place']]).toEqual([400, 'BODY_INVALID', { path }]);
  });

  it('turns the query into its types and refuses the rest', async () => {
    const get = (query: string) => kit.call('GET', `/api/probe?${query}`, { as: dispatcher });
    expect((await get('limit=5&deep=true&tags=a,b&tags=c&points=1.5&points=-2&name=7')).body['query']).toEqual({
      limit: 5,
      deep: true,
      tags: ['a', 'b', 'c'],
      points: [1.5, -2],
      name: '7',
    });
    for (const query of ['limit=five', 'limit=0', 'deep=maybe', 'unknown=1', 'limit=1&limit=2', '__proto__=1', 'points=1,x']) {
      expect([query, (await get(query)).body['code']]).toEqual([query, 'QUERY_INVALID']);
    }
  });

  it('is found before a parameter of the same place; parameters are decoded and checked', async () => {
    expect((await kit.call('GET', '/api/probe/literal', { as: dispatcher })).body).toEqual({ literal: true });
    expect((await kit.call('GET', '/api/probe/STA007.UNT02.2T_S', { as: dispatcher })).body['id']).toBe('STA007.UNT02.2T_S');
    expect((await kit.call('GET', '/api/probe/%E7%83%AD', { as: dispatcher })).body['id']).toBe('热');
    expect((await kit.call('GET', `/api/probe/${'x'.repeat(21)}`, { as: dispatcher })).body['code']).toBe('PARAMS_INVALID');
    expect((await kit.call('GET', '/api/probe/1/at/12', { as: dispatcher })).body).toEqual({ n: 12 });
    expect((await kit.call('GET', '/api/probe/1/at/0', { as: dispatcher })).body['code']).toBe('PARAMS_INVALID');
    expect((await kit.call('GET', '/api/probe/1/at/x', { as: dispatcher })).body['code']).toBe('PARAMS_INVALID');
    expect((await kit.call('GET', '/api/probe/%E0%A4%A', { as: dispatcher })).body['code']).toBe('REQUEST_MALFORMED');
  });

  it('hides what failed inside, and logs it under the request id', async () => {
    const answer = await kit.call('POST', '/api/probe/1/broken', { as: dispatcher });
    expect([answer.status, answer.body['code']]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toContain('hunter2');
    const logged = kit.logged.find(
      ({ fields }) => Reflect.get(fields, 'requestId') === answer.body['requestId'] && Reflect.get(fields, 'err') !== undefined,
    );
    expect(String(Reflect.get(logged?.fields ?? {}, 'err'))).toContain('hunter2');
  });

  it('is held to its contract in tests', async () => {
    expect((await kit.call('GET', '/api/probe/1/mismatch', { as: dispatcher })).body).toMatchObject({
      code: 'RESPONSE_INVALID',
      place: { path: '/n' },
    });
  });

  it('streams', async () => {
    const answer = await kit.call('GET', '/api/probe/1/stream', { as: dispatcher });
    expect([answer.headers.get('content-type'), answer.text]).toEqual(['text/csv; charset=utf-8', 'tag,at\na,1\n']);
  });

  it('for runtimes takes their credential and nobody else', async () => {
    const post = (headers: Record<string, string>) => kit.call('POST', '/api/probe/1/runtime', { headers });
    expect((await post({ authorization: 'Bearer runtime-secret', 'x-nuanliu': '' })).body).toEqual({ who: 'local' });
    expect((await post({ authorization: 'Bearer other' })).status).toBe(401);
    expect((await kit.call('POST', '/api/probe/1/runtime', { as: dispatcher })).body['code']).toBe('RUNTIME_ONLY');
    expect((await kit.call('GET', '/api/probe/1', { headers: { authorization: 'Bearer runtime-secret' } })).body['code']).toBe(
      'RIGHT_MISSING',
    );
  });

  it('needs one of several rights', async () => {
    const put = (as: string) => kit.call('PUT', '/api/probe/1', { as, body: { n: 1 }, headers: { 'if-match': '"3"' } });
    expect((await put(dispatcher)).status).toBe(200);
    expect((await put(await kit.become('system-administrator'))).status).toBe(200);
    expect((await put(await kit.become('audit-administrator'))).body['code']).toBe('RIGHT_MISSING');
  });

  it('tells who may look at the system how much history there is', async () => {
    const get = (as: string) => kit.call('GET', '/api/history/statistics', { as });
    expect(await get(dispatcher)).toMatchObject({
      status: 200,
      body: { tags: 1, samples: 8640, bytes: 4000, files: [{ kind: 'hot', samples: 8640, bytes: 4000 }], compactedAt: null },
    });
    expect((await get(await kit.become('audit-administrator'))).body['code']).toBe('RIGHT_MISSING');
  });
});

describe('problems', () => {
  it('are RFC 9457 documents in the language that the reader prefers', async () => {
    const get = (language: string) => kit.call('GET', '/api/none', { headers: { 'accept-language': language } });
    const zh = await get('fr, zh-CN;q=0.9, en;q=0.8');
    const en = await get('en-GB,en;q=0.9,zh;q=0.5');
    expect(zh.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(Object.keys(zh.body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
    expect([zh.status, zh.body['code'], zh.body['title'], en.body['title']]).toEqual([
      404,
      'ROUTE_UNKNOWN',
      '没有这个地址',
      'Nothing at this address',
    ]);
    expect(zh.headers.get('x-request-id')).toBe(zh.body['requestId']);
  });
});

describe('changes that are sent twice', () => {
  it('get the stored answer; the effect happens once', async () => {
    const before = probe.count;
    const first = await echo({ n: 1 }, { 'idempotency-key': 'k1' });
    const second = await echo({ n: 1 }, { 'idempotency-key': 'k1' });
    expect([second.status, second.body, second.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(probe.count).toBe(before + 1);
    expect((await echo({ n: 2 }, { 'idempotency-key': 'k1' })).body['code']).toBe('IDEMPOTENCY_KEY_REUSED');
    const other = await kit.call('POST', '/api/probe', {
      as: await kit.become('process-engineer'),
      body: { n: 1 },
      headers: { 'idempotency-key': 'k1' },
    });
    expect(other.headers.get('idempotency-replayed')).toBeNull();
  });

  it('wait for the first when it is still running', async () => {
    const held = Promise.withResolvers<void>();
    probe.hold = held.promise;
    const before = probe.count;
    const both = [echo({ n: 1 }, { 'idempotency-key': 'k2' }), echo({ n: 1 }, { 'idempotency-key': 'k2' })];
    await expect.poll(() => probe.count).toBe(before + 1);
    held.resolve();
    const [a, b] = await Promise.all(both);
    expect(a?.body).toEqual(b?.body);
    expect(probe.count).toBe(before + 1);
  });

  it('keep a refusal too, forget after 24 hours', async () => {
    const refused = [await echo({ n: 409 }, { 'idempotency-key': 'k3' }), await echo({ n: 409 }, { 'idempotency-key': 'k3' })];
    expect(refused.map(({ status }) => status)).toEqual([409, 409]);
    await echo({ n: 1 }, { 'idempotency-key': 'k4' });
    kit.clock.advance(25 * 3_600_000);
    dispatcher = await kit.become('dispatcher');
    expect((await echo({ n: 5 }, { 'idempotency-key': 'k4' })).status).toBe(201);
    expect((await echo({ n: 1 }, { 'idempotency-key': 'bad key' })).body['code']).toBe('IDEMPOTENCY_KEY');
  });
});

describe('versions', () => {
  it('are asked for and compared', async () => {
    const put = (headers: Record<string, string>) => kit.call('PUT', '/api/probe/1', { as: dispatcher, body: { n: 1 }, headers });
    expect((await put({})).status).toBe(428);
    expect((await put({ 'if-match': '"2"' })).status).toBe(412);
    expect((await put({ 'if-match': '"3"' })).body).toEqual({ ver: 4 });
    const again = await kit.call('GET', '/api/probe/1', { as: dispatcher, headers: { 'if-none-match': '"3"' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('pages', () => {
  const get = (path: string, accept = 'text/html') => kit.call('GET', path, { headers: { accept } });
  it('are answered at every address of the pages, hashed assets for a year', async () => {
    for (const path of ['/', '/alarms/history', '/tags/STA007.UNT02.2T_S', '/m/overview?kiosk=1']) {
      const page = await get(path);
      expect([path, page.status, page.headers.get('cache-control')]).toEqual([path, 200, 'no-cache']);
      expect(page.text).toContain('<title>Nuanliu</title>');
    }
    expect((await get('/assets/main-AbC12345.js', '*/*')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await get('/icon.svg', 'image/*')).headers.get('cache-control')).toBe('no-cache');
  });

  it('are not answered for what is no page', async () => {
    for (const [path, accept] of [
      ['/api/none', 'text/html'],
      ['/assets/old-AbC12345.js', 'text/html'],
      ['/favicon.ico', 'image/*,*/*'],
      ['/runtime/v1', 'text/html'],
    ]) {
      expect([path, (await get(path ?? '', accept)).status]).toEqual([path, 404]);
    }
  });

  it('carry the strict policy with the flow editor as the one foreign frame', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).toContain("frame-src 'self' http://127.0.0.1:8081;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('the stop', () => {
  it('lets a running request end, takes no new one, and ends only then', async () => {
    const held = Promise.withResolvers<void>();
    const slow: Probe = { count: 0, hold: held.promise, push: new Map() };
    await using own = await startKit({ modules: [await startProbe(slow)] });
    const cookie = await own.become('dispatcher');
    const running = own.call('POST', '/api/probe', { as: cookie, body: { n: 3 } });
    await expect.poll(() => slow.count).toBe(1);
    let closed = false;
    const close = own.close().then(() => {
      closed = true;
    });
    await expect(own.call('GET', '/api/health', { headers: { connection: 'close' } })).rejects.toThrow('fetch failed');
    expect(closed).toBe(false);
    held.resolve();
    expect((await running).body['n']).toBe(3);
    await close;
  });
});

describe('the edge itself', () => {
  it('tells that it lives and whether it is ready, to everyone', async () => {
    expect((await kit.call('GET', '/api/health')).body).toMatchObject({ status: 'ok' });
    expect((await kit.call('GET', '/api/ready')).body).toEqual({ ready: true, checks: [{ name: 'store', ready: true }] });
  });

  it('is not ready, with the reason and 503, while one part is not', async () => {
    let reason: string | undefined = 'not connected';
    await using own = await startKit({ checks: [{ name: 'runtime', check: () => reason }] });
    const before = await own.call('GET', '/api/ready');
    expect([before.status, before.body]).toEqual([
      503,
      {
        ready: false,
        checks: [
          { name: 'runtime', ready: false, reason: 'not connected' },
          { name: 'store', ready: true },
        ],
      },
    ]);
    reason = undefined;
    expect((await own.call('GET', '/api/ready')).status).toBe(200);
    await own.context.store[Symbol.asyncDispose]();
    const closed = await own.call('GET', '/api/ready');
    expect([closed.status, closed.body['checks']]).toEqual([
      503,
      [
        { name: 'runtime', ready: true },
        { name: 'store', ready: false, reason: 'STORE_CLOSED' },
      ],
    ]);
  });

  it('counts requests by route', async () => {
    const answer = await kit.call('GET', '/metrics', { as: dispatcher });
    expect(answer.text).toMatch(/nuanliu_http_request_seconds_count\{method="GET",route="\/api\/probe\/:id",status="200"\} \d+/);
    expect((await kit.call('GET', '/metrics')).status).toBe(401);
  });

  it('logs requests without what people typed', () => {
    const log = JSON.stringify(kit.logged.filter(({ text }) => text === 'request'));
    expect(log).toContain('"path":"/api/session"');
    expect(log).not.toContain('Kettle');
    expect(log).not.toContain('limit=5');
  });
});
