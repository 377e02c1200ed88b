import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ADMIN_PASSWORD, startKit, type Kit } from './edge-kit.ts';
import { startProbe, type Probe } from './probe-module.ts';
import { createToken } from '#server/modules/users/tokens.ts';

type Message = Readonly<Record<string, unknown>>;

/** One browser: what came, and a promise of what comes next that fits. */
class Browser {
  readonly socket: WebSocket;
  readonly received: Message[] = [];
  readonly closed: Promise<number>;
  #waiting: (() => void)[] = [];

  constructor(base: string, headers: Record<string, string>) {
    this.socket = new WebSocket(`${base.replace('http', 'ws')}/api/live`, { headers });
    this.socket.on('message', (data) => {
      const message: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '');
      if (typeof message === 'object' && message !== null) this.received.push({ ...message });
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
  }

  async until(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.received.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  has(key: string): Promise<Message> {
    return this.until((message) => key in message);
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
}

/** Two round trips: what the server sent before has come, and the answer to a ping has gone back. */
async function settle(browser: Browser): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const before = browser.received.length;
    browser.say('{');
    await browser.until((message) => 'problem' in message && browser.received.indexOf(message) >= before);
  }
}

let kit: Kit;
let probe: Probe;
let browsers: Browser[];
beforeEach(async () => {
  probe = { count: 0, hold: Promise.resolve(), push: new Map() };
  browsers = [];
  kit = await startKit({ modules: [await startProbe(probe)] });
});
afterEach(async () => {
  for (const { socket } of browsers) socket.terminate();
  await kit[Symbol.asyncDispose]();
});

async function open(headers: Record<string, string>): Promise<Browser> {
  const browser = new Browser(kit.base, headers);
  browsers.push(browser);
  await browser.has('hello');
  return browser;
}
const push = (topic: string, message: unknown): void => probe.push.get(topic)?.(message);
const seqOf = (message: Message): number => Number(message['seq']);

describe('topics', () => {
  it('send a snapshot, then each event with growing numbers', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    browser.say({ subscribe: ['alarms'] });
    const snapshot = await browser.until((message) => message['snapshot'] === 'alarms');
    push('alarms', { alarm: 1 });
    push('alarms', { alarm: 2 });
    const second = await browser.until((message) => message['alarm'] === 2);
    const first = browser.received.find((message) => message['alarm'] === 1) ?? {};
    expect(seqOf(snapshot)).toBeLessThan(seqOf(first));
    expect(seqOf(first)).toBeLessThan(seqOf(second));
  });

  it('of tags are merged to the newest value and sent four times a second', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    browser.say({ subscribe: ['tag:A', 'tag:B'] });
    expect((await browser.has('tags'))['tags']).toEqual([
      ['A', 1, 20, 'good'],
      ['B', 1, 20, 'good'],
    ]);
    browser.received.length = 0;
    for (let n = 1; n <= 50; n += 1) push('tag:A', { tags: [['A', n, n, 'good']] });
    push('tag:B', { tags: [['B', 9, 9, 'bad']] });
    kit.clock.advance(250);
    expect((await browser.has('tags'))['tags']).toEqual([
      ['A', 50, 50, 'good'],
      ['B', 9, 9, 'bad'],
    ]);
    expect(browser.received).toHaveLength(1);
  });

  it('are refused without the right, when unknown, and end when told', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    browser.say({ subscribe: ['people', 'nothing', 'alarms'] });
    await browser.until((message) => message['snapshot'] === 'alarms');
    expect(browser.received.filter((message) => 'refused' in message)).toEqual([
      { refused: 'people', code: 'RIGHT_MISSING' },
      { refused: 'nothing', code: 'TOPIC_UNKNOWN' },
    ]);
    expect(probe.push.has('people')).toBe(false);
    browser.say({ unsubscribe: ['alarms'] });
    await expect.poll(() => probe.push.has('alarms')).toBe(false);
  });

  it('answer nonsense with a problem and go on', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    for (const text of ['{', '{"subscribe":"alarms"}', '{"publish":1}', '{"__proto__":{}}', '[]']) browser.say(text);
    browser.say({ subscribe: ['alarms'] });
    await browser.until((message) => message['snapshot'] === 'alarms');
    expect(browser.received.filter((message) => 'problem' in message)).toHaveLength(5);
  });

  it('or not, something is said every second', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    kit.clock.advance(1000);
    expect(await browser.has('beat')).toEqual({ beat: kit.clock.now() });
  });

  it('are closed to a message over 64 KiB', async () => {
    const browser = await open({ cookie: await kit.become('dispatcher') });
    browser.say({ subscribe: ['x'.repeat(70_000)] });
    expect(await browser.closed).toBe(1009);
  });
});

describe('who comes back', () => {
  it('gets what it missed, once, and the newest values', async () => {
    const cookie = await kit.become('dispatcher');
    const before = await open({ cookie });
    before.say({ subscribe: ['alarms', 'tag:A'] });
    await before.has('tags');
    push('alarms', { alarm: 1 });
    const last = seqOf(await before.has('alarm'));
    before.socket.terminate();
    await before.closed;
    push('alarms', { alarm: 2 });
    push('alarms', { alarm: 3 });
    push('tag:A', { tags: [['A', 7, 7, 'good']] });
    const after = await open({ cookie });
    after.say({ resume: last });
    await after.has('tags');
    expect(after.received.slice(1)).toMatchObject([{ resumed: true }, { alarm: 2 }, { alarm: 3 }, { tags: [['A', 7, 7, 'good']] }]);
    push('alarms', { alarm: 4 });
    expect(await after.until((message) => message['alarm'] === 4)).toBeDefined();
  });

  it('starts anew after a minute, with an unknown number, or as somebody else', async () => {
    const cookie = await kit.become('dispatcher');
    const before = await open({ cookie });
    before.say({ subscribe: ['alarms'] });
    const last = seqOf(await before.until((message) => message['snapshot'] === 'alarms'));
    before.socket.terminate();
    await before.closed;
    const other = await open({ cookie: await kit.become('process-engineer') });
    other.say({ resume: last });
    expect(await other.has('resumed')).toEqual({ resumed: false });
    const unknown = await open({ cookie });
    unknown.say({ resume: 12 });
    expect(await unknown.has('resumed')).toEqual({ resumed: false });
    await expect.poll(() => probe.push.has('alarms')).toBe(true);
    kit.clock.advance(63_000);
    expect(probe.push.has('alarms')).toBe(false);
    const late = await open({ cookie });
    late.say({ resume: last });
    expect(await late.has('resumed')).toEqual({ resumed: false });
  });

  it('does not get back what was forgotten: a thousand events are kept', async () => {
    const cookie = await kit.become('dispatcher');
    const before = await open({ cookie });
    before.say({ subscribe: ['alarms'] });
    const last = seqOf(await before.until((message) => message['snapshot'] === 'alarms'));
    before.socket.terminate();
    await before.closed;
    for (let n = 0; n < 1001; n += 1) push('alarms', { alarm: n });
    const after = await open({ cookie });
    after.say({ resume: last });
    expect(await after.has('resumed')).toEqual({ resumed: false });
  });
});

describe('the log-in', () => {
  it('ends the socket within five seconds of the log-out, and the socket does not prolong it', async () => {
    const cookie = await kit.become('dispatcher');
    const browser = await open({ cookie });
    browser.say({ subscribe: ['alarms'] });
    await browser.until((message) => message['snapshot'] === 'alarms');
    await kit.call('DELETE', '/api/session', { as: cookie });
    kit.clock.advance(5000);
    expect(await browser.closed).toBe(4401);
    expect(probe.push.has('alarms')).toBe(false);
    const idle = await open({ cookie: await kit.become('manager') });
    for (let minutes = 0; minutes < 14; minutes += 1) {
      kit.clock.advance(60_000);
      await settle(idle);
    }
    kit.clock.advance(60_000);
    expect(await idle.closed).toBe(4401);
  });

  it('ends the socket when the rights change', async () => {
    const cookie = await kit.become('dispatcher');
    const browser = await open({ cookie });
    const { cookie: admin } = await kit.logIn('admin', ADMIN_PASSWORD);
    const proposed = await kit.call('POST', '/api/users/wang.jianjun/roles', { as: admin, body: { roles: ['manager'], reason: 'test' } });
    await kit.call('POST', `/api/role-changes/${String(proposed.body['id'])}/approve`, { as: await kit.become('security-administrator') });
    kit.clock.advance(5000);
    expect(await browser.closed).toBe(4403);
  });

  it('of a script is its token, looked at every minute', async () => {
    const { secret } = await createToken(kit.context, { name: 'reader', rights: ['live.read'], expiresIn: 90_000, by: 'cli' });
    const browser = await open({ authorization: `Bearer ${secret}` });
    browser.say({ subscribe: ['alarms'] });
    await browser.until((message) => message['snapshot'] === 'alarms');
    kit.clock.advance(60_000);
    await settle(browser);
    kit.clock.advance(60_000);
    expect(await browser.closed).toBe(4401);
  });
});
