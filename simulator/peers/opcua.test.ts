import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../start.ts';
import { hasModule, script } from './peer.ts';

it('asyncua browses, reads, subscribes, writes a setpoint and talks encrypted', async (ctx) => {
  if (!hasModule('asyncua')) ctx.skip('needs asyncua');
  const data = mkdtempSync(join(tmpdir(), 'plant-'));
  try {
    await using simulator = await startSimulator({ modbusPort: 0, opcuaPort: 0, apiPort: 0, data, seed: 7, speed: 1 });
    const seen = await script('opcua_peer.py', `opc.tcp://127.0.0.1:${simulator.ports.opcua}`, data);
    expect(seen).toEqual({
      'in Objects': true,
      children: ['BLR01', 'BLR02', 'CHP01', 'FL_I', 'FL_T', 'HE_I', 'HE_T', 'MK_FI', 'P_R', 'P_S', 'T_R', 'T_S', 'T_SP'],
      boiler: ['HE_I', 'HE_SP', 'RUN', 'T_S'],
      T_S: expect.closeTo(105, -0.5),
      type: 'Double',
      running: true,
      'T_SP written': 108.5,
      refused: { 'out of range': 'BadOutOfRange', 'wrong type': 'BadTypeMismatch', 'not writable': 'BadNotWritable' },
      changes: 3,
      secured: 108.5,
    });
    expect(simulator.plant.source.setpoint).toBe(108.5);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
