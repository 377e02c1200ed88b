import { readFileSync } from 'node:fs';
import { Polls, tagNames } from './data.ts';
import { openStore, T0 } from './store.ts';

/** Child of the benchmark: 160,000 tags at 10 s for an hour of their time; prints its largest resident memory in MiB. */
const TAGS = 160_000;
const AT_ONCE = 10_000;
const MINUTES = 60;
await using store = await openStore();
const numbers = store.history.numbers(tagNames(TAGS));
const parts = Array.from({ length: TAGS / AT_ONCE }, (_, i) => new Polls(numbers.subarray(i * AT_ONCE, (i + 1) * AT_ONCE), i + 1));
let samples = 0;
for (let at = T0; at < T0 + MINUTES * 60_000; at += 10_000)
  for (const part of parts) samples += (await store.history.appendColumns(part.next(at))).stored;
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(`${JSON.stringify({ samples, peak: Number(peak) / 1024 })}\n`);
