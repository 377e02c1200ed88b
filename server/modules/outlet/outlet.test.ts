import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoPlant } from '#plants/demo.ts';
import type { Sample } from '#domain/sample.ts';
import type { TagDictionary } from '../../services.ts';
import { openEmbeddedStore } from '../../store/embedded/store.ts';
import { openHistory, type OpenHistory } from '../../store/history/history.ts';
import type { Store } from '../../store/port.ts';
import { Forwarder } from './forwarder.ts';
import { Position } from './position.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const T0 = Date.UTC(2026, 0, 10);
const TAG = 'STA001.1T_S';
const dictionary: TagDictionary = {
  tags: demoPlant.tags.filter((tag) => tag.id === TAG),
  assets: [],
  gate: new Map(),
  tag: (id) => demoPlant.tags.find((tag) => tag.id === id),
  asset: () => undefined,
};
const sample = (at: number, value = 1): Sample => ({ tag: TAG, at: T0 + at, value, quality: 'good' });

/** A receiver over HTTP, as VictoriaMetrics or InfluxDB take lines; `status` is what it answers next. */
class Receiver {
  status = 204;
  readonly lines: string[] = [];
  readonly headers: (string | undefined)[] = [];
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      this.headers.push(request.headers.authorization);
      if (this.status < 300) this.lines.push(...body.trimEnd().split('\n'));
      response.writeHead(this.status).end(this.status < 300 ? undefined : 'no');
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/write`;
  }

  get times(): number[] {
    return this.lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1, -6)) - T0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the outlet', () => {
  let dir: string;
  let store: Store;
  let history: OpenHistory;
  let receiver: Receiver;
  let url: string;
  let now: number;
  let due: { readonly ms: number; readonly run: () => void }[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nuanliu-outlet-'));
    store = await openEmbeddedStore({ dir: join(dir, 'store') });
    history = await openHistory({ dir, clock: { now: () => 0, monotonic: () => performance.now() }, log: quiet });
    receiver = new Receiver();
    url = await receiver.listen();
    [now, due] = [T0, []];
  });
  afterEach(async () => {
    await receiver.close();
    await history[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  const start = async (token?: string): Promise<Forwarder> => {
    const timers = {
      after: (ms: number, run: () => void) => {
        due.push({ ms, run });
        return () => undefined;
      },
    };
    const clock = { now: () => now, monotonic: () => now };
    const position = await Position.open(store, now);
    const to = { url, measurement: 'heat', ...(token === undefined ? {} : { token }) };
    const forwarder = new Forwarder({ history, dictionary, clock, timers, log: quiet }, to, position);
    forwarder.begin();
    return forwarder;
  };
  const put = (forwarder: Forwarder, ...samples: Sample[]) => forwarder.storing(samples, () => history.append(samples));
  /** Lets the next round run to its end. @returns the pause before it */
  const round = async (): Promise<number> => {
    const next = due.shift();
    next?.run();
    await expect.poll(() => due.length).toBe(1);
    return next?.ms ?? 0;
  };

  it('hands on what is stored, once it is settled, and goes on where it was after a restart', async () => {
    const first = await start('secret');
    await put(first, sample(1000, 46.3), sample(2000));
    now = T0 + 20_000;
    await round();
    expect(receiver.lines).toEqual([]);
    now = T0 + 60_000;
    await round();
    expect(receiver.lines[0]).toBe(`heat,tag=${TAG},unit=°C value=46.3,quality=0i ${T0 + 1000}000000`);
    expect(receiver.headers).toEqual(['Token secret']);
    expect(first.sent).toBe(2);
    await first.close();
    due = [];
    await history.append([sample(40_000)]);
    const second = await start();
    now = T0 + 120_000;
    await round();
    expect(receiver.times).toEqual([1000, 2000, 40_000]);
    await second.close();
  });

  it('keeps what the receiver does not take, with growing pauses, and never holds up what is stored', async () => {
    const forwarder = await start();
    receiver.status = 503;
    await put(forwarder, sample(1000));
    now = T0 + 60_000;
    expect(await round()).toBe(10_000);
    expect(forwarder.error).toContain('503');
    expect(await put(forwarder, sample(2000))).toEqual({ stored: 1, duplicates: 0 });
    expect(await round()).toBe(5000);
    expect(await round()).toBe(10_000);
    receiver.status = 204;
    expect(await round()).toBe(30_000);
    expect(receiver.times).toEqual([1000, 2000]);
    expect(forwarder.error).toBeNull();
    await forwarder.close();
  });

  it('sends late samples afterwards, also those noted before a crash, and ranges on request', async () => {
    const first = await start();
    now = T0 + 100_000;
    await round();
    await put(first, sample(5000));
    await first.close();
    due = [];
    const second = await start();
    await round();
    expect(receiver.times).toEqual([5000]);
    await second.resend({ from: T0, to: T0 + 6000, tags: null });
    await round();
    expect(receiver.times).toEqual([5000, 5000]);
    await round();
    expect(receiver.times).toHaveLength(2);
    await second.close();
  });

  it('keeps the order in which samples are stored, also while late ones are noted, and tells what fails', async () => {
    const forwarder = await start();
    now = T0 + 100_000;
    await round();
    const order: string[] = [];
    const store = (name: string) => async () => {
      order.push(name);
      if (name === 'broken') throw new Error('disk full');
      return name;
    };
    const all = await Promise.allSettled([
      forwarder.storing([sample(5000)], store('late')),
      forwarder.storing([sample(90_000)], store('new')),
      forwarder.storing([sample(91_000)], store('broken')),
      forwarder.storing([sample(6000)], store('late again')),
    ]);
    expect(order).toEqual(['late', 'new', 'broken', 'late again']);
    expect(all.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    await forwarder.close();
  });

  it('goes on past samples that the receiver refuses for good, and counts them', async () => {
    const forwarder = await start();
    receiver.status = 400;
    await put(forwarder, sample(1000));
    now = T0 + 60_000;
    await round();
    receiver.status = 204;
    await put(forwarder, sample(35_000));
    now = T0 + 120_000;
    await round();
    expect([receiver.times, forwarder.sent, forwarder.refused]).toEqual([[35_000], 1, 1]);
    await forwarder.close();
  });
});
