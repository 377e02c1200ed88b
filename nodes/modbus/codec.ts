import type { Table } from './frame.ts';

/** How a value lies in its registers. */
export type ValueType = 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64' | 'bit';
/** Order of bytes, A = most significant: ABCD big-endian, CDAB words swapped, BADC bytes swapped, DCBA both. */
export type WordOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA';

export const WIDTH: Readonly<Record<ValueType, number>> = { int16: 1, uint16: 1, int32: 2, uint32: 2, float32: 2, float64: 4, bit: 1 };

/** Big-endian bytes of the registers, and back: both orders are their own inverse. */
function ordered(registers: readonly number[], order: WordOrder): number[] {
  const words = order === 'CDAB' || order === 'DCBA' ? registers.toReversed() : [...registers];
  return order === 'BADC' || order === 'DCBA' ? words.map((w) => ((w & 0xff) << 8) | (w >> 8)) : words;
}

const GETTERS: Readonly<Record<Exclude<ValueType, 'bit'>, (view: DataView) => number>> = {
  int16: (view) => view.getInt16(0),
  uint16: (view) => view.getUint16(0),
  int32: (view) => view.getInt32(0),
  uint32: (view) => view.getUint32(0),
  float32: (view) => shortest(view.getFloat32(0)),
  float64: (view) => view.getFloat64(0),
};

/**
 * The shortest decimal that is this float32 again: 104.45785, not the 104.45784759521484 that its double would print.
 * Nine digits always suffice (IEEE 754-2019, 5.12.2).
 */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** `raw` in the unit of the tag; twelve digits, so that 523 x 0.1 is 52.3 and not 52.300000000000004. */
export const scaled = (raw: number, scale: number, offset: number): number => Number((raw * scale + offset).toPrecision(12));

/** Raw number in `registers` (as many as `WIDTH` says). */
export function decode(registers: readonly number[], type: ValueType, order: WordOrder): number {
  const words = ordered(registers, order);
  if (type === 'bit') return words[0] ?? 0;
  const view = new DataView(new ArrayBuffer(words.length * 2));
  words.forEach((w, i) => view.setUint16(i * 2, w));
  return GETTERS[type](view);
}

const LIMITS: Readonly<Record<'int16' | 'uint16' | 'int32' | 'uint32', readonly [number, number]>> = {
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

/** Registers that hold `raw`; undefined if the type cannot hold it. Integers are rounded. */
export function encode(raw: number, type: Exclude<ValueType, 'bit'>, order: WordOrder): number[] | undefined {
  if (!Number.isFinite(raw)) return undefined;
  const view = new DataView(new ArrayBuffer(WIDTH[type] * 2));
  if (type === 'float64') view.setFloat64(0, raw);
  else if (type === 'float32') {
    if (!Number.isFinite(Math.fround(raw))) return undefined;
    view.setFloat32(0, raw);
  } else {
    const whole = Math.round(raw);
    const [low, high] = LIMITS[type];
    if (whole < low || whole > high) return undefined;
    if (type === 'int16') view.setInt16(0, whole);
    else if (type === 'uint16') view.setUint16(0, whole);
    else if (type === 'int32') view.setInt32(0, whole);
    else view.setUint32(0, whole);
  }
  return ordered(
    Array.from({ length: WIDTH[type] }, (_, i) => view.getUint16(i * 2)),
    order,
  );
}

const BASE: readonly (readonly [Table, number])[] = [
  ['coil', 1],
  ['discrete', 10_001],
  ['input', 30_001],
  ['holding', 40_001],
];

/** Table and telegram address of a register number on the plan (40001 = first holding register). */
export function locate(register: number): { readonly table: Table; readonly address: number } {
  const [table, first] = BASE.findLast(([, base]) => register >= base) ?? ['coil', 1];
  return { table, address: register - first };
}
