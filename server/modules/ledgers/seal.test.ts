import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FieldSeal } from './seal.ts';

const seal = new FieldSeal(['first secret of the test']);
const place = { collection: 'ledger_household', field: 'mobile', id: 'USR001' };

it('opens what it sealed, at its place only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const sealed = seal.seal(place, text);
      expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/);
      expect(seal.open(place, sealed)).toBe(text.toWellFormed());
      for (const other of [{ field: 'holder' }, { id: 'USR002' }, { collection: 'ledger_station' }])
        expect(() => seal.open({ ...place, ...other }, sealed)).toThrow('cannot be opened');
    }),
    { numRuns: 50 },
  );
});

it('refuses every changed character', () => {
  const sealed = seal.seal(place, '13812348000');
  const isSame = (at: number): boolean => {
    const turned = sealed[at] === 'A' ? 'B' : 'A';
    try {
      return seal.open(place, sealed.slice(0, at) + turned + sealed.slice(at + 1)) === '13812348000';
    } catch {
      return false;
    }
  };
  // The last characters of a part may hold bits that stand for nothing.
  const opened = Array.from(sealed, (_, at) => at).filter((at) => isSame(at));
  expect(opened.filter((at) => sealed[at + 1] !== '.' && at !== sealed.length - 1)).toEqual([]);
});

it('seals anew each time, and finds equal texts by their index alone', () => {
  expect(seal.seal(place, 'x')).not.toBe(seal.seal(place, 'x'));
  expect(seal.blind('c', 'f', ' ABC ')).toBe(seal.blind('c', 'f', 'abc'));
  expect(seal.blind('c', 'f', 'abc')).not.toBe(seal.blind('c', 'g', 'abc'));
  expect(new FieldSeal(['another']).blind('c', 'f', 'abc')).not.toBe(seal.blind('c', 'f', 'abc'));
});

it('still opens what an earlier secret sealed', () => {
  const turned = new FieldSeal(['second secret', 'first secret of the test']);
  expect(turned.open(place, seal.seal(place, 'x'))).toBe('x');
  expect(() => seal.open(place, turned.seal(place, 'x'))).toThrow('cannot be opened');
});
