import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketMeter } from './limited-stream.ts';

function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    header.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0x30)]);
}

it('counts packets however the bytes are cut, and stops at a packet that is too long', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3000), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 700 })),
      fc.boolean(),
      (lengths, cuts, tooLong) => {
        const bytes = Buffer.concat([...lengths, ...(tooLong ? [5001] : [])].map(packet));
        const meter = new PacketMeter();
        let counted: number | undefined = 0;
        for (let at = 0, i = 0; at < bytes.length && counted !== undefined; i += 1) {
          const end = at + (cuts[i] ?? 100);
          const taken: number | undefined = meter.take(bytes.subarray(at, end), 5000);
          counted = taken === undefined ? undefined : counted + taken;
          at = end;
        }
        expect(counted).toBe(tooLong ? undefined : lengths.length);
      },
    ),
  );
  expect(new PacketMeter().take(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), 2 ** 40)).toBeUndefined();
});
