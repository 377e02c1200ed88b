import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from './device.ts';
import { answer } from './device.ts';
import { buildAdu, parseAdu } from './frame.ts';

const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
const device: Device = {
  coils: 20,
  inputs: 32,
  registers: 300,
  readCoils: (_address, count) => Array.from({ length: count }, () => true),
  readInputs: (_address, count) => Array.from({ length: count }, (_, i) => i % 2 === 0),
  readRegisters: (_address, count) => Buffer.alloc(count * 2, 0xab),
  writeCoils: () => undefined,
  writeRegisters: () => undefined,
};

describe('telegrams', () => {
  it('come back as they were built, whatever follows', () => {
    const adu = fc.record({ transaction: fc.nat(0xffff), unit: fc.nat(255), pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }) });
    fc.assert(
      fc.property(adu, bytes(300), ({ transaction, unit, pdu }, rest) => {
        const built = buildAdu({ transaction, unit, pdu: Buffer.from(pdu) });
        const parsed = parseAdu(Buffer.concat([built, rest]));
        expect(parsed).toEqual({ kind: 'adu', adu: { transaction, unit, pdu: Buffer.from(pdu) }, rest });
        for (let cut = 0; cut < built.length; cut += 1) expect(parseAdu(built.subarray(0, cut)).kind).toBe('more');
      }),
    );
  });
  it('garbage never throws and never loops', () => {
    fc.assert(
      fc.property(bytes(600), (garbage) => {
        let rest: Buffer = garbage;
        for (let parsed = parseAdu(rest); parsed.kind === 'adu'; parsed = parseAdu(rest)) {
          expect(parsed.rest.length).toBeLessThan(rest.length);
          rest = parsed.rest;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('requests', () => {
  it('any PDU gets a reply that is Modbus: the same function or its exception', () => {
    fc.assert(
      fc.property(bytes(260), (pdu) => {
        const reply = answer(pdu, device);
        expect(reply.length).toBeGreaterThanOrEqual(2);
        expect(reply.length).toBeLessThanOrEqual(253);
        expect((reply[0] ?? 0) & 0x7f).toBe((pdu[0] ?? 0) & 0x7f);
        const refused = ((reply[0] ?? 0) & 0x80) !== 0;
        expect(refused ? reply.length : 2).toBe(2);
      }),
      { numRuns: 2000 },
    );
  });
  it.each([
    ['illegal function', [7], [0x87, 1]],
    ['nothing', [], [0x80, 1]],
    ['address beyond the registers', [3, 1, 44, 0, 1], [0x83, 2]],
    ['span across the end', [3, 1, 43, 0, 2], [0x83, 2]],
    ['no registers', [3, 0, 0, 0, 0], [0x83, 3]],
    ['too many registers', [3, 0, 0, 0, 126], [0x83, 3]],
    ['coil value that is neither on nor off', [5, 0, 2, 0x12, 0], [0x85, 3]],
    ['byte count that does not fit', [16, 0, 200, 0, 2, 3, 1, 2, 3], [0x90, 3]],
    ['truncated write', [16, 0, 200, 0, 2, 4, 1, 2], [0x90, 3]],
    ['read of inputs', [2, 0, 0, 0, 10], [2, 2, 0x55, 0x01]],
    ['read of a register', [3, 0, 0, 0, 1], [3, 2, 0xab, 0xab]],
    ['write of a coil is echoed', [5, 0, 2, 0xff, 0], [5, 0, 2, 0xff, 0]],
    ['write of registers', [16, 0, 200, 0, 1, 2, 0, 1], [16, 0, 200, 0, 1]],
  ])('%s', (_name, request, reply) => {
    expect([...answer(Buffer.from(request), device)]).toEqual(reply);
  });
});
