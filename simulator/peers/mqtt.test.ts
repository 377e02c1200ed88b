import type { ChildProcess } from 'node:child_process';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startSimulator } from '../start.ts';
import { hasProgram, run } from './peer.ts';

const BROKER = 'mosquitto';
const SUBSCRIBER = 'mosquitto_sub';
const data = mkdtempSync(join(tmpdir(), 'plant-'));
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  rmSync(data, { recursive: true, force: true });
});

/** A port that was free a moment ago; mosquitto cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function broker(port: number): Promise<void> {
  const config = join(data, 'mosquitto.conf');
  const passwords = join(data, 'passwords');
  writeFileSync(passwords, '');
  await run('mosquitto_passwd', ['-b', passwords, 'plant', 'a password']);
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\nuser root\n`);
  const child = spawn(BROKER, ['-v', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  for await (const chunk of child.stderr) if (String(chunk).includes('running')) return;
  throw new Error('mosquitto did not start');
}

interface Message {
  readonly topic: string;
  readonly payload: Record<string, unknown>;
}

/** What mosquitto_sub receives, message by message. */
async function* messages(port: number, topic: string): AsyncGenerator<Message> {
  const child = spawn(SUBSCRIBER, ['-h', '127.0.0.1', '-p', String(port), '-u', 'plant', '-P', 'a password', '-q', '1', '-v', '-t', topic]);
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) yield { topic: line.slice(0, line.indexOf(' ')), payload: JSON.parse(line.slice(line.indexOf(' ') + 1)) };
  }
}

/** The gateway's status, once it says what is wanted. */
async function status(port: number, online: boolean): Promise<Message['payload'] | undefined> {
  for await (const { payload } of messages(port, 'dh/v1/E01/gateway/GW001/status')) if (payload.online === online) return payload;
  return undefined;
}

it('mosquitto: telemetry of weather and all households, retained status, last will; the broker comes after the plant', async (ctx) => {
  if (!hasProgram(BROKER) || !hasProgram(SUBSCRIBER)) ctx.skip('needs mosquitto and mosquitto-clients');
  const port = await freePort();
  const simulator = await startSimulator({
    modbusPort: 0,
    opcuaPort: 0,
    apiPort: 0,
    data,
    seed: 7,
    speed: 1,
    mqtt: `mqtt://127.0.0.1:${port}`,
    mqttUser: 'plant',
    mqttPassword: 'a password',
  });
  try {
    await broker(port);
    const received = new Map<string, Message['payload']>();
    for await (const message of messages(port, 'dh/v1/E01/#')) {
      received.set(message.topic, message.payload);
      if (received.size === 34) break;
    }
    expect(received.get('dh/v1/E01/gateway/GW001/status')).toEqual({ ts: expect.any(Number), online: true });
    expect(received.get('dh/v1/E01/weather/WX001/telemetry')).toEqual({
      ts: expect.any(Number),
      seq: 1,
      q: 'good',
      v: { AT: expect.any(Number), AH: expect.any(Number), WS: expect.any(Number), WD: expect.any(Number), SR: expect.any(Number) },
    });
    const home = received.get('dh/v1/E01/household/STA008.UNT02.USR002/telemetry');
    expect(home).toMatchObject({
      q: 'good',
      v: { RT: expect.any(Number), UT_S: expect.any(Number), UT_R: expect.any(Number), UHE_T: expect.any(Number) },
    });
    expect(Math.abs(Number(home?.ts) - Date.now())).toBeLessThan(60_000);
  } finally {
    await simulator[Symbol.asyncDispose]();
  }
  expect(await status(port, false)).toMatchObject({ online: false });

  // The program dies without a farewell: the broker publishes its last will.
  const argv = [
    '--modbus-port',
    '0',
    '--opcua-port',
    '0',
    '--api-port',
    '0',
    '--data',
    data,
    '--mqtt',
    `mqtt://127.0.0.1:${port}`,
    '--mqtt-user',
    'plant',
  ];
  const child = fork(new URL('../main.ts', import.meta.url), argv, {
    stdio: 'ignore',
    execArgv: [],
    env: { ...process.env, SIMULATOR_MQTT_PASSWORD: 'a password' },
  });
  children.push(child);
  expect(await status(port, true)).toMatchObject({ online: true });
  child.kill('SIGKILL');
  expect(await status(port, false)).toMatchObject({ online: false });
}, 40_000);
