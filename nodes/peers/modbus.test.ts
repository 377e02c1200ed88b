import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '#domain/sample.ts';
import { bench, type Bench } from '../bench.ts';
import { modbusDevice } from '../modbus/modbus-device.node.ts';
import { modbusRead } from '../modbus/modbus-read.node.ts';
import { modbusWrite } from '../modbus/modbus-write.node.ts';
import { hasModule, startPeer, type Peer } from './peer.ts';

const there = hasModule('pymodbus');
let peer: Peer;
let b: Bench;
beforeAll(async () => {
  if (there) peer = await startPeer('modbus_peer.py');
});
afterAll(() => peer?.kill());
beforeEach(async (ctx) => {
  if (!there) ctx.skip('needs pymodbus');
  await peer.tell('ok');
  b = bench([{ id: 'RUN', type: 'boolean', unit: '' }]);
  b.start(modbusDevice, 'dev', {
    host: '127.0.0.1',
    port: peer.port,
    unit: 1,
    timeout: '300ms',
    station: 'STA001',
    stopCoil: 3,
    resetCoil: 4,
    stoppedInput: 10_001,
  });
});
afterEach(() => b?.close());

const rows = [
  { tag: 'ABCD', register: 40_001, order: 'ABCD' },
  { tag: 'CDAB', register: 40_003, order: 'CDAB' },
  { tag: 'BADC', register: 40_005, order: 'BADC' },
  { tag: 'DCBA', register: 40_007, order: 'DCBA' },
  { tag: 'U16', register: 40_009, type: 'uint16' },
  { tag: 'I16', register: 40_010, type: 'int16' },
  { tag: 'F64', register: 40_011, type: 'float64' },
  { tag: 'SCALED', register: 30_001, type: 'uint16', scale: 0.1, offset: -50 },
  { tag: 'RUN', register: 10_002, type: 'bit' },
];
/** One cycle, as the timer would start it. */
async function cycle(): Promise<readonly Sample[]> {
  const before = b.sent.length;
  await b.cycles[0]?.();
  const batch: unknown = b.sent[before];
  return Array.isArray(batch) ? batch : [];
}
const values = (batch: readonly Sample[]): Record<string, unknown> =>
  Object.fromEntries(
    batch.map((sample) => [sample.tag, typeof sample.value === 'number' ? Math.round(sample.value * 1000) / 1000 : sample.value]),
  );
const GOOD = { ABCD: 123.456, CDAB: 123.456, BADC: 123.456, DCBA: 123.456, U16: 65_535, I16: -1, F64: 123.456, SCALED: -49.3, RUN: false };

describe('modbus-read against pymodbus', () => {
  it('reads every type and word order, scaled, one batch a cycle', async () => {
    b.start(modbusRead, 'read', { device: 'dev', rows });
    const batch = await cycle();
    expect(values(batch)).toEqual(GOOD);
    expect(new Set(batch.map((sample) => `${sample.quality} ${sample.at}`))).toEqual(new Set([`good ${b.now}`]));
    expect(b.sent).toHaveLength(1);
  });

  it.each(['exception 2', 'garbage', 'close', 'silent', 'unit', 'transaction', 'short'])(
    'turns all its tags bad within one cycle at %s and recovers by itself',
    async (fault) => {
      b.start(modbusRead, 'read', { device: 'dev', rows });
      await cycle();
      await peer.tell(fault);
      const broken = await cycle();
      expect(new Set(broken.map((sample) => `${sample.quality} ${String(sample.value)}`))).toEqual(new Set(['bad null']));
      expect(broken).toHaveLength(rows.length);
      await peer.tell('ok');
      expect(values(await cycle())).toEqual(GOOD);
    },
  );

  it('does not let a silent device hold up another one', async () => {
    const quick = bench();
    await peer.tell('silent');
    using other = await startPeer('modbus_peer.py');
    quick.start(modbusDevice, 'dev', { host: '127.0.0.1', port: other.port, unit: 1, timeout: '300ms' });
    quick.start(modbusRead, 'read', { device: 'dev', rows });
    b.start(modbusRead, 'read', { device: 'dev', rows });
    const order: string[] = [];
    await Promise.all([
      Promise.resolve(b.cycles[0]?.()).then(() => order.push('silent')),
      Promise.resolve(quick.cycles[0]?.()).then(() => order.push('quick')),
    ]);
    expect(order).toEqual(['quick', 'silent']);
    quick.close();
  });
});

describe('modbus-write against pymodbus', () => {
  const start = (): void =>
    void b.start(modbusWrite, 'write', {
      device: 'dev',
      rows: [
        { tag: 'SP', register: 40_021 },
        { tag: 'SWAP', register: 40_023, order: 'CDAB' },
        { tag: 'SMALL', register: 40_025, type: 'uint16', scale: 0.1 },
      ],
    });

  it('writes, reads back and says confirmed', async () => {
    start();
    expect(await b.write('SP', 43.5)).toEqual({ state: 'confirmed', readBack: 43.5 });
    expect(await peer.tell('get 20')).toBe('[16942, 0]');
    expect(await b.write('SWAP', 43.5)).toMatchObject({ state: 'confirmed' });
    expect(await peer.tell('get 22')).toBe('[0, 16942]');
    expect(await b.write('SMALL', 12.3)).toMatchObject({ state: 'confirmed' });
    expect(b.published.map((sample) => sample.tag)).toEqual(['SP', 'SWAP', 'SMALL']);
  });

  it('is refused by an exception: failed, nothing is tried again', async () => {
    start();
    await peer.tell('exception 4');
    expect(await b.write('SP', 44)).toMatchObject({ state: 'failed', code: 'MODBUS_EXCEPTION' });
  });

  it.each(['silent', 'close'])('does not know what happened at %s: unknown', async (fault) => {
    start();
    await peer.tell(fault);
    expect(await b.write('SP', 45)).toMatchObject({ state: 'unknown' });
    // It did reach the device: that is why nobody may say "failed".
    expect(await peer.tell('get 20')).toBe('[16948, 0]');
  });

  it('is certain that nothing happened when the device cannot be reached', async () => {
    b.start(modbusDevice, 'gone', { host: '127.0.0.1', port: 9, unit: 1, timeout: '300ms' });
    b.start(modbusWrite, 'write', { device: 'gone', rows: [{ tag: 'SP', register: 40_021 }] });
    expect(await b.write('SP', 45)).toMatchObject({ state: 'failed', code: 'MODBUS_UNREACHABLE' });
  });

  it('fails a value that the register cannot hold without sending it', async () => {
    start();
    expect(await b.write('SMALL', 1e6)).toMatchObject({ state: 'failed', code: 'WRITE_VALUE' });
  });
});

describe('one-key stop against pymodbus', () => {
  it('writes the coil and is done only when the latch is read back', async () => {
    const stop = b.stops.get('STA001');
    const running = stop?.('stop', AbortSignal.timeout(5000));
    let coil = '';
    while (coil !== '1') coil = await peer.tell('coil 2');
    await peer.tell('input 0 1');
    expect(await running).toEqual({ result: 'done', detail: 'STOPPED = 1' });
    await peer.tell('input 0 0');
    expect(await stop?.('reset', AbortSignal.timeout(5000))).toMatchObject({ result: 'done' });
  });

  it('says unknown when the latch never shows', async () => {
    expect(await b.stops.get('STA001')?.('stop', AbortSignal.timeout(600))).toMatchObject({ result: 'unknown' });
  });
});
