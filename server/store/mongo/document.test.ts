import { BSON } from 'mongodb';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromStored, orderOf, toStored } from './document.ts';
import { escapeName, unescapeName, uniqueField, uniqueKeys } from './field-names.ts';

const name = fc.oneof(fc.constantFrom('', 'a.b', '$set', '%n', '%a', '%', '%2e', 'x', '__proto__', '0'), fc.string({ maxLength: 6 }));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('documents as the server keeps them', () => {
  it('come back as JSON would have brought them', () => {
    fc.assert(
      fc.property(fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }), (body) => {
        const doc = { ...body, _id: 'a' };
        const sent = BSON.deserialize(BSON.serialize(toStored(doc, 3, 7, [['x', 'y']])));
        expect(fromStored(sent)).toStrictEqual(JSON.parse(JSON.stringify({ ...doc, ver: 3 })));
        expect(orderOf(sent)).toBe(7);
      }),
      { numRuns: 300 },
    );
  });

  it('have names that mean nothing to the server', () => {
    fc.assert(
      fc.property(name, (plain) => {
        const escaped = escapeName(plain);
        expect(escaped).toMatch(/^[^$.\0][^.\0]*$/s);
        expect(unescapeName(escaped)).toBe(plain);
      }),
    );
    expect(uniqueKeys(uniqueField(['a.b', 'c,d']))).toEqual(['a.b', 'c,d']);
    expect(uniqueKeys('state_1')).toBeUndefined();
  });

  it.each([
    ['half of a surrogate pair', { t: '\uD800' }],
    ['a name that is none', { '\uDC00': 1 }],
    ['more than 16 MiB', { t: 'x'.repeat(17 * 1024 * 1024) }],
    ['fifty levels', JSON.parse('{"a":'.repeat(50) + '1' + '}'.repeat(50))],
  ])('are refused with a code: %s', (_, body: object) => {
    expect(() => toStored({ ...body, _id: 'a' }, 1, 1, [])).toThrow(
      expect.objectContaining({ code: 'STORE_VALUE', place: { element: 'a' } }),
    );
  });

  it('are told from those of other programs', () => {
    for (const foreign of [{ _id: new BSON.ObjectId(), ver: 1 }, { _id: 'a' }, { _id: 'a', ver: 1, at: new Date() }])
      expect(() => fromStored(foreign)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });
});
