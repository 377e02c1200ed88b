import { expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

it('waits longer after each failure, and never longer than the last pause', () => {
  const backOff = new BackOff([200, 500, 1000], 5000);
  expect([undefined, 10, 4999, undefined].map((worked) => backOff.ended(worked))).toEqual([200, 500, 1000, 1000]);
});

it('begins anew after a program that was ready for a while: one that is killed often is back at once', () => {
  const backOff = new BackOff([200, 500, 1000], 5000);
  expect([undefined, undefined, 5000, 60_000, 6000].map((worked) => backOff.ended(worked))).toEqual([200, 500, 200, 200, 200]);
});
