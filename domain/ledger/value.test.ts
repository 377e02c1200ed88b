import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, valueOfCell } from './cell.ts';
import { codeOf, codeStart, numberOf, parseCodeRule } from './code.ts';
import type { LedgerField, LedgerType, LedgerValue } from './definition.ts';
import { maskValue } from './mask.ts';
import { changedFields, checkRecord, withChange } from './record.ts';
import { checkValue, isDay } from './value.ts';

const base = { label: { zh: '字段', en: 'Field' }, class: 'asset', level: 2 } as const;
const OPTIONS = [
  { value: 'a', label: { zh: '甲', en: 'First' } },
  { value: 'b', label: { zh: '乙', en: 'Second' } },
];
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const position = fc.tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true }));
const text = fc.string({ minLength: 1, maxLength: 40 }).filter((one) => one.trim() !== '');

/** A field with a value that it takes. */
const good: fc.Arbitrary<readonly [LedgerField, LedgerValue]> = fc.oneof(
  text.map((value) => [{ ...base, type: 'text' }, value.trim()] as const),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => [{ ...base, type: 'number' }, value === 0 ? 0 : value] as const),
  fc.maxSafeInteger().map((value) => [{ ...base, type: 'integer' }, value] as const),
  fc.boolean().map((value) => [{ ...base, type: 'boolean' }, value] as const),
  day.map((value) => [{ ...base, type: 'date' }, value] as const),
  fc.constantFrom('a', 'b').map((value) => [{ ...base, type: 'enum', options: OPTIONS }, value] as const),
  fc
    .uniqueArray(
      text.map((one) => one.trim()).filter((one) => !/[;；\n]/.test(one)),
      { minLength: 1, maxLength: 5 },
    )
    .map((value) => [{ ...base, type: 'list' }, value] as const),
  position.map(
    (coordinates) =>
      [
        { ...base, type: 'geo', geometry: 'Point' },
        { type: 'Point', coordinates },
      ] as const,
  ),
  fc.array(position, { minLength: 2, maxLength: 6 }).map(
    (coordinates) =>
      [
        { ...base, type: 'geo', geometry: 'LineString' },
        { type: 'LineString', coordinates },
      ] as const,
  ),
);

describe('a value', () => {
  it('that its field takes comes back from a sheet as it went, in both languages', () => {
    fc.assert(
      fc.property(good, fc.constantFrom('zh' as const, 'en' as const), ([field, value], language) => {
        expect(checkValue(field, value)).toEqual({ value });
        const back = valueOfCell(field, cellOf(field, value, language));
        expect(checkValue(field, back)).toEqual({ value: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });

  it('of anything at all is taken or refused with a reason, never more', () => {
    fc.assert(
      fc.property(good, fc.anything(), ([field], value) => {
        const checked = checkValue(field, value);
        expect('value' in checked || (checked.code.startsWith('LEDGER_FIELD_') && checked.text.zh !== '' && checked.text.en !== '')).toBe(
          true,
        );
      }),
    );
  });

  it('is a day of the calendar', () => {
    expect(['2024-02-29', '2026-02-29', '2026-13-01', '26-01-01', '2026-1-1'].map(isDay)).toEqual([true, false, false, false, false]);
    expect(['2026/1/5', '2026.01.05', '2026年1月5日'].map((cell) => valueOfCell({ ...base, type: 'date' }, cell))).toEqual(
      Array.from({ length: 3 }, () => '2026-01-05'),
    );
  });
});

describe('a mask', () => {
  const field = (mask: 'name' | 'phone' | 'landline' | 'id-card' | 'address' | 'bank-card' | 'email'): LedgerField => ({
    ...base,
    type: 'text',
    class: 'personal',
    level: 3,
    mask,
  });

  it('shows what security.md 5 says', () => {
    expect(maskValue(field('phone'), '13812348000')).toBe('138****8000');
    expect(maskValue(field('landline'), '0571-87651234')).toBe('0571-****1234');
    expect(maskValue(field('id-card'), '33010619800101123X')).toBe('330***********123X');
    expect(maskValue(field('name'), '张建国')).toBe('张**');
    expect(maskValue(field('name'), '欧阳雪')).toBe('欧阳*');
    expect(maskValue(field('bank-card'), '6222020200112233')).toBe('************2233');
    expect(maskValue(field('email'), 'zhang@x.cn')).toBe('z***@x.cn');
    expect(maskValue(field('address'), '城南区枫林苑7号楼2单元501室')).toBe('城南区枫林苑*号楼*单元*室');
    expect(maskValue({ ...base, type: 'geo', geometry: 'Point', level: 3 }, { type: 'Point', coordinates: [116.04123, 38.87251] })).toEqual(
      {
        type: 'Point',
        coordinates: [116.04, 38.87],
      },
    );
  });

  it('shows nothing of what has no mask of its own, and nothing of level 4', () => {
    expect(maskValue({ ...base, type: 'text', level: 3 }, 'secret')).toBeUndefined();
    expect(maskValue({ ...base, type: 'number', level: 3 }, 7)).toBeUndefined();
    expect(maskValue({ ...field('id-card'), level: 4 }, '33010619800101123X')).toBeUndefined();
  });

  it('never shows a phone number or a card whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('phone', 'id-card', 'bank-card', 'landline', 'name', 'email'),
        fc.stringMatching(/^[0-9a-z]{2,20}$/),
        (mask, value) => {
          expect(maskValue(field(mask), value)).not.toBe(value);
        },
      ),
    );
  });
});

describe('a code rule', () => {
  it('numbers on and knows its own', () => {
    const rule = parseCodeRule('{station}.UNT{nn}');
    expect(rule).toEqual({ parent: 'station', prefix: '.UNT', digits: 2 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 }), (n) => {
        expect(numberOf(rule, 'STA007.UNT', codeOf(rule, 'STA007.UNT', n))).toBe(n);
      }),
    );
    expect(['STA007.UNT1', 'STA007.UNT012', 'STA008.UNT01', 'STA007.UNT0x'].map((code) => numberOf(rule, 'STA007.UNT', code))).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    for (const bad of ['STA', 'STA{nnn}x', '{a}{b}{nn}', 'ST A{n}']) expect(() => parseCodeRule(bad)).toThrow('code rule');
  });
});

const TYPE: LedgerType = {
  id: 'sensor',
  label: { zh: '传感器', en: 'Sensor' },
  code: 'SNS{nnn}',
  fields: {
    kind: { ...base, type: 'enum', options: OPTIONS, required: true },
    distance: { ...base, type: 'number', unit: 'mm' },
    diameter: { ...base, type: 'number', unit: 'mm' },
    note: { ...base, type: 'text' },
  },
  groups: [{ label: { zh: '全部', en: 'All' }, fields: ['kind', 'distance', 'diameter', 'note'] }],
  title: 'note',
  columns: [],
  checks: [
    {
      when: { kind: ['a'] },
      field: 'distance',
      required: true,
      moreThan: { field: 'diameter', times: 5 },
      text: { zh: '大于 5 D', en: 'more than 5 D' },
    },
  ],
};

describe('a record', () => {
  it('is held to the limits that apply to it', () => {
    const codes = (input: Readonly<Record<string, unknown>>) =>
      checkRecord(TYPE, input).faults.map((fault) => `${fault.field} ${fault.code}`);
    expect(codes({})).toEqual(['kind LEDGER_FIELD_REQUIRED']);
    expect(codes({ kind: 'a' })).toEqual(['distance LEDGER_FIELD_CHECK']);
    expect(codes({ kind: 'a', distance: 750, diameter: 150 })).toEqual(['distance LEDGER_FIELD_CHECK']);
    expect(codes({ kind: 'a', distance: 751, diameter: 150 })).toEqual([]);
    expect(codes({ kind: 'b' })).toEqual([]);
    expect(codes({ kind: 'b', colour: 1 })).toEqual(['colour LEDGER_FIELD_UNKNOWN']);
    expect(codeStart(TYPE, {})).toBe('SNS');
  });

  it('keeps what a change does not name, and loses what it clears', () => {
    const { values } = checkRecord(TYPE, withChange({ kind: 'b', note: 'x', distance: 1 }, { note: null, distance: 2 }));
    expect(values).toEqual({ kind: 'b', distance: 2 });
    expect(changedFields({ kind: 'b', note: 'x', distance: 1 }, values)).toEqual(['distance', 'note']);
  });
});
