import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Person } from '../e2e/client.ts';
import { ADMIN_PASSWORD, freePorts, startSystem } from '../e2e/system.ts';
import { until } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE = 120_000;
const folders: string[] = [];
const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'nuanliu-input-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A copy of the program whose shipped files may be broken. */
function copy(): string {
  const root = temporary();
  const parts = ['cli', 'server', 'domain', 'plants', 'nodes', 'rules', 'workflows', 'reports', 'ledgers', 'screens', 'simulator', 'flows'];
  for (const part of [...parts, 'package.json', 'settings.ts'])
    if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'editor/dist'), { recursive: true });
  writeFileSync(join(root, 'editor/dist/index.html'), '');
  return root;
}

/** Changes one text of a file; what it changed must have been there. @returns puts it back */
function breakFile(root: string, file: string, from: string | RegExp, to: string): () => void {
  const before = readFileSync(join(root, file), 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  writeFileSync(join(root, file), after);
  return () => writeFileSync(join(root, file), before);
}

/** `nuanliu start` until it ends by itself. */
async function startFails(root: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const [modbus, opcua] = await freePorts(2);
  const child = spawn(process.execPath, [join(root, 'cli/nuanliu.js'), 'start', ...args], {
    cwd: root,
    env: {
      ...process.env,
      NUANLIU_PORT: '0',
      NUANLIU_EDITOR_PORT: '0',
      NUANLIU_MQTT_PORT: '0',
      NUANLIU_SIMULATOR_API_PORT: '0',
      NUANLIU_SIMULATOR_MODBUS_PORT: String(modbus),
      NUANLIU_SIMULATOR_OPCUA_PORT: String(opcua),
      NUANLIU_DATA_DIR: join(temporary(), 'data'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  const code = await new Promise<number | null>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGINT'), PATIENCE);
    child.once('exit', (status) => {
      clearTimeout(timer);
      resolve(status);
    });
  });
  return { code, text };
}

describe('broken settings: exit code 2, with the file and the place', () => {
  it.for([
    ['a wrong type', "export default { log: { level: 'loud' } };", 'log.level'],
    ['an unknown setting', 'export default { mqtt: { prot: 1 } };', 'mqtt.prot'],
    ['no default export', 'export const port = 1;', 'default export'],
    ['no TypeScript', 'export default { port: ', 'settings.ts'],
    ['a duration of nothing', "export default { sessions: { idle: '0s' } };", 'sessions.idle'],
    ['open to the network without TLS', "export default { host: '0.0.0.0' };", 'host'],
  ] as const)('%s', async ([, content, place]) => {
    const file = join(temporary(), 'settings.ts');
    writeFileSync(file, content);
    const { code, text } = await startFails(ROOT, '--settings', file);
    expect(code, text).toBe(2);
    expect(text).toContain(file);
    expect(text).toContain(place);
  });
});

const BROKEN = [
  { what: 'a flow that is no JSON', file: 'flows/020-stations.flow.json', from: ']', to: '', places: ['flows/020-stations.flow.json'] },
  {
    what: 'a flow with an unknown tag',
    file: 'flows/020-stations.flow.json',
    from: '"STA001.1T_S"',
    to: '"STA001.NOPE"',
    places: ['flows/020-stations.flow.json', 'STA001.NOPE'],
  },
  {
    what: 'a process that is no XML',
    file: 'workflows/emergency-response/emergency-response.bpmn',
    from: '</bpmn:process>',
    to: '',
    places: ['workflows/emergency-response/emergency-response.bpmn'],
  },
  {
    what: 'a process that leads to nothing',
    file: 'workflows/emergency-response/emergency-response.bpmn',
    from: 'targetRef="assess"',
    to: 'targetRef="nowhere"',
    places: ['workflows/emergency-response/emergency-response.bpmn', 'toAssess'],
  },
  {
    what: 'a form that is no JSON',
    file: 'workflows/emergency-response/leak-approve.form.json',
    from: '{',
    to: '',
    places: ['leak-approve.form.json'],
  },
  {
    what: 'a rule that is no TypeScript',
    file: 'rules/station/unit.alarm.ts',
    from: 'defineAlarm({',
    to: 'defineAlarm({ {',
    places: ['rules/station/unit.alarm.ts'],
  },
  {
    what: 'a rule with a delay that is none',
    file: 'rules/station/unit.alarm.ts',
    from: "onDelay: '10s'",
    to: "onDelay: 'soon'",
    places: ['MK_FI', 'onDelay'],
  },
] as const;

describe('broken content that is shipped', () => {
  const root = copy();

  it.for(BROKEN)('first start with $what: exit code 2 with the place', async ({ file, from, to, places }) => {
    const mend = breakFile(root, file, from, to);
    try {
      const { code, text } = await startFails(root, '--demo');
      expect(code, text).toBe(2);
      for (const place of places) expect(text).toContain(place);
    } finally {
      mend();
    }
  });
});

/** What is deployed, and that it is what the consumers run. */
async function deployed(person: Person): Promise<number> {
  const verdict: unknown = await person.send('GET', '/api/deployments/verify');
  if (typeof verdict !== 'object' || verdict === null || !('n' in verdict) || typeof verdict.n !== 'number') throw new Error('no verdict');
  return verdict.n;
}
async function isRead(person: Person, since: number): Promise<boolean> {
  const live: unknown = await person.send('GET', '/api/tags/STA001.HB/live');
  if (typeof live !== 'object' || live === null || !('at' in live) || !('quality' in live)) return false;
  return live.quality === 'good' && Date.parse(String(live.at)) > since;
}

it('a running system goes on with the last good version: broken deploys refused, broken files of the next start not taken over', async () => {
  const root = copy();
  const dataDir = temporary();
  // The same ports at every start: the last good flows know where the devices are.
  const [mqtt, modbus, opcua] = await freePorts(3);
  const env = {
    NUANLIU_LOG_LEVEL: 'error',
    NUANLIU_MQTT_PORT: String(mqtt),
    NUANLIU_SIMULATOR_MODBUS_PORT: String(modbus),
    NUANLIU_SIMULATOR_OPCUA_PORT: String(opcua),
  };
  let before: number;
  {
    await using system = await startSystem({ root, dataDir, env });
    const engineer = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'process-engineer');
    await until(() => isRead(engineer, 0), PATIENCE, 'the stations are read', 500);
    before = await deployed(engineer);
    const alarms = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'alarm-administrator');
    const draft = await alarms.raw('POST', '/api/rules/STA001.UNT01.MK_FI/draft', { limits: { h: 5, hh: 2 }, reason: 'wrong order' });
    expect({ status: draft.status, code: JSON.parse(await draft.text()).code }).toEqual({ status: 422, code: 'RULE_LIMITS_ORDER' });

    const credential = readFileSync(join(dataDir, 'keys/runtime-local'), 'utf8').trim();
    const control = `${system.url.replace('localhost', '127.0.0.1')}/runtime/v1/local/flows`;
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
    const now = JSON.parse(await (await fetch(control, { headers })).text());
    const nodes: { id: string; type: string; rows?: unknown }[] = now.flows.flatMap((flow: { content: unknown[] }) => flow.content);
    const first = nodes.find((node) => node.type === 'modbus-read');
    if (!first) throw new Error('no node reads Modbus');
    const send = async (changed: unknown): Promise<{ status: number; text: string }> => {
      const answer = await fetch(control, { method: 'PUT', headers, body: JSON.stringify({ user: 'admin', nodes: changed }) });
      return { status: answer.status, text: await answer.text() };
    };
    const wrong = nodes.map((node) => (node.id === first.id ? { ...node, every: 'often' } : node));
    const config = await send(wrong);
    expect(config.status, config.text).toBe(422);
    expect(config.text).toContain(first.id);
    const code = await send([...nodes, { id: 'evil', type: 'exec', z: '020-stations' }]);
    expect(code.status, code.text).toBe(403);
    expect(code.text).toContain('evil');
    expect(await deployed(engineer)).toBe(before);
    const refusedAt = Date.now();
    await until(() => isRead(engineer, refusedAt), PATIENCE, 'the stations are still read', 500);
  }
  for (const { what, file, from, to } of [BROKEN[1], BROKEN[3]]) {
    const mend = breakFile(root, file, from, to);
    await using system = await startSystem({ root, dataDir, env });
    mend();
    const engineer = await Person.logIn(system.url, 'admin', ADMIN_PASSWORD, 'process-engineer');
    const since = Date.now();
    await until(() => isRead(engineer, since), PATIENCE, `${what}: the stations are read`, 500);
    expect(await deployed(engineer), what).toBe(before);
    expect(system.output.join('\n'), what).toContain(file);
  }
});
