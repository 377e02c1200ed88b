import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, locate, scaled, WIDTH, type ValueType, type WordOrder } from './codec.ts';
import { planBlocks } from './plan.ts';

describe('word orders', () => {
  // 123.456 = 0x42F6E979, the example of most vendors' manuals
  it.each<[WordOrder, number[]]>([
    ['ABCD', [0x42f6, 0xe979]],
    ['CDAB', [0xe979, 0x42f6]],
    ['BADC', [0xf642, 0x79e9]],
    ['DCBA', [0x79e9, 0xf642]],
  ])('%s', (order, registers) => {
    expect(decode(registers, 'float32', order)).toBeCloseTo(123.456, 4);
    expect(encode(123.456, 'float32', order)).toEqual(registers);
  });

  it.each<[ValueType, number[], number]>([
    ['int16', [0xfffe], -2],
    ['uint16', [0xfffe], 65_534],
    ['int32', [0xffff, 0xfffe], -2],
    ['uint32', [0x0001, 0x0000], 65_536],
    ['float64', [0x405e, 0xdd2f, 0x1a9f, 0xbe77], 123.456],
    ['bit', [1], 1],
  ])('%s', (type, registers, value) => {
    expect(decode(registers, type, 'ABCD')).toBeCloseTo(value, 9);
  });

  it.each<[number[], number]>([
    [[0x42d0, 0xea6b], 104.45785],
    [[0x3dcc, 0xcccd], 0.1],
    [[0x4b80, 0x0000], 16_777_216],
    [[0x7f7f, 0xffff], 3.402_823_5e38],
  ])('float32 %j is the shortest decimal that is that float again', (registers, value) => {
    expect(decode(registers, 'float32', 'ABCD')).toBe(value);
  });

  it('scales without the noise of binary fractions', () => {
    expect([scaled(523, 0.1, 0), scaled(2047, 0.01, -40), scaled(4_294_967_295, 1, 0)]).toEqual([52.3, -19.53, 4_294_967_295]);
  });

  it('writes back what it read, in every type and order', () => {
    const type = fc.constantFrom<Exclude<ValueType, 'bit'>>('int16', 'uint16', 'int32', 'uint32', 'float32', 'float64');
    const order = fc.constantFrom<WordOrder>('ABCD', 'CDAB', 'BADC', 'DCBA');
    const holds = fc.property(type, order, fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }), (t, o, words) => {
      const registers = words.slice(0, WIDTH[t]);
      const value = decode(registers, t, o);
      return !Number.isFinite(value) || Object.is(decode(encode(value, t, o) ?? [], t, o), value);
    });
    expect(fc.check(holds, { numRuns: 2000 })).toMatchObject({ failed: false });
  });

  it('refuses what a type cannot hold', () => {
    expect([
      encode(70_000, 'uint16', 'ABCD'),
      encode(-1, 'uint32', 'ABCD'),
      encode(Number.NaN, 'float32', 'ABCD'),
      encode(1e39, 'float32', 'ABCD'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('planning', () => {
  it('finds table and address of a number on the plan', () => {
    expect([locate(1), locate(10_001), locate(30_005), locate(40_001)]).toEqual([
      { table: 'coil', address: 0 },
      { table: 'discrete', address: 0 },
      { table: 'input', address: 4 },
      { table: 'holding', address: 0 },
    ]);
  });

  it('joins neighbours over small gaps only', () => {
    const rows = [40_001, 40_003, 40_021, 40_299].map((register) => ({ register, type: 'float32' as const }));
    expect(planBlocks(rows, 10)).toEqual([
      { table: 'holding', address: 0, count: 4 },
      { table: 'holding', address: 20, count: 2 },
      { table: 'holding', address: 298, count: 2 },
    ]);
    expect(planBlocks(rows, 20)).toHaveLength(2);
  });

  it('covers every value in one block, never too long', () => {
    const row = fc.record({
      register: fc.integer({ min: 40_001, max: 40_600 }),
      type: fc.constantFrom<ValueType>('uint16', 'float32', 'float64'),
    });
    const holds = fc.property(fc.array(row, { maxLength: 80 }), fc.integer({ min: 0, max: 50 }), (rows, gap) => {
      const blocks = planBlocks(rows, gap);
      const within = rows.every(({ register, type }) =>
        blocks.some((block) => block.address <= register - 40_001 && register - 40_001 + WIDTH[type] <= block.address + block.count),
      );
      return within && blocks.every((block) => block.count <= 125);
    });
    expect(fc.check(holds, { numRuns: 500 })).toMatchObject({ failed: false });
  });
});
