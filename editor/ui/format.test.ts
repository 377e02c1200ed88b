import { describe, expect, test } from 'vitest';
import { formatAge, formatClock, formatNumber, formatUnit, formatValue, formatWhen, isStale, share } from './format.ts';

const words = { on: '是', off: '否' };

describe('numbers of the control room', () => {
  test.each([
    [6418, 0, '6 418'],
    [-8.64, 1, '−8.6'],
    [-0.04, 1, '0.0'],
    [1_234_567.891, 2, '1 234 567.89'],
    [0.118, 3, '0.118'],
    [Number.NaN, 1, '—'],
  ])('%s with %s decimals is %s', (value, decimals, text) => {
    expect(formatNumber(value, decimals).replaceAll('\u2009', ' ')).toBe(text);
  });

  test('a missing value is a dash, never zero; states are words', () => {
    expect(formatValue(null, 1, words)).toBe('—');
    expect(formatValue(undefined, 1, words)).toBe('—');
    expect(formatValue(true, 0, words)).toBe('是');
    expect(formatValue(false, 0, words)).toBe('否');
  });

  test('the degree sign is one character', () => expect(formatUnit('°C')).toBe('℃'));
});

describe('times and spans', () => {
  test.each([
    [25_000, '00:25'],
    [702_000, '11:42'],
    [3_723_000, '1:02:03'],
    [-5, '00:00'],
  ])('%s ms is %s', (ms, text) => expect(formatClock(ms)).toBe(text));

  test('days are said apart', () => expect(formatClock(2 * 86_400_000 + 11_400_000).replaceAll('\u2009', ' ')).toBe('2 d 03:10'));

  test('another day shows its date', () => {
    const now = new Date(2026, 10, 20, 18, 32, 7).getTime();
    expect(formatWhen(new Date(2026, 10, 20, 9, 5, 1).getTime(), now)).toBe('09:05:01');
    expect(formatWhen(new Date(2026, 10, 19, 9, 5, 1).getTime(), now)).toBe('11-19 09:05');
  });

  test.each([
    [900, '1 s'],
    [119_000, '119 s'],
    [240_000, '4 min'],
    [7_200_000, '2 h'],
  ])('age %s ms is %s', (ms, text) => expect(formatAge(ms).replaceAll('\u2009', ' ')).toBe(text));
});

test('stale after three cycles, 15 s at least', () => {
  expect(isStale(0, 10, 30_000)).toBe(false);
  expect(isStale(0, 10, 30_001)).toBe(true);
  expect(isStale(0, 1, 14_000)).toBe(false);
});

test('a share stays between 0 and 1, also for an empty range', () => {
  expect(share(5, 0, 10)).toBe(0.5);
  expect(share(-1, 0, 10)).toBe(0);
  expect(share(11, 0, 10)).toBe(1);
  expect(share(1, 3, 3)).toBe(0);
});
