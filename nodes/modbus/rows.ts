import Type, { type Static } from 'typebox';
import { type Access, choice, integer, quantity, tagRef } from '../fields.ts';

const TYPES = [
  { value: 'float32', label: { zh: '32 位浮点', en: 'float32' } },
  { value: 'float64', label: { zh: '64 位浮点', en: 'float64' } },
  { value: 'uint16', label: { zh: '16 位无符号', en: 'uint16' } },
  { value: 'int16', label: { zh: '16 位有符号', en: 'int16' } },
  { value: 'uint32', label: { zh: '32 位无符号', en: 'uint32' } },
  { value: 'int32', label: { zh: '32 位有符号', en: 'int32' } },
  { value: 'bit', label: { zh: '位', en: 'bit' } },
] as const;
const ORDERS = [
  { value: 'ABCD', label: { zh: 'ABCD 大端', en: 'ABCD big-endian' } },
  { value: 'CDAB', label: { zh: 'CDAB 字交换', en: 'CDAB words swapped' } },
  { value: 'BADC', label: { zh: 'BADC 字节交换', en: 'BADC bytes swapped' } },
  { value: 'DCBA', label: { zh: 'DCBA 小端', en: 'DCBA little-endian' } },
] as const;

/** One value of a device: where it lies and how it becomes the tag's unit: value = raw * scale + offset. */
const row = (access: Access) =>
  Type.Object({
    tag: tagRef({ access, label: { zh: '点位', en: 'Tag' } }),
    register: integer({
      label: { zh: '寄存器', en: 'Register' },
      min: 1,
      max: 65_535,
      default: 40_001,
      help: {
        zh: '图纸编号：40001 保持，30001 输入，10001 离散输入，1 线圈',
        en: 'number on the plan: 40001 holding, 30001 input, 10001 discrete input, 1 coil',
      },
    }),
    type: choice({ label: { zh: '类型', en: 'Type' }, options: TYPES, default: 'float32' }),
    order: choice({ label: { zh: '字节序', en: 'Byte order' }, options: ORDERS, default: 'ABCD' }),
    scale: quantity({ label: { zh: '系数', en: 'Scale' }, unit: '', min: -1e9, max: 1e9, default: 1 }),
    offset: quantity({ label: { zh: '偏移', en: 'Offset' }, unit: '', min: -1e9, max: 1e9, default: 0 }),
  });

export const ReadRow = row('source');
export const WriteRow = row('writes');
export type RegisterRow = Static<typeof ReadRow>;
