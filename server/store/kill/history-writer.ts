import { openHistory } from '../history/history.ts';

/** Child of the kill test: appends batches of 40 tags for ever and prints each sequence number after its commit. */
const dir = process.argv[2] ?? '.';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const history = await openHistory({ dir, clock: { now: () => Date.now(), monotonic: () => performance.now() }, log: quiet });
const T0 = Date.UTC(2026, 0, 10);

async function one(seq: number): Promise<void> {
  const samples = Array.from({ length: 40 }, (_, tag) => ({
    tag: `T${tag}`,
    at: T0 + seq * 1000,
    value: (seq * 31 + tag) / 10,
    quality: 'good' as const,
  }));
  await history.append(samples, { runtime: 'edge', seq });
  process.stdout.write(`${seq}\n`);
}

let seq = history.lastSeq('edge');
const chains = Array.from({ length: 8 }, async () => {
  for (;;) await one((seq += 1));
});
await Promise.all(chains);
