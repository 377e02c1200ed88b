import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { hostClock, hostIds, hostTimers } from '#server/ambient.ts';
import { Bus } from '#server/bus.ts';
import { LiveAlarms } from '#server/engines/alarms/live.ts';
import { LiveImage } from '#server/engines/process-image/process-image.ts';
import { startBroker } from '#server/link/broker.ts';
import { startLinkServer } from '#server/link/link-server.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { openHistory } from '#server/store/history/history.ts';
import { Pointer } from '../../alarm-kit.ts';
import { benchAlarms, benchTags } from './plant.ts';
import { answer } from './programs.ts';

export interface ServerAnswers {
  readonly start: { readonly port: number; readonly alarms: number };
  readonly mark: { readonly cpu: number; readonly delay: number; readonly rss: number };
  readonly check: {
    readonly stored: number;
    readonly refused: number;
    readonly quarantined: number;
    readonly rises: number;
    readonly read: readonly number[];
  };
}

/** The server of the ingest benchmark: the real parts in one process as the assembly composes them, with a plant of its own. */
const dir = await mkdtemp(join(tmpdir(), 'nuanliu-bench-'));
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object, text: string) => void process.stderr.write(`server: ${text} ${JSON.stringify(fields)}\n`),
  error: (fields: object, text: string) => void process.stderr.write(`server: ${text} ${JSON.stringify(fields)}\n`),
};
const clock = hostClock;
const ids = hostIds(clock);
const stack = new AsyncDisposableStack();
stack.defer(() => rm(dir, { recursive: true, force: true }));
const tags = benchTags();
const store = stack.use(await openEmbeddedStore({ dir: join(dir, 'store'), clock }));
const history = stack.use(await openHistory({ dir, clock, log }));
const bus = new Bus((error, event) => log.error({ error: String(error), event }, 'a listener failed'));
const image = new LiveImage(bus, history.latest());
let rises = 0;
bus.on('alarm', ({ alarm, to }) => {
  if (to === 'unack' && alarm.endsWith('.stopped')) rises += 1;
});
const broker = stack.use(await startBroker({ host: '127.0.0.1', port: 0, clock, log, verifyRuntime: (name) => name.startsWith('bench-') }));
const dictionary = { tag: (id: string) => tags.get(id) };
const link = stack.use(
  startLinkServer({ store, history, image, bus, clock, ids, log, transport: broker.transport, tag: (id) => tags.get(id) }),
);
const alarms = stack.use(
  await LiveAlarms.open({
    store,
    bus,
    clock,
    timers: hostTimers,
    log,
    deployments: new Pointer(benchAlarms()),
    history,
    image,
    dictionary,
  }),
);
await alarms.begin();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

answer<ServerAnswers>(
  {
    start: () => ({ port: broker.port, alarms: alarms.current().length }),
    mark: () => {
      const { user, system } = process.cpuUsage();
      const p95 = delay.percentile(95) / 1e6;
      delay.reset();
      return { cpu: (user + system) / 1e6, delay: p95, rss: process.memoryUsage().rss / 2 ** 20 };
    },
    check: async ({ probes }) => {
      const { samples, refused, quarantined } = link.counts();
      const series = await history.read(Array.isArray(probes) ? probes.map(String) : [], 0, clock.now() + 60_000);
      return { stored: samples, refused, quarantined, rises, read: series.map(({ at }) => at.length) };
    },
  },
  () => stack.disposeAsync(),
);
