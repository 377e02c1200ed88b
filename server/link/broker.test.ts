import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBroker, type Broker } from './broker.ts';
import { quiet, realClock, startRuntime, until, type TestRuntime } from './link-kit.ts';
import { hasProgram, startMosquitto } from './peers/mosquitto.ts';
import { connectExternalBroker } from './transport.ts';

let broker: Broker;
const seen: string[] = [];

beforeEach(async () => {
  seen.length = 0;
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    log: quiet,
    verifyRuntime: (name, secret) => ['edge', 'edge2'].includes(name) && secret === `secret of ${name}`,
    device: (user) =>
      user === 'WX001'
        ? { secret: 'weather', owns: ['dh/v1/E01/weather/WX001'] }
        : user === 'reader'
          ? { secret: 'reader', owns: [], reads: ['dh/v1/E01/weather/+/telemetry'] }
          : undefined,
  });
  broker.transport.listen((topic, payload) => seen.push(`${topic} ${Buffer.from(payload).toString()}`));
});
afterEach(() => broker[Symbol.asyncDispose]());

/** Runs a mosquitto program against the embedded broker; its exit code and everything that it said. */
async function mosquitto(
  program: 'mosquitto_pub' | 'mosquitto_sub',
  user: string,
  password: string,
  args: readonly string[],
  id = user,
): Promise<{ code: number; said: string }> {
  const child = spawn(program, [
    '-h',
    '127.0.0.1',
    '-p',
    String(broker.port),
    '-i',
    id,
    '-u',
    user,
    '-P',
    password,
    '-q',
    '1',
    '-d',
    ...args,
  ]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
  const [code] = await once(child, 'close');
  return { code: Number(code), said };
}

/** An error (reset) may come before the close. */
const closing = ({ client }: TestRuntime): Promise<void> => new Promise((resolve) => client.once('close', () => resolve()));

const noPub = !hasProgram('mosquitto_pub');

describe('the embedded broker against mosquitto_pub and mosquitto_sub', () => {
  it('takes a runtime that publishes its own batch', async ({ skip }) => {
    skip(noPub, 'needs mosquitto-clients');
    expect(await mosquitto('mosquitto_pub', 'edge', 'secret of edge', ['-t', 'nl/v1/edge/batch', '-m', 'hello'])).toMatchObject({
      code: 0,
    });
    expect(seen).toEqual(['nl/v1/edge/batch hello']);
  });

  it.for<readonly [string, string, string, string]>([
    ['a wrong password', 'edge', 'secret of edge2', 'edge'],
    ['an unknown user', 'admin', 'admin', 'admin'],
    ['a client id that is not the user', 'edge', 'secret of edge', 'edge2'],
    ['a device with the password of another', 'WX001', 'reader', 'WX001'],
  ])('refuses %s', async ([, user, password, id], { skip }) => {
    skip(noPub, 'needs mosquitto-clients');
    const { code, said } = await mosquitto('mosquitto_pub', user, password, ['-t', `nl/v1/${user}/batch`, '-m', 'x'], id);
    expect(code).not.toBe(0);
    expect(said).toMatch(/bad user name or password|not authori[sz]ed/i);
    expect(seen).toEqual([]);
  });

  it.for<readonly [string, string, string, readonly string[]]>([
    ['the batch of another runtime', 'edge', 'secret of edge', ['-t', 'nl/v1/edge2/batch', '-m', 'x']],
    ['its own acknowledgement', 'edge', 'secret of edge', ['-t', 'nl/v1/edge/ack', '-m', 'x']],
    ['a retained batch', 'edge', 'secret of edge', ['-r', '-t', 'nl/v1/edge/batch', '-m', 'x']],
    ['a system topic', 'edge', 'secret of edge', ['-t', '$SYS/edge', '-m', 'x']],
    ['another device', 'WX001', 'weather', ['-t', 'dh/v1/E01/weather/WX002/telemetry', '-m', 'x']],
    ['its own command', 'WX001', 'weather', ['-t', 'dh/v1/E01/weather/WX001/cmd', '-m', 'x']],
    ['retained telemetry', 'WX001', 'weather', ['-r', '-t', 'dh/v1/E01/weather/WX001/telemetry', '-m', 'x']],
  ])('cuts the connection of who publishes %s', async ([, user, password, args], { skip }) => {
    skip(noPub, 'needs mosquitto-clients');
    const { said } = await mosquitto('mosquitto_pub', user, password, args);
    expect(said).not.toMatch(/received PUBACK/);
    expect(seen).toEqual([]);
  });

  it.for<readonly [string, string, string, string]>([
    ['everything', 'edge', 'secret of edge', '#'],
    ['the commands of another runtime', 'edge', 'secret of edge', 'nl/v1/edge2/cmd'],
    ['commands by wildcard', 'edge', 'secret of edge', 'nl/v1/+/cmd'],
    ['batches', 'edge', 'secret of edge', 'nl/v1/edge/batch'],
    ['telemetry as a device', 'WX001', 'weather', 'dh/v1/E01/weather/+/telemetry'],
  ])('refuses a subscription to %s', async ([, user, password, filter], { skip }) => {
    skip(noPub, 'needs mosquitto-clients');
    const { said } = await mosquitto('mosquitto_sub', user, password, ['-t', filter, '-W', '5']);
    expect(said).toMatch(/All subscription requests were denied|\b128\b/);
  });

  it('delivers own commands and the telemetry that a reader may read', async ({ skip }) => {
    skip(noPub, 'needs mosquitto-clients');
    const ended: string[] = [];
    const one = async (user: string, password: string, filter: string): Promise<string> => {
      const { said } = await mosquitto('mosquitto_sub', user, password, ['-C', '1', '-t', filter]);
      ended.push(user);
      return said;
    };
    const own = one('edge', 'secret of edge', 'nl/v1/edge/cmd');
    const reader = one('reader', 'reader', 'dh/v1/E01/weather/+/telemetry');
    // Whether they have subscribed yet cannot be seen from outside: until they end, say it again.
    while (ended.length < 2) {
      await broker.transport.publish('nl/v1/edge/cmd', Buffer.from('a command'));
      await mosquitto('mosquitto_pub', 'WX001', 'weather', ['-t', 'dh/v1/E01/weather/WX001/telemetry', '-m', 'cold']);
    }
    expect(await own).toContain('a command');
    expect(await reader).toContain('cold');
  });
});

describe('limits of the embedded broker', () => {
  it('cuts a connection before a packet of more than 256 KiB is in memory', async () => {
    await using edge = await startRuntime(broker.port, 'edge', 'secret of edge');
    await edge.send('batch', 'x'.repeat(200_000));
    expect(seen).toHaveLength(1);
    const closed = closing(edge);
    edge.client.publish('nl/v1/edge/batch', 'x'.repeat(300_000), { qos: 0 });
    await closed;
    expect(seen).toHaveLength(1);
  });

  it('cuts a connection that sends no MQTT', async () => {
    const socket = connectTcp(broker.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'close');
    expect(seen).toEqual([]);
  });

  it('takes over from a connection of the same name', async () => {
    await using first = await startRuntime(broker.port, 'edge', 'secret of edge');
    const closed = closing(first);
    await using second = await startRuntime(broker.port, 'edge', 'secret of edge');
    await closed;
    await second.send('hello', 'still here');
    expect(seen).toEqual(['nl/v1/edge/hello still here']);
  });

  it('keeps no command for a client that was away, even if it asks for that', async () => {
    const settings = { clientId: 'edge', username: 'edge', password: 'secret of edge', clean: false, reconnectPeriod: 0 };
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const first = await connectAsync(url, settings);
    await first.subscribeAsync('nl/v1/edge/cmd', { qos: 1 });
    await first.endAsync();
    await broker.transport.publish('nl/v1/edge/cmd', Buffer.from('too late'));
    const received: string[] = [];
    const second = await connectAsync(url, settings);
    second.on('message', (_, payload) => received.push(payload.toString()));
    await second.subscribeAsync('nl/v1/edge/cmd', { qos: 1 });
    await broker.transport.publish('nl/v1/edge/cmd', Buffer.from('in time'));
    await until(() => received.length > 0);
    expect(received).toEqual(['in time']);
    await second.endAsync();
  });

  it('says which port is taken', async () => {
    await expect(
      startBroker({ host: '127.0.0.1', port: broker.port, clock: realClock, log: quiet, verifyRuntime: () => false }),
    ).rejects.toMatchObject({ code: 'BROKER_LISTEN' });
  });
});

it('comes back to an external broker that was away', async ({ skip }) => {
  skip(!hasProgram('mosquitto'), 'needs mosquitto');
  await using mosquittoBroker = await startMosquitto();
  await using transport = connectExternalBroker({
    url: `mqtt://127.0.0.1:${mosquittoBroker.port}`,
    clientId: 'server',
    username: 'server',
    password: 'server',
    log: quiet,
  });
  const heard: string[] = [];
  transport.listen((topic) => heard.push(topic));
  await until(() => transport.connected);
  await mosquittoBroker.restart(async () => {
    await until(() => !transport.connected);
    await expect(transport.publish('nl/v1/edge/cmd', Buffer.from('x'))).rejects.toMatchObject({ code: 'BROKER_DOWN' });
  });
  await until(() => transport.connected);
  await using edge = await startRuntime(mosquittoBroker.port, 'edge', 'edge');
  await edge.send('batch', 'x');
  await until(() => heard.includes('nl/v1/edge/batch'));
});
