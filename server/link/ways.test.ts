import { describe, expect, it } from 'vitest';
import type { ControlWay } from './control-way.ts';
import { startKit } from './link-kit.ts';
import { codecs, topicOf } from './codec.ts';
import { Presence, SILENT_AFTER } from './presence.ts';
import { Bus, type BusEvents } from '../bus.ts';
import { Problem } from '#domain/errors.ts';
import type { LinkTransport } from './transport.ts';

/** A broker that can be down. */
function transport(up: boolean): LinkTransport & { say: (topic: string, payload: Buffer) => void; readonly published: string[] } {
  let listener: (topic: string, payload: Uint8Array) => void = () => undefined;
  const published: string[] = [];
  return {
    connected: up,
    published,
    publish: (topic) => {
      published.push(topic);
      return Promise.resolve();
    },
    listen: (given) => {
      listener = given;
    },
    say: (topic, payload) => listener(topic, payload),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const control = (online: boolean): ControlWay => ({
  online: () => online,
  runtimes: () => [{ runtime: 'edge', deployment: 5, owns: ['T1'], stops: ['STA001', 'STA002'], lastSeen: 7 }],
  sendCommand: (runtime, command) => Promise.resolve({ id: command.id, state: 'confirmed', at: 1, detail: `by ${runtime}` }),
  stop: (_, targets) =>
    Promise.resolve(targets.filter((t) => t !== 'STA002').map((target) => ({ target, result: 'done' as const, detail: '', ms: 12 }))),
  announce: () => undefined,
});
const command = { id: 'c', tag: 'T1', value: 1, expires: Date.now() + 60_000, deployment: 1 };
const hello = codecs.hello.encode({ v: 1, runtime: 'edge', deployment: 3, hashes: {}, owns: ['T1'], queued: 0 });

describe('ways to a runtime', () => {
  it('sends by the control channel while the broker is down', async () => {
    await using kit = startKit(transport(false), { control: control(true) });
    expect(await kit.link.sendCommand(command)).toMatchObject({ state: 'confirmed', detail: 'by edge' });
    expect(kit.link.runtimes()).toEqual([{ runtime: 'edge', online: true, lastSeen: 7, deployment: 5 }]);
  });

  it('sends by the control channel when the broker goes down in that moment', async () => {
    const down = transport(true);
    down.publish = () => Promise.reject(new Problem('BROKER_DOWN', 503, 'gone'));
    await using kit = startKit(down, { control: control(true) });
    down.say(topicOf('edge', 'hello'), hello);
    expect(await kit.link.sendCommand(command)).toMatchObject({ state: 'confirmed', detail: 'by edge' });
  });

  it('prefers the broker and never sends a command twice', async () => {
    const up = transport(true);
    await using kit = startKit(up, { control: control(true) });
    up.say(topicOf('edge', 'hello'), hello);
    const first = kit.link.sendCommand(command);
    await expect(kit.link.sendCommand(command)).rejects.toMatchObject({ code: 'COMMAND_SENT' });
    // An answer of another runtime does not count.
    up.say(topicOf('other', 'cmdack'), codecs.cmdack.encode({ v: 1, id: 'c', state: 'confirmed', at: 1 }));
    up.say(topicOf('edge', 'cmdack'), codecs.cmdack.encode({ v: 1, id: 'c', state: 'failed', code: 'READ_BACK', at: 2 }));
    expect(await first).toEqual({ id: 'c', state: 'failed', code: 'READ_BACK', at: 2 });
    expect(up.published).toEqual(['nl/v1/edge/cmd']);
  });

  it('says that the effect is unknown when the server stops before the answer', async () => {
    const up = transport(true);
    const kit = startKit(up);
    up.say(topicOf('edge', 'hello'), hello);
    const sent = kit.link.sendCommand(command);
    await kit[Symbol.asyncDispose]();
    expect(await sent).toMatchObject({ state: 'unknown', code: 'SERVER_STOPPED' });
  });

  it('refuses when nobody can be reached', async () => {
    await using kit = startKit(transport(false), { control: control(false) });
    await expect(kit.link.sendCommand(command)).rejects.toMatchObject({ code: 'RUNTIME_OFFLINE' });
  });

  it('stops by the control channel only and tells for each target', async () => {
    await using kit = startKit(transport(false), { control: control(true) });
    expect(await kit.link.stop(['STA001', 'STA002', 'STA003'], 'stop', new AbortController().signal)).toEqual([
      { target: 'STA001', result: 'done', detail: '', ms: 12 },
      { target: 'STA002', result: 'unknown', detail: 'no answer', ms: 0 },
      { target: 'STA003', result: 'failed', detail: 'no connected flow runtime stops it', ms: 0 },
    ]);
  });
});

it('a runtime that is silent for 12 s is offline, once', () => {
  let now = 0;
  const events: BusEvents['runtime'][] = [];
  const bus = new Bus(() => undefined);
  bus.on('runtime', (event) => events.push(event));
  const presence = new Presence({ now: () => now, monotonic: () => now }, bus);
  presence.hello({ v: 1, runtime: 'a', deployment: 1, hashes: {}, owns: ['T'], queued: 0 });
  now = SILENT_AFTER;
  presence.sweep();
  expect(events.map((e) => e.state)).toEqual(['online']);
  now += 1;
  presence.sweep();
  presence.sweep();
  expect(events.map((e) => e.state)).toEqual(['online', 'offline']);
  expect(presence.ownersOf('T')).toEqual(['a']);
  presence.hello({ v: 1, runtime: 'a', deployment: 2, hashes: {}, owns: [], queued: 0 });
  expect(events.map((e) => e.state)).toEqual(['online', 'offline', 'online']);
});
