import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { kitFlow, startHostKit, type HostKit } from './host-kit.ts';

let kit: HostKit;
beforeAll(async () => {
  kit = await startHostKit();
  await vi.waitUntil(() => kit.channel.runtimes()[0]?.owns.length === 1, { timeout: 40_000, interval: 100 });
}, 60_000);
afterAll(() => kit?.[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
/** A raw request, so that every header can be forged. */
function ask(port: number | undefined, method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest(
    {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: {
        host: `localhost:${kit.host.editorPort}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    },
    (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}
const editor = (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> =>
  ask(kit.host.editorPort, method, path, headers, body);
const own = (): Record<string, string> => ({ origin: `http://localhost:${kit.host.editorPort}`, 'sec-fetch-site': 'same-origin' });

/** Cookie of a new editor session. */
async function enter(...rights: Parameters<HostKit['caller']>): Promise<string> {
  const url = new URL(kit.host.ticket(kit.caller(...rights)).url);
  const answer = await editor('GET', `${url.pathname}${url.search}`);
  return String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '';
}
const engineer = (): Promise<string> => enter('live.read', 'flow.draft');
const deploy = async (nodes: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  editor('POST', '/flows', { cookie: await engineer(), ...own(), ...headers }, JSON.stringify({ flows: nodes }));

/** What a web socket answers: open, or the status it was refused with. */
function socket(port: number | undefined, path: string, headers: Record<string, string>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { host: `localhost:${kit.host.editorPort}`, ...headers } });
  ws.on('open', () => {
    resolve('open');
    ws.terminate();
  });
  ws.on('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
  ws.on('error', () => resolve('refused'));
  return promise;
}

describe('flow runtime behind the host', () => {
  it('reads the device and brings samples over the broker, acknowledged ones leave its disk', async () => {
    await expect
      .poll(() => kit.received.flatMap((batch) => batch.samples).find((sample) => sample.tag === 'S.T'), { timeout: 10_000 })
      .toMatchObject({ value: 98.5, quality: 'good' });
    await expect.poll(() => kit.channel.runtimes()[0]?.queued, { timeout: 15_000 }).toBeLessThanOrEqual(1);
  });

  it('keeps what is not acknowledged and sends it again, same number, nothing lost', async () => {
    kit.acknowledge = false;
    const start = kit.received.length;
    await expect
      .poll(() => new Set(kit.received.slice(start).map((batch) => batch.seq)).size < kit.received.length - start, { timeout: 15_000 })
      .toBe(true);
    kit.acknowledge = true;
    await expect.poll(() => kit.channel.runtimes()[0]?.queued, { timeout: 15_000 }).toBeLessThanOrEqual(1);
    const seqs = [...new Set(kit.received.map((batch) => batch.seq))].toSorted((a, b) => a - b);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  }, 40_000);

  it('executes a command of the control channel: gate, register, read-back, once', async () => {
    await expect.poll(() => kit.received.at(-1)?.samples.find((sample) => sample.tag === 'S.STOPPED')?.value).toBe(false);
    const command = { v: 1, id: 'cmd-1', tag: 'S.SP', value: 51.5, expires: Date.now() + 10_000, deployment: 1 } as const;
    const outcome = await kit.channel.sendCommand('kit', command);
    expect(outcome).toMatchObject({ id: 'cmd-1', state: 'confirmed', readBack: 51.5 });
    expect(kit.registers.get(10)).toBe(515);
    kit.registers.set(10, 430);
    expect(await kit.channel.sendCommand('kit', command)).toEqual(outcome);
    expect(kit.registers.get(10)).toBe(430);
    expect(await kit.channel.sendCommand('kit', { ...command, id: 'cmd-2', value: 101 })).toMatchObject({
      state: 'failed',
      code: 'GATE_RANGE',
    });
  });

  it('stops and releases a station straight at the device', async () => {
    expect(await kit.channel.stop('kit', ['S', 'OTHER'], 'stop', AbortSignal.timeout(5000))).toMatchObject([
      { target: 'S', result: 'done' },
    ]);
    expect(kit.coils.get(2)).toBe(true);
    expect(await kit.channel.stop('kit', ['S'], 'reset', AbortSignal.timeout(5000))).toMatchObject([{ target: 'S', result: 'done' }]);
  });
});

describe('nobody gets in without a session', () => {
  const ROUTES: readonly (readonly [string, string])[] = [
    ['GET', '/'],
    ['GET', '/flows'],
    ['POST', '/flows'],
    ['GET', '/flows/state'],
    ['POST', '/flows/state'],
    ['GET', '/flow/kit'],
    ['POST', '/flow'],
    ['PUT', '/flow/kit'],
    ['DELETE', '/flow/kit'],
    ['GET', '/nodes'],
    ['POST', '/nodes'],
    ['PUT', '/nodes/node-red'],
    ['DELETE', '/nodes/node-red'],
    ['GET', '/context/global'],
    ['DELETE', '/context/global/x'],
    ['GET', '/settings'],
    ['GET', '/settings/user'],
    ['POST', '/settings/user'],
    ['GET', '/settings/user/keys'],
    ['POST', '/settings/user/keys'],
    ['GET', '/library/local/flows/'],
    ['POST', '/library/local/flows/x'],
    ['GET', '/credentials/heat-mqtt-broker/x'],
    ['GET', '/plugins'],
    ['GET', '/diagnostics'],
    ['GET', '/projects'],
    ['POST', '/projects'],
    ['POST', '/inject/x'],
    ['POST', '/debug/x/enable'],
    ['POST', '/auth/token'],
    ['POST', '/auth/revoke'],
    ['GET', '/auth/login'],
    ['GET', '/nuanliu/tags'],
    ['GET', '/icons'],
    ['GET', '/locales/editor'],
    ['GET', '/red/red.min.js'],
  ];

  it.each(ROUTES)('%s %s is refused by the proxy and by the runtime itself', async (method, path) => {
    const body = method === 'GET' ? undefined : '{}';
    expect((await editor(method, path, own(), body)).status).toBe(401);
    expect((await editor(method, path, { ...own(), cookie: 'nuanliu-editor=guess', authorization: 'Bearer guess' }, body)).status).toBe(
      401,
    );
    expect(
      (await ask(kit.host.runtimePort(), method, path, { 'x-nuanliu-editor': 'e30.guess', authorization: 'Bearer __proto__' }, body))
        .status,
    ).toBe(401);
  });

  it('the comms web socket is refused by both', async () => {
    expect(await socket(kit.host.editorPort, '/comms', { origin: `http://localhost:${kit.host.editorPort}` })).toBe('401');
    expect(await socket(kit.host.runtimePort(), '/comms', { 'x-nuanliu-editor': 'forged.token' })).toBe('refused');
  });

  it('a forged token in the header of the proxy is replaced', async () => {
    const cookie = await enter('live.read');
    expect((await editor('POST', '/inject/read', { cookie, ...own(), 'x-nuanliu-editor': 'x.y' }, '{}')).status).toBe(403);
  });

  it('the control channel takes only the own credential of the runtime', async () => {
    const url = new URL(kit.host.ticket(kit.caller('live.read')).url);
    expect(url.hash).toBe('');
    expect(kit.log.join('\n')).not.toMatch(/credential-?secret/i);
  });
});

describe('sessions of the editor', () => {
  it('a ticket works once, becomes a cookie that scripts cannot read, and the fragment is not touched', async () => {
    const ticket = kit.host.ticket(kit.caller('live.read', 'flow.draft'), '#node/read');
    expect(ticket).toMatchObject({ mayEdit: true, origin: `http://localhost:${kit.host.editorPort}` });
    expect(ticket.url.endsWith('#node/read')).toBe(true);
    const path = `/${new URL(ticket.url).search}`;
    const first = await editor('GET', path);
    expect([first.status, first.headers.location]).toEqual([302, '/']);
    expect(String(first.headers['set-cookie']?.[0])).toMatch(/^nuanliu-editor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await editor('GET', path)).status).toBe(401);
  });

  it('the page has the policy of its own origin, the default language, no cookie of Node-RED', async () => {
    const page = await editor('GET', '/', { cookie: await engineer() });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/frame-ancestors http:\/\/localhost:8080$/);
    expect(page.headers['content-security-policy']).not.toMatch(/unsafe-eval/);
    expect([page.headers['set-cookie'], page.headers['x-powered-by'], page.headers['x-content-type-options']]).toEqual([
      undefined,
      undefined,
      'nosniff',
    ]);
    expect(page.body).toMatch(/editor-language','zh-CN'/);
  });

  it('opens the comms socket only from its own origin', async () => {
    const cookie = await engineer();
    expect(await socket(kit.host.editorPort, '/comms', { cookie, origin: `http://localhost:${kit.host.editorPort}` })).toBe('open');
    expect(await socket(kit.host.editorPort, '/comms', { cookie, origin: 'http://evil.example' })).toBe('403');
    expect(await socket(kit.host.editorPort, '/comms', { cookie })).toBe('403');
    expect(await socket(kit.host.editorPort, '/other', { cookie, origin: `http://localhost:${kit.host.editorPort}` })).toBe('404');
  });

  it('ends with the session of the platform', async () => {
    const cookie = await engineer();
    kit.sessions.delete('s1');
    expect((await editor('GET', '/settings', { cookie })).status).toBe(401);
    kit.sessions.add('s1');
  });
});

describe('forged requests', () => {
  it.each<[string, Record<string, string>]>([
    ['no Origin', {}],
    ['a foreign Origin', { origin: 'http://evil.example' }],
    ['a null Origin', { origin: 'null' }],
    ['only a Referer that looks right', { referer: 'http://localhost/' }],
    ['a foreign site', { 'sec-fetch-site': 'cross-site' }],
  ])('%s cannot deploy', async (name, headers) => {
    const base = name === 'a foreign site' ? own() : {};
    const answer = await editor(
      'POST',
      '/flows',
      { cookie: await engineer(), ...base, ...headers },
      JSON.stringify({ flows: kitFlow(kit.modbusPort) }),
    );
    expect(answer.status).toBe(403);
  });

  it.each(['evil.example', 'localhost.evil.example:8081', '169.254.169.254'])('the host %s is not served', async (host) => {
    expect((await editor('GET', '/', { cookie: await engineer(), host })).status).toBe(421);
  });

  it.each([
    '/icons/..%2f..%2fpackage.json',
    '/red/../../package.json',
    '/library/local/flows/..%2f..%2fx',
    '/red/%2e%2e/%2e%2e/x',
    '/vendor/..\\..\\x',
    '/%00',
    '/%252e%252e/x',
    '//evil.example/x',
    '/%zz',
  ])('path %s is refused', async (path) => {
    expect((await editor('GET', path, { cookie: await engineer() })).status).toBe(400);
  });

  it.each([
    '{"flows":[{"id":"x","type":"comment","__proto__":{"admin":true}}]}',
    '{"flows":[],"constructor":{"prototype":{"x":1}}}',
    '{"__proto__":{"x":1}}',
  ])('the polluting body %s is refused', async (body) => {
    expect((await editor('POST', '/flows', { cookie: await engineer(), ...own() }, body)).status).toBe(400);
    expect((await editor('POST', '/settings/user', { cookie: await engineer(), ...own() }, body)).status).toBe(400);
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('a form body and a body that is too large are refused', async () => {
    expect(
      (await editor('POST', '/flows', { cookie: await engineer(), ...own(), 'content-type': 'text/plain' }, '{"flows":[]}')).status,
    ).toBe(415);
    expect(
      (await editor('POST', '/flows', { cookie: await engineer(), ...own() }, `{"flows":[],"x":"${'x'.repeat(5 * 1024 * 1024)}"}`)).status,
    ).toBe(413);
  });
});

describe('deploying', () => {
  it.each([
    'function',
    'exec',
    'file in',
    'file',
    'watch',
    'tail',
    'tcp in',
    'udp out',
    'http request',
    'http in',
    'template',
    'change',
    'switch',
    'subflow',
    'no-such-type',
  ])('type %s is refused with 403 and the reason, nothing is changed', async (type) => {
    const before = kit.deployments.n;
    const answer = await deploy([...kitFlow(kit.modbusPort), { id: 'bad', type, z: 'kit', x: 1, y: 1, wires: [] }]);
    expect([answer.status, answer.body, kit.deployments.n]).toEqual([403, `bad: type ${type} is not in the palette`, before]);
  });

  it('refuses the same types in the storage of the platform, whoever asks', async () => {
    const answer = await deploy([
      ...kitFlow(kit.modbusPort),
      { id: 'inj', type: 'inject', z: 'kit', props: [{ p: 'payload', v: '$x', vt: 'jsonata' }], x: 1, y: 1, wires: [[]] },
    ]);
    expect([answer.status, answer.body]).toEqual([403, 'inj: /props/0/vt: jsonata expressions are not allowed']);
  });

  it('refuses a broken configuration with its place; the last good version goes on', async () => {
    const nodes = kitFlow(kit.modbusPort).map((node) => ('rows' in node ? { ...node, every: 'soon' } : node));
    const answer = await deploy(nodes);
    expect([answer.status, answer.body]).toEqual([422, expect.stringMatching(/^read: modbus-read\/every/)]);
    const start = kit.received.length;
    await expect.poll(() => kit.received.length, { timeout: 5000 }).toBeGreaterThan(start);
  });

  it.each([
    ['POST', '/flow'],
    ['PUT', '/flow/kit'],
    ['DELETE', '/flow/kit'],
    ['POST', '/nodes'],
    ['DELETE', '/context/global/x'],
    ['POST', '/flows/state'],
  ])('%s %s is switched off even for an engineer', async (method, path) => {
    expect((await editor(method, path, { cookie: await engineer(), ...own() }, '{}')).status).toBe(403);
  });

  it('somebody who may only look cannot deploy, and sees the flows', async () => {
    const cookie = await enter('live.read');
    expect((await editor('GET', '/flows', { cookie })).body).toContain('"modbus-read"');
    expect((await editor('POST', '/flows', { cookie, ...own() }, JSON.stringify({ flows: kitFlow(kit.modbusPort) }))).status).toBe(403);
  });

  it('an engineer deploys: a revision is stored, only the changed node restarts, the runtime reports the new number', async () => {
    const before = kit.deployments.n;
    const answer = await deploy(kitFlow(kit.modbusPort, 'renamed'), { 'node-red-deployment-type': 'full' });
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('rev')]);
    expect(kit.deployments.n).toBe(before + 1);
    expect(JSON.stringify(kit.deployments.content('kit'))).toContain('"renamed"');
    await expect.poll(() => kit.channel.runtimes()[0]?.deployment, { timeout: 8000 }).toBe(before + 1);
    expect(kit.log.filter((line) => /Stopping modified nodes|Stopped modified nodes/.test(line)).length).toBeGreaterThan(0);
    expect(kit.log.filter((line) => /info Stopping flows/.test(line))).toEqual([]);
  });

  it('follows the pointer when the platform rolls back', async () => {
    await kit.deployments.deploy({
      artefacts: [{ kind: 'flow', id: 'kit', content: kitFlow(kit.modbusPort, 'back') }],
      author: 'x',
      message: 'roll back',
    });
    kit.channel.announce(kit.deployments.n);
    const cookie = await engineer();
    await expect.poll(async () => (await editor('GET', '/flows', { cookie })).body, { timeout: 8000 }).toContain('"name":"back"');
    await expect.poll(() => kit.channel.runtimes()[0]?.deployment, { timeout: 8000 }).toBe(kit.deployments.n);
  });

  it('offers tags to the pickers of the dialogs', async () => {
    const answer = await editor('GET', '/nuanliu/tags?q=S.SP', { cookie: await engineer() });
    expect(JSON.parse(answer.body)).toEqual([{ id: 'S.SP', label: 'S.SP 点', unit: '°C' }]);
  });

  it('serves every node with its dialog and help in both languages', async () => {
    const cookie = await engineer();
    const html = (await editor('GET', '/nodes', { cookie, accept: 'text/html' })).body;
    for (const type of ['heat-pid', 'modbus-device', 'heat-opcua-subscribe', 'to-platform']) {
      expect(html).toContain(`data-template-name="${type}"`);
      expect(html).toContain(`nuanliuRegister({"type":"${type}"`);
    }
    const types: { types: string[]; enabled: boolean; err?: string }[] = JSON.parse(
      (await editor('GET', '/nodes', { cookie, accept: 'application/json' })).body,
    );
    expect(types.filter((set) => set.err)).toEqual([]);
    expect(types.flatMap((set) => set.types)).not.toContain('function');
    const catalogue = JSON.parse((await editor('GET', '/nodes/messages?lng=zh-CN', { cookie })).body);
    expect(JSON.stringify(catalogue)).toContain('比例增益');
  });
});

describe('supervision', () => {
  it('ends the runtime within 2 s when its parent is killed', async () => {
    const main = fileURLToPath(new URL('../flow-runtime/main.ts', import.meta.url));
    const script = `const c = require('node:child_process').fork(${JSON.stringify(main)}); c.on('message', () => console.log(c.pid)); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    const alive = (): boolean => existsSync(`/proc/${pid}`);
    expect(alive()).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(alive, { timeout: 2000 }).toBe(false);
  });

  it('starts a killed runtime again; what was on its disk is not lost', async () => {
    const pid = kit.host.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => kit.host.runtime().restarts, { timeout: 5000 }).toBe(1);
    await expect.poll(() => kit.host.runtime().state, { timeout: 20_000 }).toBe('running');
    expect(kit.host.pid()).not.toBe(pid);
    const start = kit.received.length;
    await expect.poll(() => kit.received.length, { timeout: 10_000 }).toBeGreaterThan(start);
  }, 40_000);
});
