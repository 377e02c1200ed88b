import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startKit, type Kit } from './edge-kit.ts';
import { startProbe, type Probe } from './probe-module.ts';

const root = join(import.meta.dirname, '..');
let kit: Kit;
let cookie: string;
let dir: string;
const probe: Probe = { count: 0, hold: Promise.resolve(), push: new Map() };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nuanliu-security-'));
  await mkdir(join(dir, 'dist', 'assets'), { recursive: true });
  await writeFile(join(dir, 'dist', 'index.html'), '<title>page</title>');
  await writeFile(join(dir, 'dist', '.env'), 'CANARY');
  await writeFile(join(dir, 'secret.txt'), 'CANARY');
  kit = await startKit({ modules: [await startProbe(probe)], http: { staticDir: join(dir, 'dist'), allowedHosts: ['heat.example.com'] } });
  cookie = await kit.become('dispatcher');
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** The path goes out as it is written: `fetch` would tidy it. */
const raw = (path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const url = new URL(kit.base);
    const sent = httpRequest(
      {
        host: url.hostname,
        port: url.port,
        path,
        method,
        headers: { ...headers, ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

const codeOf = ({ text }: { text: string }): unknown => Reflect.get(Object(JSON.parse(text)), 'code');

describe('forged requests', () => {
  const post = (headers: Record<string, string>) => kit.call('POST', '/api/probe', { as: cookie, body: { n: 1 }, headers });

  it.each<[string, Record<string, string>]>([
    ['without the header', { 'x-nuanliu': '' }],
    ['from a foreign origin', { origin: 'https://evil.example' }],
    ['from the flow editor, another port of this host', { origin: 'http://127.0.0.1:8081' }],
    ['from a page without an origin', { origin: 'null' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
    ['with our Referer but a foreign origin', { origin: 'https://evil.example', referer: 'http://127.0.0.1/' }],
  ])('%s are refused', async (_, headers) => {
    const before = probe.count;
    const answer = await post(headers);
    expect([answer.status, answer.body['code'], probe.count]).toEqual([403, 'CSRF_REFUSED', before]);
  });

  it('are refused for the log-in too, and our own page is not', async () => {
    const logIn = (headers: Record<string, string>) => kit.call('POST', '/api/session', { body: { user: 'x', password: 'y' }, headers });
    expect((await logIn({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await logIn({ 'x-nuanliu': '' })).status).toBe(403);
    expect((await post({ origin: kit.base, 'sec-fetch-site': 'same-origin' })).status).toBe(201);
  });

  it('gain nothing from a Referer', async () => {
    for (const referer of [kit.base, `${kit.base}/api/session`, 'http://localhost:8080/']) {
      expect((await raw('/api/users', { host: new URL(kit.base).host, referer })).status).toBe(401);
    }
  });
});

describe('Host', () => {
  it.each([
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'heat.example.com@evil.example',
    '0.0.0.0',
  ])('%j is refused before anything else', async (host) => {
    for (const path of ['/', '/api/health', '/api/session']) {
      const answer = await raw(path, { host, cookie });
      expect([path, answer.status]).toEqual([path, 421]);
      expect(answer.text).not.toContain('wang.jianjun');
    }
  });

  it.each(['localhost', 'LOCALHOST:1234', '127.0.0.1:80', '[::1]:8080', 'heat.example.com'])('%s is answered', async (host) => {
    expect((await raw('/api/health', { host })).status).toBe(200);
  });

  it('is not taken from X-Forwarded-Host', async () => {
    expect((await raw('/api/health', { host: 'evil.example', 'x-forwarded-host': 'localhost' })).status).toBe(421);
  });
});

describe('paths', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '//secret.txt',
    '/.env',
    '/%00/secret.txt',
    '/..%252fsecret.txt',
    '/assets/....//....//secret.txt',
    '/\\..\\secret.txt',
  ])('%s does not leave the folder', async (path) => {
    for (const accept of ['*/*', 'text/html']) {
      const answer = await raw(path, { host: 'localhost', accept });
      expect(answer.text).not.toContain('CANARY');
      expect([200, 400, 403, 404]).toContain(answer.status);
    }
  });

  it('of the API are not reached round the rights by another spelling', async () => {
    for (const path of ['/api//users', '/API/users', '/api/users/', '/api/./users', '/api/%75sers', '/api/users;x=1', '/api/users%2f']) {
      const { status } = await raw(path, { host: 'localhost' });
      expect([path, status === 401 || status === 404 || status === 400]).toEqual([path, true]);
    }
  });
});

describe('bodies', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    raw('/api/probe', { host: 'localhost', cookie, 'x-nuanliu': '1', 'content-type': 'application/json', ...headers }, 'POST', body);

  it.each([
    ['__proto__', '{"n":1,"__proto__":{"admin":true}}'],
    ['an escaped __proto__', '{"n":1,"\\u005f_proto__":{"admin":true}}'],
    ['constructor', '{"n":1,"constructor":{"prototype":{"admin":true}}}'],
    ['one deep inside', '{"n":1,"nested":{"text":"x","a":[{"__proto__":{}}]}}'],
  ])('with %s are refused and nothing is polluted', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'JSON_KEY']);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it.each([
    ['too deep', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'JSON_DEPTH'],
    ['33 deep', '{"n":'.repeat(33) + '1' + '}'.repeat(33), 400, 'JSON_DEPTH'],
    ['no JSON', '{"n":', 400, 'JSON_INVALID'],
    ['two documents', '{"n":1}{"n":2}', 400, 'JSON_INVALID'],
  ])('that are %s are refused', async (_, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it('over 1 MiB are refused by their announced and by their real length', async () => {
    const big = `{"n":1,"x":"${'x'.repeat(1024 * 1024)}"}`;
    expect((await post(big).catch(() => ({ status: 413 }))).status).toBe(413);
    const answer = await new Promise<string>((resolve) => {
      const url = new URL(kit.base);
      const socket = connect(Number(url.port), url.hostname);
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', () => resolve(text));
      socket.write(
        `POST /api/probe HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nx-nuanliu: 1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const chunk = 'x'.repeat(64 * 1024);
      for (let n = 0; n < 20; n += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    });
    expect(answer).toContain('413');
  });

  it('of another kind are refused', async () => {
    const kinds: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-encoding': 'gzip' },
    ];
    for (const headers of kinds) {
      expect((await post('{"n":1}', headers)).status).toBe(415);
    }
  });
});

describe('the live socket', () => {
  const open = (headers: Record<string, string>, path = '/api/live'): Promise<number | 'open'> =>
    new Promise((resolve) => {
      const socket = new WebSocket(kit.base.replace('http', 'ws') + path, { headers });
      socket.on('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      socket.on('error', () => undefined);
    });

  it('opens for our own page with its session only', async () => {
    expect(await open({ cookie, origin: kit.base })).toBe('open');
    expect(await open({ origin: kit.base })).toBe(401);
    expect(await open({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await open({ cookie, origin: 'http://127.0.0.1:8081' })).toBe(403);
    expect(await open({ cookie, origin: 'null' })).toBe(403);
    expect(await open({ cookie, host: 'evil.example', origin: 'http://evil.example' })).toBe(421);
    expect(await open({ cookie: 'nuanliu=forged', origin: kit.base })).toBe(401);
    expect(await open({ cookie, origin: kit.base }, '/api/other')).toBe(404);
  });
});

describe('default secrets', () => {
  const SECRET = /(?:password|passwd|secret|credentialSecret|apiKey|token)['"]?\s*[:=]\s*['"][^'"\s]{6,}['"]/i;
  const files = async (folder: string): Promise<string[]> => {
    const found: string[] = [];
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !['node_modules', 'dist', 'fixtures'].includes(entry.name)) found.push(...(await files(path)));
      else if (entry.isFile() && /\.(?:ts|tsx|js|json|hbs|bpmn)$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)) found.push(path);
    }
    return found;
  };

  it('are nowhere in what is shipped', async () => {
    const shipped = [
      'cli',
      'domain',
      'editor',
      'flows',
      'nodes',
      'plants',
      'reports',
      'rules',
      'screens',
      'server',
      'simulator',
      'workflows',
    ];
    const paths = ['settings.ts', ...(await Promise.all(shipped.map(files))).flat()].filter((path) => !path.startsWith('editor/locales/'));
    expect(paths.length).toBeGreaterThan(50);
    const hits: string[] = [];
    for (const path of paths) {
      for (const [index, line] of (await readFile(join(root, path), 'utf8')).split('\n').entries()) {
        if (SECRET.test(line) && !line.includes('********') && !line.includes('…')) hits.push(`${path}:${index + 1}: ${line.trim()}`);
      }
    }
    expect(hits).toEqual([]);
    expect('password: "hunter2hunter2"').toMatch(SECRET);
  });

  it('open nothing on a fresh store', async () => {
    for (const [user, password] of [
      ['admin', 'admin'],
      ['admin', 'password'],
      ['admin', ''],
      ['root', 'root'],
      ['wang.jianjun', 'wang.jianjun'],
    ]) {
      expect((await kit.call('POST', '/api/session', { body: { user, password: password === '' ? ' ' : password } })).status).toBe(401);
    }
  });
});
