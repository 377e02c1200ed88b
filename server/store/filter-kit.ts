import * as fc from 'fast-check';
import { expect } from 'vitest';
import { predicateOf } from './filter.ts';
import type { Store } from './port.ts';

const scalar = fc.oneof(
  fc.constantFrom('x', 'y', '热', '\u{1F525}', '\uFF5E', ''),
  fc.constantFrom(0, 1, 2, 0.1, 0.30000000000000004, 1e300, -5.5),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ n: scalar }, { requiredKeys: [], noNullPrototype: true }),
  fc.array(fc.record({ n: scalar }, { noNullPrototype: true }), { maxLength: 2 }),
);
/** An array directly in an array, which MongoDB and mingo see differently. */
const nested = fc.oneof(
  { weight: 4, arbitrary: value },
  fc.array(value, { maxLength: 2 }),
  fc.record({ n: fc.array(value, { maxLength: 2 }) }, { noNullPrototype: true }),
);
const body = fc.record({ a: nested, b: value }, { requiredKeys: [], noNullPrototype: true });
const path = fc.constantFrom('a', 'b', 'a.n', 'b.n', 'a.0', 'a.0.n');
const operators = fc.oneof(
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }, { noNullPrototype: true }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }, { noNullPrototype: true }),
  fc.record({ $ne: scalar }, { noNullPrototype: true }),
  fc.record({ $gt: scalar }, { noNullPrototype: true }),
  fc.record({ $gte: scalar, $lt: scalar }, { noNullPrototype: true }),
  fc.record({ $lte: scalar }, { noNullPrototype: true }),
  fc.record({ $exists: fc.boolean() }, { noNullPrototype: true }),
  fc.record({ $regex: fc.constantFrom('^x', '热') }, { noNullPrototype: true }),
);
const leaf = fc.tuple(path, fc.oneof(scalar, operators, value)).map(([key, test]) => ({ [key]: test }));
const filter = fc.oneof(
  leaf,
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
);

/** Property of every adapter that lets its engine filter first: nothing that mingo matches is lost, and the order is that of insertion. */
export async function filtersLoseNothing(store: Store, numRuns: number): Promise<void> {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { minLength: 1, maxLength: 8 }),
      fc.array(filter, { minLength: 1, maxLength: 6 }),
      async (bodies, filters) => {
        const name = `t${(run += 1)}`;
        const docs = bodies.map((one, index) => ({ ...one, _id: String(index) }));
        await store.insert(name, docs);
        for (const one of filters) {
          const expected = docs.map((doc) => ({ ...doc, ver: 1 })).filter(predicateOf(one));
          expect((await store.all(name, one)).map((doc) => doc._id)).toEqual(expected.map((doc) => doc._id));
        }
      },
    ),
    { numRuns },
  );
}
