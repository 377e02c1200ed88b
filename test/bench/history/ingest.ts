import { monitorEventLoopDelay } from 'node:perf_hooks';
import { atLeast, atMost, noted, percentile, type BenchOptions, type Results } from '../measure.ts';
import { Polls, tagNames } from './data.ts';
import { bytesOf, DAY, openStore, T0 } from './store.ts';
import { times } from './times.ts';

const TAGS = 10_000;
const CYCLE = 30_000;

/** Data set A of storage.md 3: 10,000 tags for 24 hours at 30 s; a poll of all tags is a batch with a durable commit of its own. */
export async function measureDay({ progress }: BenchOptions): Promise<Results> {
  await using store = await openStore();
  const { history } = store;
  const tags = tagNames(TAGS);
  const polls = new Polls(history.numbers(tags));
  const took: number[] = [];
  let samples = 0;
  let cpu = 0;
  for (let at = T0; at < T0 + DAY; at += CYCLE) {
    const poll = polls.next(at);
    const before = process.cpuUsage();
    const began = performance.now();
    const { stored } = await history.appendColumns(poll);
    took.push(performance.now() - began);
    const used = process.cpuUsage(before);
    cpu += (used.user + used.system) / 1e6;
    samples += stored;
  }
  const seconds = took.reduce((sum, ms) => sum + ms, 0) / 1000;
  progress(`ingest ${Math.round(samples / seconds)}/s, ${cpu.toFixed(1)} CPU s, longest commit ${Math.max(...took).toFixed(0)} ms`);
  store.clock.at = T0 + DAY + 3_600_000;
  // What is in memory yet has to be in a chunk before its day can go.
  await history.append([{ tag: tags[0] ?? '', at: T0 + DAY, value: 1, quality: 'good' }]);
  await history.flush();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const compacting = performance.now();
  const { samples: compacted } = await history.compact();
  const compactSeconds = (performance.now() - compacting) / 1000;
  const compactDelay = delay.max / 1e6;
  progress(`${compacted} of ${samples} samples compacted in ${compactSeconds.toFixed(1)} s`);
  if (compacted !== samples) throw new Error(`${compacted} samples were compacted, ${samples} were stored`);
  const bytes = bytesOf(store.dir, 'hist-');
  const edges = Array.from({ length: 25 }, (_, i) => T0 + i * 3_600_000);
  delay.reset();
  const hourly = await times(9, async () => {
    const rows = await history.summarise(tags, edges);
    const n = rows.reduce((sum, row) => sum + row.reduce((of, one) => of + one.n + one.bad, 0), 0);
    if (n !== samples) throw new Error(`the hours have ${n} samples, ${samples} were stored`);
  });
  progress(`hourly means of ${TAGS} tags in ${hourly.toFixed(0)} ms`);
  return {
    ingest: atLeast(samples / seconds, 'samples/s', 4_000_000),
    ingestPerCpu: noted(samples / cpu, 'samples/CPU s'),
    ingestCommit99: atMost(percentile(took, 99), 'ms p99', 20),
    ingestCommitMax: noted(Math.max(...took), 'ms'),
    compaction: noted(samples / compactSeconds, 'samples/s'),
    compactionLoopDelay: atMost(compactDelay, 'ms max', 20),
    bytesPerSample: atMost(bytes / samples, 'B', 0.42),
    rollupBytesPerSample: noted(bytesOf(store.dir, 'roll-') / samples, 'B'),
    hourlyMean: atMost(hourly, 'ms median', 150),
    hourlyMeanLoopDelay: atMost(delay.max / 1e6, 'ms max', 20),
  };
}
