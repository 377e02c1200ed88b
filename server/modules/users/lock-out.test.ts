import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterFailure, isLocked, NO_TRIES, StrangerTries, type Tries } from './lock-out.ts';

const rule = { failures: 5, window: 900, lock: 900 };

it('locks exactly when five failures lie within the window', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 40 }), (gaps) => {
      let now = 1000;
      let tries: Tries = NO_TRIES;
      let model: number[] = [];
      for (const gap of gaps) {
        now += gap;
        if (isLocked(tries, now)) continue;
        tries = afterFailure(tries, now, rule);
        model = [...model.filter((at) => at > now - rule.window), now];
        const full = model.length === 5;
        if (full) model = [];
        expect([now, now + rule.lock - 1, now + rule.lock].map((at) => isLocked(tries, at))).toEqual([full, full, false]);
      }
    }),
  );
});

it('forgets the oldest of too many strangers', () => {
  const strangers = new StrangerTries({ now: () => 5, monotonic: () => 5 }, 2);
  for (const name of ['a', 'b', 'c']) strangers.fail(name, rule);
  expect(strangers.get('a')).toEqual(NO_TRIES);
  expect(strangers.get('c').failures).toEqual([5]);
});
