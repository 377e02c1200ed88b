import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pulse, writeSetpoint } from './commands.ts';
import { Memory } from './memory.ts';
import { buildAdu, parseAdu } from './modbus/frame.ts';
import { readOptions } from './options.ts';
import { Plant } from './plant.ts';
import type { Simulator } from './start.ts';
import { startSimulator } from './start.ts';

const folders: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'plant-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});
const start = (data = folder()): Promise<Simulator> => startSimulator({ modbusPort: 0, opcuaPort: 0, apiPort: 0, data, seed: 7, speed: 1 });

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

let transaction = 0;
/** Sends one request and gives the next bytes that come. */
async function ask(socket: Socket, unit: number, pdu: readonly number[]): Promise<Buffer> {
  transaction += 1;
  socket.write(buildAdu({ transaction, unit, pdu: Buffer.from(pdu) }));
  const [reply] = await once(socket, 'data');
  if (!Buffer.isBuffer(reply)) throw new Error('no bytes');
  return reply;
}
function pduOf(reply: Buffer): number[] {
  const parsed = parseAdu(reply);
  if (parsed.kind !== 'adu') throw new Error('no telegram');
  return [...parsed.adu.pdu];
}

describe('Modbus line', () => {
  it('answers by unit, refuses broadcast and unknown units, closes on garbage', async () => {
    await using simulator = await start();
    const socket = await open(simulator.ports.modbus);
    expect(pduOf(await ask(socket, 8, [3, 0, 0, 0, 2]))[0]).toBe(3);
    expect(pduOf(await ask(socket, 0, [6, 0, 206, 0, 1]))).toEqual([0x86, 0x0a]);
    expect(pduOf(await ask(socket, 9, [3, 0, 0, 0, 2]))).toEqual([0x83, 0x0b]);
    socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await once(socket, 'close');
    const next = await open(simulator.ports.modbus);
    expect(pduOf(await ask(next, 1, [2, 0, 0, 0, 2]))).toEqual([2, 1, 2]);
    next.destroy();
  });

  it('is silent, slow, spoiled or refusing for the faulty station only', async () => {
    await using simulator = await start();
    const { plant } = simulator;
    const socket = await open(simulator.ports.modbus);
    const read = [3, 0, 0, 0, 2];
    plant.faults.add({ kind: 'comms-loss', target: 'STA001' }, plant.age);
    plant.faults.add({ kind: 'slow', target: 'STA002', size: 0.2 }, plant.age);
    plant.faults.add({ kind: 'garbage', target: 'STA003' }, plant.age);
    plant.faults.add({ kind: 'modbus-exception', target: 'STA004', size: 6 }, plant.age);
    // The silent and the slow one are asked first; the others' answers come before.
    socket.write(buildAdu({ transaction: 900, unit: 1, pdu: Buffer.from(read) }));
    const asked = performance.now();
    socket.write(buildAdu({ transaction: 901, unit: 2, pdu: Buffer.from(read) }));
    expect(pduOf(await ask(socket, 5, read))[0]).toBe(3);
    expect(pduOf(await ask(socket, 4, read))).toEqual([0x83, 6]);
    const [late] = await once(socket, 'data');
    expect(performance.now() - asked).toBeGreaterThan(190);
    expect(parseAdu(late)).toMatchObject({ kind: 'adu', adu: { transaction: 901, unit: 2 } });
    for (let i = 0; i < 20; i += 1) {
      const reply = await ask(socket, 3, read);
      const parsed = parseAdu(reply);
      const intact =
        parsed.kind === 'adu' && parsed.adu.transaction === transaction && parsed.adu.pdu.length === 6 && parsed.adu.pdu[1] === 4;
      expect(intact).toBe(false);
    }
    plant.faults.clear();
    expect(pduOf(await ask(socket, 1, read))[0]).toBe(3);
    socket.destroy();
  });
});

describe('API', () => {
  const call = async (simulator: Simulator, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${simulator.ports.api}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, type: response.headers.get('content-type'), json };
  };

  it('shows the plant, takes and removes faults, sets the speed, starts scenarios', async () => {
    await using simulator = await start();
    expect((await call(simulator, 'GET', '/plant')).json).toMatchObject({
      time: { speed: 1 },
      scenario: null,
      faults: [],
      tags: { 'STA007.PWR': true },
    });
    const made = await call(simulator, 'POST', '/faults', { kind: 'leak-secondary', target: 'STA007.UNT02', size: 2.6, for: '5m' });
    expect(made).toMatchObject({ status: 201, json: { id: '1', kind: 'leak-secondary', size: 2.6 } });
    expect(simulator.plant.faults.list()).toHaveLength(1);
    expect((await call(simulator, 'DELETE', '/faults/1')).status).toBe(204);
    expect((await call(simulator, 'DELETE', '/faults/1')).json).toMatchObject({ code: 'SIM_FAULT_UNKNOWN', status: 404 });
    expect((await call(simulator, 'POST', '/time', { speed: 60 })).status).toBe(200);
    expect(simulator.controls.speed).toBe(60);
    expect((await call(simulator, 'POST', '/scenario', { name: 'leak' })).json).toEqual({ name: 'leak' });
  });

  it('refuses with the place of the fault', async () => {
    await using simulator = await start();
    const refusals: readonly [string, string, unknown, number, string | undefined][] = [
      ['POST', '/faults', { kind: 'nope', target: 'STA001' }, 422, '/kind'],
      ['POST', '/faults', { kind: 'slow', target: 'STA001', for: 'soon' }, 422, '/for'],
      ['POST', '/faults', { kind: 'slow', target: 'STA001', siez: 2 }, 422, '/siez'],
      ['POST', '/faults', { kind: 'slow', target: 7 }, 422, '/target'],
      ['POST', '/faults', '{', 400, undefined],
      ['POST', '/faults', '[]', 400, undefined],
      ['POST', '/faults', JSON.stringify({ pad: 'x'.repeat(20_000) }), 413, undefined],
      ['POST', '/time', { speed: 601 }, 422, '/speed'],
      ['POST', '/time', {}, 422, '/speed'],
      ['POST', '/scenario', { name: 'constructor' }, 422, '/name'],
      ['PUT', '/time', { speed: 2 }, 405, undefined],
      ['GET', '/etc/passwd', undefined, 404, undefined],
    ];
    for (const [method, path, body, status, place] of refusals) {
      const refused = await call(simulator, method, path, body);
      expect(refused.type).toBe('application/problem+json');
      expect(refused.json, `${method} ${path}`).toMatchObject({
        status,
        code: expect.stringMatching(/^SIM_/),
        ...(place ? { place: { path: place } } : {}),
      });
    }
    expect((await call(simulator, 'POST', '/time', { speed: 2 }, { origin: 'https://example.com' })).status).toBe(403);
    expect((await call(simulator, 'POST', '/time', '{"speed":2}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect(simulator.controls.speed).toBe(1);
  });
});

describe('memory', () => {
  it('keeps latch, setpoints and counters over a restart', () => {
    const memory = new Memory(folder());
    const wall = Date.UTC(2026, 0, 20);
    const before = new Plant({ seed: 7, wall });
    memory.load(before, wall);
    before.onChange = () => memory.save(before, wall);
    before.advance(600, wall);
    pulse(before, 'STA003', 'UNT01.ESTOP');
    writeSetpoint(before, 'STA007.UNT02.BV_SP', 0, wall);
    writeSetpoint(before, 'STA004.UNT01.2T_SP', 47, wall);
    writeSetpoint(before, 'SRC001.BLR02.HE_SP', 12.5, wall);
    const after = new Plant({ seed: 7, wall });
    memory.load(after, wall);
    after.advance(10, wall);
    expect(after.tags.get('STA003.STOPPED')).toBe(true);
    expect(after.tags.get('STA003.UNT02.CP_RUN')).toBe(false);
    expect(after.tags.get('STA007.UNT02.BV_PO')).toBe(0);
    expect(after.tags.get('STA004.UNT01.2T_SP')).toBe(47);
    expect(after.tags.get('SRC001.BLR02.HE_SP')).toBe(12.5);
    const later = new Plant({ seed: 7, wall });
    memory.load(later, wall + 60_000);
    expect(later.totals.get('STA007.UNT01.2FL_T')).toBeGreaterThan((before.totals.get('STA007.UNT01.2FL_T') ?? 0) + 0.2);
    for (const [tag, total] of before.totals) expect(after.totals.get(tag)).toBeGreaterThanOrEqual(total);
  });

  it('refuses a damaged file, which may hold an emergency stop', () => {
    const data = folder();
    const plant = new Plant({ seed: 7, wall: 0 });
    const memory = new Memory(data);
    memory.save(plant, 0);
    const file = join(data, 'simulator-state.json');
    for (const text of [readFileSync(file, 'utf8').slice(0, -5), '{}', readFileSync(file, 'utf8').replace('"run":true', '"run":1')]) {
      writeFileSync(file, text);
      expect(() => memory.load(plant, 0)).toThrow(expect.objectContaining({ code: 'SIM_STATE_DAMAGED' }));
      memory.save(plant, 0);
    }
  });
});

describe('program', () => {
  const child = (data: string) =>
    fork(
      new URL('main.ts', import.meta.url),
      ['--modbus-port', '0', '--opcua-port', '0', '--api-port', '0', '--mqtt', '', '--data', data],
      {
        stdio: 'ignore',
        execArgv: [],
      },
    );

  it('says over IPC when it is ready, within 4 s on an idle machine, and ends within 2 s of its parent', async () => {
    const process = child(folder());
    const [message] = await once(process, 'message');
    expect(message).toMatchObject({
      ready: true,
      ports: { modbus: expect.any(Number), opcua: expect.any(Number), api: expect.any(Number) },
    });
    const exit = once(process, 'exit');
    process.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it('ends cleanly on SIGTERM and keeps what it was told before kill -9', async () => {
    const data = folder();
    const first = child(data);
    const [ready] = await once(first, 'message');
    const socket = await open(ready.ports.modbus);
    expect(pduOf(await ask(socket, 5, [5, 0, 2, 0xff, 0]))).toEqual([5, 0, 2, 0xff, 0]);
    const killed = once(first, 'exit');
    first.kill('SIGKILL');
    await killed;
    const second = child(data);
    const [again] = await once(second, 'message');
    const next = await open(again.ports.modbus);
    expect(pduOf(await ask(next, 5, [2, 0, 0, 0, 1]))).toEqual([2, 1, 1]);
    const exit = once(second, 'exit');
    second.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it.each([
    [['--modbus-port', '70000'], '--modbus-port'],
    [['--speed', '0'], '--speed'],
    [['--speed', 'fast'], '--speed'],
    [['--scenario', 'nope'], '--scenario'],
    [['--mqtt', 'http://x'], '--mqtt'],
    [['--surprise'], undefined],
  ])('refuses the options %j', (argv, path) => {
    expect(() => readOptions(argv, {})).toThrow(expect.objectContaining({ code: 'SIM_OPTION_INVALID', path }));
  });
  it('takes defaults and the password of the broker from the environment', () => {
    expect(readOptions([], { SIMULATOR_MQTT_PASSWORD: 'pw' })).toMatchObject({
      modbusPort: 15_020,
      opcuaPort: 14_840,
      apiPort: 8090,
      mqttPassword: 'pw',
    });
    expect(readOptions(['--mqtt', ''], {})).not.toHaveProperty('mqtt');
    expect(readOptions(['--help'], {})).toBe('help');
  });
});
