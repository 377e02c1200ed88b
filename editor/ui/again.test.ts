import { describe, expect, it } from 'vitest';
import { again } from './again.ts';

/** Fails so many times, then gives its number of calls. */
const failing = (times: number): (() => Promise<number>) => {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return Promise.resolve(calls);
  };
};

describe('fetching a part of the program again', () => {
  it('waits for nothing where the first attempt succeeds', async () => {
    const waits: number[] = [];
    await expect(again(failing(0), async (ms) => void waits.push(ms))()).resolves.toBe(1);
    expect(waits).toEqual([]);
  });

  it('outlasts the restart of a server, with growing waits', async () => {
    const waits: number[] = [];
    await expect(again(failing(7), async (ms) => void waits.push(ms))()).resolves.toBe(8);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(15_000);
  });

  it('tells the last failure when every attempt failed', async () => {
    await expect(again(failing(99), async () => Promise.resolve())()).rejects.toThrow('failure 8');
  });
});
