import { describe, expect, it } from 'vitest';
import { readAnswer, readFrame, splitFrames, writeAnswer, writeFrame } from './frame.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('frames, byte by byte (Modbus Messaging on TCP/IP V1.0b, 3.1; Application Protocol V1.1b3, 6)', () => {
  it.each([
    [
      'read 3 holding registers from 108',
      readFrame(0x1501, 17, { table: 'holding', address: 0x6b, count: 3 }),
      '1501 0000 0006 11 03 006b 0003',
    ],
    ['read 19 coils from 20', readFrame(1, 1, { table: 'coil', address: 0x13, count: 0x13 }), '0001 0000 0006 01 01 0013 0013'],
    [
      'read 22 discrete inputs from 197',
      readFrame(2, 1, { table: 'discrete', address: 0xc4, count: 0x16 }),
      '0002 0000 0006 01 02 00c4 0016',
    ],
    ['read 1 input register 9', readFrame(3, 1, { table: 'input', address: 8, count: 1 }), '0003 0000 0006 01 04 0008 0001'],
    ['write coil 173 on', writeFrame(4, 1, { coil: true, address: 0xac }), '0004 0000 0006 01 05 00ac ff00'],
    ['write coil 173 off', writeFrame(5, 1, { coil: false, address: 0xac }), '0005 0000 0006 01 05 00ac 0000'],
    ['write register 2 to 3', writeFrame(6, 1, { registers: [3], address: 1 }), '0006 0000 0006 01 06 0001 0003'],
    [
      'write 2 registers from 2',
      writeFrame(7, 1, { registers: [0x0a, 0x0102], address: 1 }),
      '0007 0000 000b 01 10 0001 0002 04 000a 0102',
    ],
  ])('%s', (_name, frame, expected) => {
    expect(frame.toString('hex')).toBe(expected.replaceAll(' ', ''));
  });

  it('reads the answers of the standard', () => {
    expect(readAnswer(hex('1501 0000 0009 11 03 06 022b 0000 0064'), 0x1501, 17, { table: 'holding', address: 0x6b, count: 3 })).toEqual([
      0x22b, 0, 0x64,
    ]);
    expect(readAnswer(hex('0001 0000 0006 01 01 03 cd 6b 05'), 1, 1, { table: 'coil', address: 0x13, count: 0x13 })).toEqual([
      1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1,
    ]);
    expect(writeAnswer(hex('0007 0000 0006 01 10 0001 0002'), 7, 1, { registers: [10, 258], address: 1 })).toBeUndefined();
  });

  const request = { table: 'holding', address: 0, count: 2 } as const;
  it.each([
    ['another transaction', '0002 0000 0007 01 03 04 0001 0002', /transaction 2/],
    ['another unit', '0001 0000 0007 02 03 04 0001 0002', /unit 2/],
    ['another function', '0001 0000 0007 01 04 04 0001 0002', /function 4/],
    ['too few bytes', '0001 0000 0005 01 03 02 0001', /2 data bytes/],
    ['a byte count that lies', '0001 0000 0007 01 03 02 0001 0002', /data bytes/],
    ['too many bytes', '0001 0000 0009 01 03 04 0001 0002 0003', /6 data bytes/],
  ])('refuses %s', (_name, frame, message) => {
    expect(() => readAnswer(hex(frame), 1, 1, request)).toThrow(message);
  });

  it('tells an exception from garbage', () => {
    expect(() => readAnswer(hex('0001 0000 0003 01 83 02'), 1, 1, request)).toThrow(/exception 2: illegal data address/);
    expect(() => readAnswer(hex('0001 0000 0004 01 83 02 00'), 1, 1, request)).toThrow(/not a Modbus answer/);
  });

  it('refuses the echo of another write', () => {
    expect(() => writeAnswer(hex('0007 0000 0006 01 06 0001 0004'), 7, 1, { registers: [3], address: 1 })).toThrow(/echo/);
  });

  it('puts frames together from pieces and refuses what is none', () => {
    const whole = hex('0001 0000 0007 01 03 04 0001 0002');
    expect(splitFrames(whole.subarray(0, 5))).toEqual({ frames: [], rest: whole.subarray(0, 5) });
    expect(splitFrames(whole.subarray(0, 12)).frames).toEqual([]);
    expect(splitFrames(Buffer.concat([whole, whole])).frames).toHaveLength(2);
    expect(() => splitFrames(hex('0001 0001 0007 01'))).toThrow(/protocol/);
    expect(() => splitFrames(Buffer.from('HTTP/1.1 400 Bad'))).toThrow(/not a Modbus answer/);
    expect(() => splitFrames(hex('0001 0000 ffff 01'))).toThrow(/length/);
  });
});
