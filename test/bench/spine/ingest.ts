import { atLeast, beside, noted, sleep, type Bench } from '../measure.ts';
import type { ServerAnswers } from './ingest-server.ts';
import type { LoadAnswers } from './load.ts';
import { modelTags, renamed, STATIONS, stationOf, TAGS_A_STATION } from './plant.ts';
import { Program } from './programs.ts';
import { measureRowInserts } from './row-inserts.ts';

const GOAL = 50_000;
const WARM_UP = 3000;
const PEER_SECONDS = 5;
const PEER = 'the same samples into a table of node:sqlite, one fsync a batch of 1,000; no network, JSON, process image or alarms';

/** Samples a second through link, history, process image and alarms of one server process, acknowledged after the commit. */
export const measureIngest: Bench = async ({ seconds, progress }) => {
  await using server = new Program<ServerAnswers>('server', new URL('ingest-server.ts', import.meta.url), flags());
  await using load = new Program<LoadAnswers>('load', new URL('load.ts', import.meta.url));
  const { port, alarms } = await server.ask('start');
  progress(`ingest: ${STATIONS} stations, ${STATIONS * TAGS_A_STATION} tags, ${alarms} alarms`);
  await load.ask('start', { port });
  await sleep(WARM_UP);
  const full = await over(seconds, server, load);
  progress(`ingest: ${JSON.stringify(full)}`);
  await load.ask('pace', { rate: GOAL });
  await sleep(WARM_UP / 3);
  const paced = await over(seconds / 4, server, load);
  progress(`ingest at the pace of the goal: ${JSON.stringify(paced)}`);
  const sent = await load.ask('stop');
  await sleep(1000);
  const probes = [0, 499, 999].flatMap((index) => modelTags.slice(0, 3).map((tag) => renamed(tag.id, stationOf(index))));
  const kept = await server.ask('check', { probes });
  progress(`ingest: ${JSON.stringify({ sent, kept })}`);
  if (kept.stored !== sent.acked || kept.refused + kept.quarantined > 0) throw new Error('what was acknowledged is not what was stored');
  if (kept.rises !== sent.stopped) throw new Error(`${sent.stopped} stations stopped, but ${kept.rises} alarms rose`);
  if (kept.read.some((count) => count < 1)) throw new Error('a tag has no history');
  const peer = measureRowInserts(PEER_SECONDS);
  return {
    ingest: beside(atLeast(full.rate, 'samples/s', GOAL), PEER, peer),
    ingestCpu: noted(full.cpu, 'CPU s/million samples'),
    ingestMemory: noted(full.rss, 'MiB, resident'),
    ingestLoopDelay: noted(full.delay, 'ms, p95 of the event loop at full load'),
    pacedRate: noted(paced.rate, 'samples/s'),
    pacedLoopDelay: noted(paced.delay, 'ms, p95 of the event loop at the goal of ingest'),
  };
};

interface Span {
  readonly rate: number;
  readonly cpu: number;
  readonly delay: number;
  readonly rss: number;
}

/** What happened in so many seconds: samples acknowledged a second, CPU seconds a million, p95 of the loop's delay (ms), MiB. */
async function over(seconds: number, server: Program<ServerAnswers>, load: Program<LoadAnswers>): Promise<Span> {
  const [from, before] = [await load.ask('mark'), await server.ask('mark')];
  await sleep(seconds * 1000);
  const [to, after] = [await load.ask('mark'), await server.ask('mark')];
  const acked = to.acked - from.acked;
  const { delay, rss } = after;
  return { rate: (acked * 1000) / (to.at - from.at), cpu: ((after.cpu - before.cpu) * 1e6) / acked, delay, rss };
}

/** `BENCH_FLAGS='--cpu-prof --cpu-prof-dir=DIR'`: further flags of node for the server under test. */
const flags = (): string[] => (process.env['BENCH_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
