import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETPOINT, UNIT, VALVE, confirmed } from './command-kit.ts';
import type { FakeLink, Plant } from './command-kit.ts';
import { startCommandsPlatform } from './commands-platform.ts';
import type { CommandsPlatform } from './commands-platform.ts';
import type { Kit } from './edge-kit.ts';
import { settle } from './memory-store.ts';

let platform: CommandsPlatform;
let kit: Kit;
let plant: Plant;
let link: FakeLink;
let dispatcher: string;
let manager: string;
let engineer: string;

beforeAll(async () => {
  platform = await startCommandsPlatform();
  ({ kit, plant, link } = platform);
  dispatcher = await kit.become('dispatcher');
  manager = await kit.become('manager');
  engineer = await kit.become('process-engineer');
});
afterAll(() => platform[Symbol.asyncDispose]());

const warm = { tag: SETPOINT, value: 46, reason: 'cold evening' };

describe('commands over HTTP', () => {
  it('are submitted once for a key, sent, and read back', async () => {
    link.answer = (id) => confirmed(id);
    const options = { as: dispatcher, body: warm, headers: { 'idempotency-key': 'evening-1' } };
    const first = await kit.call('POST', '/api/commands', options);
    expect(first).toMatchObject({ status: 202, body: { state: 'queued', unit: '°C', submitter: 'wang.jianjun', submitterName: '王建军' } });
    const again = await kit.call('POST', '/api/commands', options);
    expect(again.body['id']).toBe(first.body['id']);
    await settle();
    const after = await kit.call('GET', first.headers.get('location') ?? '', { as: manager });
    expect(after).toMatchObject({ status: 200, body: { state: 'confirmed', before: 45, readBack: 46 } });
    expect(link.sent).toHaveLength(1);
    await plant.time.advance(6000);
    plant.refresh();
  });

  it('are refused with the code and the reason of the gate', async () => {
    const refused = await kit.call('POST', '/api/commands', { as: dispatcher, body: { ...warm, value: 80 } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'GATE_RANGE' } });
    expect(await kit.call('POST', '/api/commands', { as: dispatcher, body: { ...warm, tag: 'NO.SUCH' } })).toMatchObject({ status: 404 });
    expect(await kit.call('POST', '/api/commands', { as: dispatcher, body: { ...warm, expires: 'soon' } })).toMatchObject({
      status: 422,
      body: { code: 'COMMAND_EXPIRES' },
    });
    expect(await kit.call('POST', '/api/commands', { as: manager, body: warm })).toMatchObject({ status: 403 });
  });

  it('wait for the second person where the allow-list says so', async () => {
    const gate = await kit.call('GET', `/api/gate/${VALVE}`, { as: manager });
    expect(gate).toMatchObject({
      status: 200,
      body: { listed: true, secondPerson: true, stopped: false, rule: { persons: 2, risk: 'high' }, active: [] },
    });
    const { body } = await kit.call('POST', '/api/commands', { as: dispatcher, body: { tag: VALVE, value: 0, reason: 'leak' } });
    expect(body).toMatchObject({ state: 'waiting', persons: 2 });
    const path = `/api/commands/${String(body['id'])}`;
    expect(await kit.call('POST', `${path}/approve`, { as: dispatcher })).toMatchObject({
      status: 403,
      body: { code: 'COMMAND_SECOND_PERSON' },
    });
    const list = await kit.call('GET', '/api/commands?filter=state:in:waiting,sent;tag:eq:' + VALVE, { as: manager });
    expect(list.body).toMatchObject({ items: [{ tag: VALVE }] });
    expect(await kit.call('POST', `${path}/approve`, { as: manager })).toMatchObject({ status: 200, body: { approver: 'zhao.lixin' } });
    await settle();
    expect(await kit.call('GET', path, { as: dispatcher })).toMatchObject({ body: { state: 'confirmed' } });
    expect(await kit.call('POST', `${path}/withdraw`, { as: dispatcher, body: {} })).toMatchObject({
      status: 409,
      body: { code: 'STATE_REFUSED' },
    });
  });

  it('are listed page by page, newest first', async () => {
    const first = await kit.call('GET', '/api/commands?limit=2', { as: dispatcher });
    const second = await kit.call('GET', `/api/commands?limit=2&after=${encodeURIComponent(String(first.body['next']))}`, {
      as: dispatcher,
    });
    const items = [first, second].flatMap((page) => (Array.isArray(page.body['items']) ? page.body['items'] : []));
    const times = items.map((item: { submittedAt: string }) => item.submittedAt);
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('tell a dialog what the gate would say of a value', async () => {
    expect(await kit.call('GET', `/api/gate/${SETPOINT}?value=60`, { as: dispatcher })).toMatchObject({
      body: { refusal: { code: 'GATE_STEP' } },
    });
    expect(await kit.call('GET', `/api/gate/${UNIT}.CV_SP`, { as: dispatcher })).toMatchObject({
      body: { mode: 'auto', refusal: { code: 'TAG_IN_AUTO' } },
    });
    expect((await kit.call('GET', `/api/gate/${SETPOINT}`, { as: dispatcher })).body['refusal']).toBeUndefined();
    expect(await kit.call('GET', `/api/gate/${UNIT}.2T_S`, { as: dispatcher })).toMatchObject({
      body: { listed: false, refusal: { code: 'GATE_NOT_LISTED' } },
    });
    expect(await kit.call('GET', '/api/gate/NO.SUCH', { as: dispatcher })).toMatchObject({ status: 404, body: { code: 'TAG_UNKNOWN' } });
  });

  it('come from a script with a service token', async () => {
    const admin = (await kit.logIn('admin', 'Kettle-Forest-42')).cookie;
    const body = { name: 'night-setback', rights: ['live.read', 'command.submit'], expires: '90d' };
    const made = await kit.call('POST', '/api/tokens', { as: admin, body });
    expect(made).toMatchObject({ status: 201, body: { name: 'night-setback' } });
    expect(await kit.call('POST', '/api/tokens', { as: admin, body: { ...body, name: 'x', rights: ['command.approve'] } })).toMatchObject({
      status: 422,
      body: { code: 'TOKEN_RIGHT' },
    });
    expect(await kit.call('POST', '/api/tokens', { as: dispatcher, body })).toMatchObject({ status: 403 });
    const headers = { authorization: `Bearer ${String(made.body['secret'])}` };
    await plant.time.advance(6000);
    plant.refresh();
    expect(await kit.call('POST', '/api/commands', { headers, body: { ...warm, value: 44 } })).toMatchObject({
      status: 202,
      body: { submitter: 'token:night-setback' },
    });
    expect(await kit.call('DELETE', '/api/tokens/night-setback', { as: admin })).toMatchObject({ status: 204 });
    expect(await kit.call('POST', '/api/commands', { headers, body: warm })).toMatchObject({ status: 401 });
  });
});

describe('the one-key stop over HTTP', () => {
  it('is confirmed by its scope, blocks commands, and is reset by two', async () => {
    expect(await kit.call('POST', '/api/stop', { as: dispatcher, body: { scope: 'STA007', confirm: 'yes' } })).toMatchObject({
      status: 422,
      body: { code: 'STOP_NOT_CONFIRMED' },
    });
    expect(await kit.call('POST', '/api/stop', { as: manager, body: { scope: 'STA007', confirm: 'STA007' } })).toMatchObject({
      status: 403,
    });
    const ordered = await kit.call('POST', '/api/stop', { as: dispatcher, body: { scope: 'STA007', confirm: 'STA007' } });
    expect(ordered).toMatchObject({ status: 202, body: { scope: 'STA007', by: 'wang.jianjun' } });
    const path = ordered.headers.get('location') ?? '';
    expect(await kit.call('POST', '/api/commands', { as: dispatcher, body: warm })).toMatchObject({
      status: 409,
      body: { code: 'GATE_PERMISSIVE' },
    });
    expect(await kit.call('GET', `/api/gate/${SETPOINT}`, { as: dispatcher })).toMatchObject({ body: { stopped: true } });
    const stopped = async (): Promise<unknown> => (await kit.call('GET', path, { as: manager })).body['state'];
    await expect.poll(stopped).toBe('stopped');
    expect(await kit.call('POST', `${path}/reset`, { as: dispatcher })).toMatchObject({
      status: 200,
      body: { state: 'stopped', firstReset: { by: 'wang.jianjun' } },
    });
    expect(await kit.call('POST', `${path}/reset`, { as: dispatcher })).toMatchObject({
      status: 403,
      body: { code: 'STOP_SECOND_PERSON' },
    });
    expect(await kit.call('POST', `${path}/reset`, { as: manager })).toMatchObject({ status: 200, body: { state: 'released' } });
    const list = await kit.call('GET', '/api/stop', { as: dispatcher });
    expect(list.body).toMatchObject({
      items: [{ state: 'released' }],
      scopes: expect.arrayContaining([expect.objectContaining({ scope: 'STA007' })]),
    });
  });
});

describe('artefacts over HTTP', () => {
  const id = encodeURIComponent('boiler/supply');
  it('show what is deployed, by whom, and the content of each revision', async () => {
    const list = await kit.call('GET', '/api/artefacts?kind=alarm', { as: engineer });
    expect(list.body).toMatchObject({ items: [{ kind: 'alarm', id: 'boiler/supply', revisions: 2 }] });
    const { body } = await kit.call('GET', `/api/artefacts/alarm/${id}`, { as: engineer });
    expect(body).toMatchObject({
      items: [
        { shipped: true, deployed: false },
        { author: 'chen.siyuan', approver: 'zhao.lixin', deployed: true },
      ],
    });
    const items = Array.isArray(body['items']) ? body['items'] : [];
    const [first] = items.map((item: { hash: string }) => item.hash);
    const one = await kit.call('GET', `/api/artefacts/alarm/${id}/revisions/${first}`, { as: engineer });
    expect(one.body).toMatchObject({ content: { limit: 95 }, revision: { shipped: true } });
    expect(await kit.call('GET', '/api/artefacts/alarm/none', { as: engineer })).toMatchObject({
      status: 404,
      body: { code: 'ARTEFACT_UNKNOWN' },
    });
  });

  it('are rolled back by one who may deploy', async () => {
    expect(await kit.call('POST', '/api/deployments/2/rollback', { as: dispatcher, body: { reason: 'no' } })).toMatchObject({
      status: 403,
    });
    const made = await kit.call('POST', '/api/deployments/2/rollback', { as: engineer, body: { reason: 'too early' } });
    expect(made).toMatchObject({ status: 200, body: { n: 3, undoes: 2, reason: 'rollback', state: 'live' } });
    const list = await kit.call('GET', '/api/deployments', { as: engineer });
    expect(list.body).toMatchObject({
      n: 3,
      items: [
        { n: 3, state: 'live' },
        { n: 2, state: 'past' },
        { n: 1, reason: 'shipped' },
      ],
    });
    expect(await kit.call('GET', '/api/deployments/verify', { as: engineer })).toMatchObject({
      status: 200,
      body: { n: 3, agree: true, consumers: [{ consumer: 'runtime/afar', agree: true }] },
    });
    expect(platform.audited.map((entry) => entry.action)).toContain('deployment.rollback');
  });
});
