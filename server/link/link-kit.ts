import { connectAsync, type MqttClient } from 'mqtt';
import type { Sample } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { History } from '../services.ts';
import { Bus, type BusEvents } from '../bus.ts';
import type { Store } from '../store/port.ts';
import { startLinkServer, type LinkServer, type LinkServerOptions } from './link-server.ts';
import type { LinkTransport } from './transport.ts';

/*
 * For the tests of the link: a server's end over a transport with a history in memory that commits when it is told to, and the
 * least of a runtime, written from wire.ts alone.
 */
export const NOW = Date.UTC(2026, 0, 10);
export const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
export const realClock = { now: () => Date.now(), monotonic: () => performance.now() };

const tagOf = (id: string): TagDefinition => ({
  id,
  aliases: [],
  label: { zh: id, en: id },
  asset: 'A',
  measurand: 'X',
  type: 'number',
  unit: '',
  decimals: 1,
  every: 10,
});

/** Keeps (tag, at) once and the last sequence; `hold` keeps commits back. */
class MemoryHistory implements History {
  readonly stored = new Map<string, Sample>();
  readonly #seqs = new Map<string, number>();
  commits = 0;
  gate: Promise<void> = Promise.resolve();

  async append(
    samples: readonly Sample[],
    source?: { readonly runtime: string; readonly seq: number },
  ): Promise<{ stored: number; duplicates: number }> {
    await this.gate;
    this.commits += 1;
    let stored = 0;
    for (const sample of samples) {
      const key = `${sample.tag} ${sample.at}`;
      if (!this.stored.has(key)) stored += 1;
      this.stored.set(key, this.stored.get(key) ?? sample);
    }
    if (source) this.#seqs.set(source.runtime, source.seq);
    return { stored, duplicates: samples.length - stored };
  }
  lastSeq(runtime: string): number {
    return this.#seqs.get(runtime) ?? 0;
  }
  read(): Promise<never[]> {
    return Promise.resolve([]);
  }
  summarise(): Promise<never[]> {
    return Promise.resolve([]);
  }
  // oxlint-disable-next-line typescript/require-await -- the shape of a history; nothing of the link reads it
  async *scan(): AsyncGenerator<never, void, void> {
    yield* [];
  }
  latest(): Iterable<Sample> {
    return this.stored.values();
  }
}

export interface LinkKit extends AsyncDisposable {
  readonly link: LinkServer;
  readonly history: MemoryHistory;
  readonly applied: Sample[];
  readonly quarantined: { readonly reason: unknown; readonly source: unknown }[];
  readonly runtimes: BusEvents['runtime'][];
  readonly bus: Bus;
}

const unused = (): never => {
  throw new Error('not used');
};

export function startKit(transport: LinkTransport, more: Partial<LinkServerOptions> = {}): LinkKit {
  const bus = new Bus(unused);
  const history = new MemoryHistory();
  const applied: Sample[] = [];
  const quarantined: LinkKit['quarantined'] = [];
  const runtimes: BusEvents['runtime'][] = [];
  bus.on('runtime', (event) => runtimes.push(event));
  const store: Store = {
    get: unused,
    find: unused,
    all: unused,
    count: unused,
    update: unused,
    upsert: unused,
    remove: unused,
    bulk: unused,
    ensureIndex: unused,
    insert: (_, docs) => {
      quarantined.push(...docs.map((doc) => ({ reason: doc['reason'], source: doc['source'] })));
      return Promise.resolve();
    },
    capabilities: { transactions: false, changeStream: false, ttl: false, server: '' },
    [Symbol.asyncDispose]: unused,
  };
  let n = 0;
  const link = startLinkServer({
    bus,
    store,
    history,
    transport,
    clock: realClock,
    log: quiet,
    ids: { next: () => String((n += 1)), secret: unused },
    image: { get: unused, apply: (samples) => void applied.push(...samples) },
    tag: (id) => (id.startsWith('T') ? tagOf(id) : undefined),
    ...more,
  });
  return { link, history, applied, quarantined, runtimes, bus, [Symbol.asyncDispose]: () => link[Symbol.asyncDispose]() };
}

/** Calls again until it is true; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export interface TestRuntime extends AsyncDisposable {
  readonly client: MqttClient;
  readonly received: { readonly topic: string; readonly body: unknown }[];
  readonly acks: number[];
  batch(seq: number, after: number, samples?: readonly unknown[]): Promise<unknown>;
  hello(owns?: readonly string[], deployment?: number): Promise<unknown>;
  send(leaf: string, body: unknown): Promise<unknown>;
}

const seqOf = (body: unknown): number => (typeof body === 'object' && body !== null && 'seq' in body ? Number(body.seq) : Number.NaN);

export async function startRuntime(port: number, name: string, password: string, protocolVersion: 4 | 5 = 4): Promise<TestRuntime> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: name,
    username: name,
    password,
    clean: true,
    protocolVersion,
    reconnectPeriod: 0,
  });
  const received: { topic: string; body: unknown }[] = [];
  const acks: number[] = [];
  client.on('error', () => undefined);
  client.on('message', (topic, payload) => {
    const body: unknown = JSON.parse(payload.toString());
    received.push({ topic, body });
    if (topic.endsWith('/ack')) acks.push(seqOf(body));
  });
  await client.subscribeAsync(
    ['ack', 'cmd', 'deployment'].map((leaf) => `nl/v1/${name}/${leaf}`),
    { qos: 1 },
  );
  const send = (leaf: string, body: unknown): Promise<unknown> =>
    client.publishAsync(`nl/v1/${name}/${leaf}`, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1 });
  return {
    client,
    received,
    acks,
    send,
    batch: (seq, after, samples = [{ tag: 'T1', at: NOW + seq * 1000, value: seq, quality: 'good' }]) =>
      send('batch', { v: 1, runtime: name, seq, after, samples }),
    hello: (owns = [], deployment = 3) => send('hello', { v: 1, runtime: name, deployment, hashes: {}, owns, queued: 0 }),
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}
