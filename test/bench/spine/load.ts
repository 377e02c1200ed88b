import { connectAsync, type MqttClient } from 'mqtt';
import { codecs, topicOf } from '#server/link/codec.ts';
import { STATIONS } from './plant.ts';
import { answer } from './programs.ts';
import { SampleSource } from './samples.ts';

export interface LoadAnswers {
  readonly start: { readonly connected: number };
  /** Samples acknowledged so far, and when that was asked, ms. */
  readonly mark: { readonly acked: number; readonly at: number };
  readonly pace: { readonly rate: number };
  readonly stop: { readonly acked: number; readonly stopped: number };
}

const RUNTIMES = 4;
const BATCH = 1000;
/** Batches of a runtime on their way at most (wire.ts). */
const IN_FLIGHT = 8;
const SILENCE = 10_000;

/** One flow runtime without flows: as fast as the server acknowledges, and no faster than its pace. */
class Runtime {
  acked = 0;
  readonly source: SampleSource;
  readonly #client: MqttClient;
  readonly #name: string;
  readonly #flying: { readonly seq: number; readonly count: number }[] = [];
  #seq = Date.now() * 1000;
  #idle: (() => void) | undefined;
  #heard = performance.now();
  #pace: { readonly rate: number; readonly from: number; sent: number } | undefined;
  stopping = false;

  constructor(client: MqttClient, name: string, index: number) {
    this.#client = client;
    this.#name = name;
    const share = STATIONS / RUNTIMES;
    this.source = new SampleSource(index * share, share, 1 / RUNTIMES, Date.now());
    client.on('message', (topic, payload) => {
      if (topic === topicOf(name, 'ack')) this.#taken(codecs.ack.decode(payload).seq);
    });
  }

  /** @param rate samples a second, the same from now on */
  pace(rate: number): void {
    this.#pace = { rate, from: performance.now(), sent: 0 };
    setInterval(() => this.send(), 10).unref();
  }

  #mayGo(): boolean {
    if (this.stopping || this.#flying.length >= IN_FLIGHT) return false;
    const pace = this.#pace;
    if (!pace) return true;
    if (pace.sent > ((performance.now() - pace.from) / 1000) * pace.rate) return false;
    pace.sent += BATCH;
    return true;
  }

  send(): void {
    while (this.#mayGo()) {
      this.#seq += 1;
      const samples = this.source.take(BATCH, Date.now());
      const after = this.#flying.at(-1)?.seq ?? 0;
      this.#flying.push({ seq: this.#seq, count: samples.length });
      const payload = codecs.batch.encode({ v: 1, runtime: this.#name, seq: this.#seq, after, samples });
      this.#client.publish(topicOf(this.#name, 'batch'), payload, { qos: 1 });
    }
  }

  #taken(seq: number): void {
    this.#heard = performance.now();
    for (let first = this.#flying[0]; first && first.seq <= seq; first = this.#flying[0]) {
      this.acked += first.count;
      this.#flying.shift();
    }
    if (this.stopping && this.#flying.length === 0) this.#idle?.();
    // After everything that has arrived with it.
    setImmediate(() => this.send());
  }

  watch(): void {
    if (this.#flying.length > 0 && performance.now() - this.#heard > SILENCE) throw new Error(`${this.#name}: no acknowledgement for 10 s`);
  }

  /** Resolves when everything sent is acknowledged. */
  async drain(): Promise<void> {
    this.stopping = true;
    if (this.#flying.length > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
  }

  close(): Promise<void> {
    return this.#client.endAsync(true);
  }
}

async function connect(port: number, index: number): Promise<Runtime> {
  const name = `bench-${index + 1}`;
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: name, username: name, password: 'bench', clean: true });
  await client.subscribeAsync(topicOf(name, 'ack'), { qos: 1 });
  return new Runtime(client, name, index);
}

const runtimes: Runtime[] = [];
const acked = (): number => runtimes.reduce((sum, runtime) => sum + runtime.acked, 0);

answer<LoadAnswers>(
  {
    async start({ port }) {
      runtimes.push(...(await Promise.all(Array.from({ length: RUNTIMES }, (_, index) => connect(Number(port), index)))));
      for (const runtime of runtimes) runtime.send();
      setInterval(() => {
        for (const runtime of runtimes) runtime.watch();
      }, 1000).unref();
      return { connected: runtimes.length };
    },
    pace({ rate }) {
      for (const runtime of runtimes) runtime.pace(Number(rate) / runtimes.length);
      return { rate: Number(rate) };
    },
    mark: () => ({ acked: acked(), at: performance.now() }),
    async stop() {
      await Promise.all(runtimes.map((runtime) => runtime.drain()));
      return { acked: acked(), stopped: runtimes.reduce((sum, { source }) => sum + source.stopped, 0) };
    },
  },
  async () => {
    await Promise.all(runtimes.map((runtime) => runtime.close()));
  },
);
