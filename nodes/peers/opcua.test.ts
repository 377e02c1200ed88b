import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bench, type Bench } from '../bench.ts';
import { opcuaDevice } from '../opcua/opcua-device.node.ts';
import { opcuaSubscribe } from '../opcua/opcua-subscribe.node.ts';
import { opcuaWrite } from '../opcua/opcua-write.node.ts';
import { hasModule, startPeer, type Peer } from './peer.ts';

const there = hasModule('asyncua');
const directory = mkdtempSync(join(tmpdir(), 'opcua-'));
process.env['XDG_CONFIG_HOME'] = directory;
let peer: Peer;
let b: Bench;
beforeAll(async () => {
  if (there) peer = await startPeer('opcua_peer.py');
});
afterAll(() => {
  peer?.kill();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach((ctx) => {
  if (!there) ctx.skip('needs asyncua');
  b = bench();
  b.start(opcuaDevice, 'dcs', { endpoint: `opc.tcp://127.0.0.1:${peer.port}`, security: 'None', timeout: '3s' });
});
afterEach(() => b?.close());

const rows = [
  { tag: 'SRC.T_S', nodeId: 'ns=2;s=T_S' },
  { tag: 'SRC.RUN', nodeId: 'ns=2;s=RUN' },
  { tag: 'SRC.T_SP', nodeId: 'ns=2;s=T_SP' },
];
/** Flushes changes as the timer would, until the samples tell what is waited for. */
async function until(wanted: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await b.cycles[0]?.();
        return JSON.stringify(b.sent.at(-1));
      },
      { timeout: 12_000, interval: 50 },
    )
    .toContain(wanted);
}

describe('OPC UA against asyncua', () => {
  it('subscribes, follows changes, carries bad quality', async () => {
    b.start(opcuaSubscribe, 'sub', { device: 'dcs', interval: '100ms', rows });
    await until('"SRC.T_S"');
    expect(b.sent.flat()).toContainEqual({ tag: 'SRC.RUN', at: b.now, value: true, quality: 'good' });
    await peer.tell('set T_S 101.25');
    await until('"value":101.25,"quality":"good"');
    await peer.tell('bad T_S');
    await until('"SRC.T_S","at":1700000000000,"value":null,"quality":"bad"');
    await peer.tell('set T_S 98.5');
    await until('"value":98.5');
  });

  it('sends values that do not change again in the refresh cycle', async () => {
    b.start(opcuaSubscribe, 'sub', { device: 'dcs', interval: '100ms', rows });
    await until('"SRC.T_S"');
    b.now += 5000;
    await b.cycles[1]?.();
    expect(b.sent.at(-1)).toHaveLength(3);
    expect(JSON.stringify(b.sent.at(-1))).toContain(`"at":${b.now}`);
  });

  it('writes and reads back; a refusal of the server is failed', async () => {
    b.start(opcuaSubscribe, 'sub', { device: 'dcs', interval: '100ms', rows });
    b.start(opcuaWrite, 'write', {
      device: 'dcs',
      rows: [
        { tag: 'SRC.T_SP', nodeId: 'ns=2;s=T_SP' },
        { tag: 'SRC.FIXED', nodeId: 'ns=2;s=FIXED' },
      ],
    });
    await until('"SRC.T_SP"');
    expect(await b.write('SRC.T_SP', 97.5)).toEqual({ state: 'confirmed', readBack: 97.5 });
    expect(await peer.tell('get T_SP')).toBe('97.5');
    expect(await b.write('SRC.FIXED', 2)).toMatchObject({ state: 'failed', code: 'OPCUA_REFUSED' });
  });

  it('turns its tags bad when the server dies, refuses writes, and subscribes again when it is back', async () => {
    using mortal = await startPeer('opcua_peer.py');
    b.start(opcuaDevice, 'mortal', { endpoint: `opc.tcp://127.0.0.1:${mortal.port}`, security: 'None', timeout: '3s' });
    b.start(opcuaSubscribe, 'sub', { device: 'mortal', interval: '100ms', rows });
    b.start(opcuaWrite, 'write', { device: 'mortal', rows: [{ tag: 'SRC.T_SP', nodeId: 'ns=2;s=T_SP' }] });
    await until('"SRC.T_S"');
    mortal.kill();
    await until('"SRC.RUN","at":1700000000000,"value":null,"quality":"bad"');
    expect(await b.write('SRC.T_SP', 90)).toMatchObject({ state: 'failed', code: 'OPCUA_OFFLINE' });
    using again = await startPeer('opcua_peer.py', [String(mortal.port)]);
    expect(again.port).toBe(mortal.port);
    await until('"SRC.RUN","at":1700000000000,"value":true,"quality":"good"');
  }, 40_000);
});
