import { openHistory } from '../history/history.ts';

/**
 * Child of the kill test: appends batches of 40 tags for ever and prints each sequence number after its commit. With `compact` a batch is
 * ten minutes, and the days that are over are compacted all the time.
 */
const dir = process.argv[2] ?? '.';
const compact = process.argv[3] === 'compact';
const EVERY = compact ? 600_000 : 1000;
let at = Date.UTC(2026, 0, 10);
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const history = await openHistory({ dir, clock: { now: () => at, monotonic: () => performance.now() }, log: quiet });
const T0 = Date.UTC(2026, 0, 10);

async function one(seq: number): Promise<void> {
  const samples = Array.from({ length: 40 }, (_, tag) => ({
    tag: `T${tag}`,
    at: T0 + seq * EVERY,
    value: (seq * 31 + tag) / 10,
    quality: 'good' as const,
  }));
  await history.append(samples, { runtime: 'edge', seq });
  at = Math.max(at, T0 + seq * EVERY);
  process.stdout.write(`${seq}\n`);
}

async function compactAlways(): Promise<never> {
  for (;;) {
    await history.flush();
    await history.compact();
    // Others get their turn, also when there was nothing to do.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

let seq = history.lastSeq('edge');
const chains = Array.from({ length: 8 }, async () => {
  for (;;) await one((seq += 1));
});
await Promise.all(compact ? [...chains, compactAlways()] : chains);
