import { monitorEventLoopDelay } from 'node:perf_hooks';
import { atMost, noted, type BenchOptions, type Results } from '../measure.ts';
import { Polls, tagNames } from './data.ts';
import { bytesOf, DAY, openStore, T0 } from './store.ts';
import { times } from './times.ts';

const TAGS = 10;
const CYCLE = 10_000;
const DAYS = 30;
const POLLS = 1000;

/** Data set B of storage.md 3: 10 tags of one station for 30 days at 10 s. */
export async function measureMonth({ progress }: BenchOptions): Promise<Results> {
  await using store = await openStore();
  const { history } = store;
  const tags = tagNames(TAGS);
  const polls = new Polls(history.numbers(tags));
  const all = { tags: new Int32Array(TAGS * POLLS), at: new Float64Array(TAGS * POLLS), value: new Float64Array(TAGS * POLLS) };
  let samples = 0;
  for (let start = T0; start < T0 + DAYS * DAY; start += POLLS * CYCLE) {
    let n = 0;
    for (let at = start; at < Math.min(start + POLLS * CYCLE, T0 + DAYS * DAY); at += CYCLE) {
      const poll = polls.next(at);
      all.tags.set(poll.tags, n);
      all.value.set(poll.value, n);
      if (typeof poll.at !== 'number') all.at.set(poll.at, n);
      n += poll.tags.length;
    }
    const { stored } = await history.appendColumns({ tags: all.tags.slice(0, n), at: all.at.slice(0, n), value: all.value.slice(0, n) });
    samples += stored;
  }
  store.clock.at = T0 + DAYS * DAY + 3_600_000;
  await history.flush();
  await history.compact();
  progress(`${samples} samples of ${DAYS} days are stored`);
  const to = T0 + DAYS * DAY;
  const one = tags.slice(0, 1);
  const counts = new Set<number>();
  const raw = await times(15, async () => {
    counts.add((await history.readColumns(one, T0, to))[0]?.n ?? 0);
  });
  const lists = await times(15, async () => {
    counts.add((await history.read(one, T0, to))[0]?.at.length ?? 0);
  });
  if (counts.size !== 1) throw new Error('the same question had different answers');
  const pixels = await times(15, async () => {
    await history.read(one, T0, to, { points: 2000 });
  });
  const edges = Array.from({ length: DAYS * 288 + 1 }, (_, i) => T0 + i * 300_000);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const five = await times(15, async () => {
    const rows = await history.summarise(tags, edges);
    const n = rows.reduce((sum, row) => sum + row.reduce((of, bucket) => of + bucket.n, 0), 0);
    if (n !== samples) throw new Error(`the buckets have ${n} samples, ${samples} were stored`);
  });
  return {
    rawTrend: atMost(raw, 'ms median', 2.6),
    rawTrendAsLists: noted(lists, 'ms median'),
    pictureTrend: noted(pixels, 'ms median'),
    fiveMinutes: atMost(five, 'ms median', 30),
    fiveMinutesLoopDelay: atMost(delay.max / 1e6, 'ms max', 20),
    monthBytesPerSample: noted(bytesOf(store.dir, 'hist-') / samples, 'B'),
  };
}
