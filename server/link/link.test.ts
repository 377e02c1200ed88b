import { describe, expect, it } from 'vitest';
import { startBroker } from './broker.ts';
import { NOW, quiet, realClock, startKit, startRuntime, until, type LinkKit, type TestRuntime } from './link-kit.ts';
import { hasProgram, startMosquitto } from './peers/mosquitto.ts';
import { connectExternalBroker } from './transport.ts';

interface Place extends AsyncDisposable {
  readonly kit: LinkKit;
  readonly port: number;
  runtime(): Promise<TestRuntime>;
}

async function embedded(): Promise<Place> {
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    log: quiet,
    verifyRuntime: (name, secret) => name === 'edge' && secret === 'edge',
  });
  const kit = startKit(broker.transport);
  return {
    kit,
    port: broker.port,
    runtime: () => startRuntime(broker.port, 'edge', 'edge'),
    async [Symbol.asyncDispose]() {
      await kit[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

async function external(protocolVersion: 4 | 5): Promise<Place> {
  const mosquitto = await startMosquitto();
  const transport = connectExternalBroker({
    url: `mqtt://127.0.0.1:${mosquitto.port}`,
    clientId: 'server',
    username: 'server',
    password: 'server',
    protocolVersion,
    log: quiet,
  });
  const kit = startKit(transport);
  await until(() => transport.connected);
  return {
    kit,
    port: mosquitto.port,
    runtime: () => startRuntime(mosquitto.port, 'edge', 'edge', protocolVersion),
    async [Symbol.asyncDispose]() {
      await kit[Symbol.asyncDispose]();
      await mosquitto[Symbol.asyncDispose]();
    },
  };
}

const places: readonly (readonly [string, () => Promise<Place>, string | undefined])[] = [
  ['the embedded broker', embedded, undefined],
  ['mosquitto, MQTT 3.1.1', () => external(4), 'mosquitto'],
  ['mosquitto, MQTT 5', () => external(5), 'mosquitto'],
];

describe.each(places)('link over %s', (_, open, needs) => {
  it('acknowledges after the commit, applies once, and acknowledges a duplicate again', async ({ skip }) => {
    skip(needs !== undefined && !hasProgram(needs), `needs ${needs}`);
    await using place = await open();
    const { kit } = place;
    await using edge = await place.runtime();
    const held = Promise.withResolvers<void>();
    kit.history.gate = held.promise;
    await edge.batch(1, 0);
    await edge.batch(2, 1);
    await edge.batch(2, 1);
    await edge.batch(3, 2);
    await edge.hello();
    await until(() => kit.link.runtimes().length === 1);
    expect(edge.acks).toEqual([]);
    expect(kit.applied).toEqual([]);
    held.resolve();
    await until(() => edge.acks.at(-1) === 3);
    expect(kit.applied.map((s) => s.value)).toEqual([1, 2, 3]);
    const commits = kit.history.commits;
    await edge.batch(2, 0);
    await until(() => edge.acks.length > 1);
    expect(edge.acks.at(-1)).toBe(3);
    expect(kit.history.commits).toBe(commits);
    expect(kit.history.stored.size).toBe(3);
  });

  it('is silent at a gap until the runtime sends again from its oldest', async ({ skip }) => {
    skip(needs !== undefined && !hasProgram(needs), `needs ${needs}`);
    await using place = await open();
    const { kit } = place;
    await using edge = await place.runtime();
    await edge.batch(10, 0);
    await edge.batch(12, 11);
    await until(() => kit.link.counts().gaps === 1);
    await edge.batch(11, 0);
    await edge.batch(12, 11);
    await until(() => edge.acks.at(-1) === 12);
    expect(kit.history.stored.size).toBe(3);
  });

  it('puts what is malformed into quarantine and takes it off the queue', async ({ skip }) => {
    skip(needs !== undefined && !hasProgram(needs), `needs ${needs}`);
    await using place = await open();
    const { kit } = place;
    await using edge = await place.runtime();
    await edge.send('batch', 'garbage');
    await edge.send('batch', { v: 2, runtime: 'edge', seq: 1, after: 0, samples: [] });
    await until(() => edge.acks.at(-1) === 1);
    await edge.batch(2, 1, [
      { tag: 'T1', at: NOW, value: 1, quality: 'good' },
      { tag: 'unknown', at: NOW, value: 1, quality: 'good' },
      { tag: 'T2', at: NOW, value: 'warm', quality: 'good' },
      { tag: 'T3', at: Date.now() + 3_600_000, value: 1, quality: 'good' },
    ]);
    await until(() => edge.acks.at(-1) === 2);
    await edge.send('batch', {
      v: 1,
      runtime: 'other',
      seq: 9,
      after: 2,
      samples: [{ tag: 'T1', at: NOW + 5, value: 1, quality: 'good' }],
    });
    await until(() => kit.quarantined.length === 4);
    expect(kit.applied.map((s) => s.tag)).toEqual(['T1']);
    expect(kit.link.counts()).toMatchObject({ refused: 3, quarantined: 4, samples: 1 });
    expect(kit.quarantined.map((q) => String(q.reason))).toEqual([
      expect.stringContaining('no JSON'),
      expect.stringContaining('/v'),
      expect.stringContaining('unknown: unknown tag'),
      expect.stringContaining('batch of other on the topic of edge'),
    ]);
  });

  it('sends a command to the runtime that owns the tag and returns its answer', async ({ skip }) => {
    skip(needs !== undefined && !hasProgram(needs), `needs ${needs}`);
    await using place = await open();
    const { kit } = place;
    await using edge = await place.runtime();
    const command = { id: 'c1', tag: 'T1', value: 46, expires: Date.now() + 20_000, deployment: 3 };
    await expect(kit.link.sendCommand(command)).rejects.toMatchObject({ code: 'TAG_NOT_OWNED' });
    await edge.hello(['T1']);
    await until(() => kit.runtimes.length === 1);
    expect(kit.runtimes).toEqual([{ runtime: 'edge', state: 'online', detail: 'deployment 3' }]);
    expect(kit.link.runtimes()).toEqual([{ runtime: 'edge', online: true, lastSeen: expect.any(Number), deployment: 3 }]);
    const sent = kit.link.sendCommand(command);
    await until(() => edge.received.some(({ topic }) => topic === 'nl/v1/edge/cmd'));
    expect(edge.received.at(-1)?.body).toEqual({ v: 1, ...command });
    await edge.send('cmdack', { v: 1, id: 'other', state: 'failed', at: NOW });
    await edge.send('cmdack', { v: 1, id: 'c1', state: 'confirmed', readBack: 46, at: NOW });
    expect(await sent).toEqual({ id: 'c1', state: 'confirmed', readBack: 46, at: NOW });
    await expect(kit.link.sendCommand({ ...command, expires: Date.now() - 1 })).rejects.toMatchObject({ code: 'COMMAND_EXPIRED' });
    kit.bus.emit('deployment', { n: 4 });
    await until(() => edge.received.some(({ topic }) => topic === 'nl/v1/edge/deployment'));
    expect(edge.received.at(-1)?.body).toEqual({ v: 1, n: 4 });
  });
});
