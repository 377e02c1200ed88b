import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskQueue } from '../flow-runtime/disk-queue.ts';
import { LinkClient } from '../flow-runtime/link-client.ts';
import { openHistory } from '../store/history/history.ts';
import { startBroker, type Broker } from './broker.ts';
import { NOW, quiet, realClock, startKit, until, type LinkKit } from './link-kit.ts';

const broker = (port: number): Promise<Broker> =>
  startBroker({
    host: '127.0.0.1',
    port,
    clock: realClock,
    log: quiet,
    verifyRuntime: (name, secret) => name === 'edge' && secret === 'edge',
  });

it('both ends together lose and double nothing while broker and server restart', { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-both-ends-'));
  const queue = new DiskQueue(join(dir, 'queue.db'), NOW, 50_000_000);
  let up = await broker(0);
  const { port } = up;
  let history = await openHistory({ dir, clock: realClock, log: quiet });
  let kit: LinkKit = startKit(up.transport, { history });
  const client = new LinkClient({
    url: `mqtt://127.0.0.1:${port}`,
    runtime: 'edge',
    credential: 'edge',
    queue,
    clock: realClock,
    hello: () => ({ deployment: 1, hashes: {}, owns: ['T1'] }),
    onCommand: ({ id }) => Promise.resolve({ id, state: 'confirmed', at: NOW }),
    onDeployment: () => undefined,
    onState: () => undefined,
  });
  let n = 0;
  const append = (count: number): void => {
    for (let i = 0; i < count; i += 1) {
      n += 1;
      queue.append([
        { tag: 'T1', at: NOW + n * 1000, value: n, quality: 'good' },
        { tag: 'T2', at: NOW + n * 1000, value: -n, quality: 'good' },
      ]);
    }
    client.pump();
  };
  append(100);
  await until(() => kit.applied.length > 20);
  for (let round = 0; round < 2; round += 1) {
    append(50);
    await kit[Symbol.asyncDispose]();
    await up[Symbol.asyncDispose]();
    await history[Symbol.asyncDispose]();
    append(50);
    history = await openHistory({ dir, clock: realClock, log: quiet });
    up = await broker(port);
    kit = startKit(up.transport, { history });
  }
  await until(() => queue.count === 0);
  expect(await kit.link.sendCommand({ id: 'c', tag: 'T1', value: 1, expires: Date.now() + 20_000, deployment: 1 })).toEqual({
    id: 'c',
    state: 'confirmed',
    at: NOW,
  });
  const [one, two] = await history.read(['T1', 'T2'], NOW, NOW + 1e9);
  expect(n).toBe(300);
  expect(one?.value).toEqual(Array.from({ length: n }, (_, i) => i + 1));
  expect(two?.value).toEqual(Array.from({ length: n }, (_, i) => -i - 1));
  await client.close();
  await kit[Symbol.asyncDispose]();
  await up[Symbol.asyncDispose]();
  await history[Symbol.asyncDispose]();
  queue.close();
  await rm(dir, { recursive: true });
});
