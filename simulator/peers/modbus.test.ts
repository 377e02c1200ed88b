import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../start.ts';
import { startSimulator } from '../start.ts';
import { hasModule, hasProgram, run, script } from './peer.ts';

const data = mkdtempSync(join(tmpdir(), 'plant-'));
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ modbusPort: 0, opcuaPort: 0, apiPort: 0, data, seed: 7, speed: 1 });
});
afterAll(async () => {
  await simulator[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

describe('Modbus against peers', () => {
  it('pymodbus reads and writes by the map', async (ctx) => {
    if (!hasModule('pymodbus')) ctx.skip('needs pymodbus');
    const number = (tag: string): number => Number(simulator.plant.tags.get(tag));
    const seen = await script('modbus_peer.py', String(simulator.ports.modbus));
    expect(seen).toMatchObject({
      mode: 0,
      blocks: [24, 32, 32, 30, 1, 125],
      '2T_SP written': 48.5,
      'raw words': true,
      'mode written': 1,
      exceptions: {
        'beyond the registers': 2,
        'read only register': 2,
        'setpoint out of range': 3,
        'half a float': 3,
        'unknown mode': 3,
        'valve in automatic': 4,
        'unknown coil': 2,
        'unknown unit': 11,
      },
      stopped: true,
      reset: true,
    });
    if (typeof seen !== 'object' || seen === null || !('1T_S' in seen) || !Array.isArray(seen['1T_S'])) throw new Error('no answer');
    seen['1T_S'].forEach((value: unknown, i) => expect(Math.abs(Number(value) - number(`STA00${i + 1}.1T_S`))).toBeLessThan(1));
    expect(Math.abs(Number(Reflect.get(seen, '2T_S of unit 2')) - number('STA007.UNT02.2T_S'))).toBeLessThan(3);
    expect(Math.abs(Number(Reflect.get(seen, '1HE_T')) - number('STA007.1HE_T'))).toBeLessThan(1);
    const bits = (on: readonly number[], count: number): boolean[] => Array.from({ length: count }, (_, i) => on.includes(i));
    expect(Reflect.get(seen, 'inputs')).toEqual(bits([1, 10, 11, 20, 21], 32));
    expect(Reflect.get(seen, 'latch coils')).toEqual(bits([2, 12], 20));
  });

  it('mbpoll reads a float and a coil and writes a setpoint', async (ctx) => {
    if (!hasProgram('mbpoll')) ctx.skip('needs mbpoll');
    const common = ['-m', 'tcp', '-p', String(simulator.ports.modbus), '-1', '-q'];
    const written = await run('mbpoll', [...common, '-a', '3', '-t', '4:float', '-B', '-r', '201', '127.0.0.1', '51.5']);
    expect(written).toMatchObject({ code: 0 });
    expect(simulator.plant.tags.get('STA003.UNT01.2T_SP')).toBe(51.5);
    const read = await run('mbpoll', [...common, '-a', '3', '-t', '4:float', '-B', '-r', '201', '-c', '1', '127.0.0.1']);
    expect(read.out).toMatch(/\[201\]:\s+51\.5/);
    const bits = await run('mbpoll', [...common, '-a', '3', '-t', '1', '-r', '1', '-c', '2', '127.0.0.1']);
    expect(bits.out).toMatch(/\[2\]:\s+1/);
    const refused = await run('mbpoll', [...common, '-a', '3', '-t', '4', '-r', '301', '-c', '1', '127.0.0.1']);
    expect(refused.out).toMatch(/Illegal data address/);
  });
});
