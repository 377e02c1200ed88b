import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toLine } from '#domain/history/line-protocol.ts';
import { send } from './sender.ts';

/** The real receiver, where it is installed (Debian: `influxdb`). */
const INFLUXD = 'influxd';
const isMissing = spawnSync('sh', ['-c', `command -v ${INFLUXD}`], { stdio: 'ignore' }).status !== 0;

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** An InfluxDB 1.x of its own, in a temporary folder. */
async function startInfluxd(): Promise<AsyncDisposable & { readonly url: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-influxd-'));
  const [http, rpc] = await freePorts();
  const config = [
    'reporting-disabled = true',
    `bind-address = "127.0.0.1:${rpc}"`,
    `[meta]\n dir = "${dir}/meta"`,
    `[data]\n dir = "${dir}/data"\n wal-dir = "${dir}/wal"`,
    '[monitor]\n store-enabled = false',
    `[http]\n bind-address = "127.0.0.1:${http}"`,
  ];
  await writeFile(join(dir, 'influxd.conf'), `${config.join('\n')}\n`);
  const child = spawn(INFLUXD, ['run', '-config', join(dir, 'influxd.conf')], { stdio: 'ignore' });
  return {
    url: `http://127.0.0.1:${http}`,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await rm(dir, { recursive: true });
    },
  };
}

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/ping`).then(
    (answer) => answer.ok,
    () => false,
  );

it('a real InfluxDB takes the lines, twice the same is once', async ({ skip }) => {
  skip(isMissing, 'needs influxdb');
  await using influx = await startInfluxd();
  await expect.poll(() => isUp(influx.url), { timeout: 20_000, interval: 100 }).toBe(true);
  const query = (q: string): Promise<Response> =>
    fetch(`${influx.url}/query?db=heat&epoch=ms&q=${encodeURIComponent(q)}`, { method: 'POST' });
  await query('CREATE DATABASE heat');
  const at = Date.UTC(2026, 0, 10);
  const lines = [
    toLine('my heat', { tag: 'STA007, x=1', at, value: 46.25, quality: 'good' }, '°C'),
    toLine('my heat', { tag: 'STA007, x=1', at: at + 1, value: true, quality: 'uncertain' }, '°C'),
    toLine('my heat', { tag: 'STA007, x=1', at: at + 2, value: null, quality: 'bad' }, '°C'),
    toLine('my heat', { tag: 'STA007, x=1', at: at + 3, value: 'a "b", c', quality: 'good' }, '°C'),
  ];
  const { signal } = new AbortController();
  const receiver = { url: `${influx.url}/write?db=heat` };
  expect([await send(receiver, lines, signal), await send(receiver, lines, signal)]).toEqual([undefined, undefined]);
  const answer: unknown = await (await query('SELECT "tag", "unit", "value", "text", "quality" FROM "my heat"')).json();
  expect(answer).toMatchObject({
    results: [
      {
        series: [
          {
            values: [
              [at, 'STA007, x=1', '°C', 46.25, null, 0],
              [at + 1, 'STA007, x=1', '°C', 1, null, 1],
              [at + 2, 'STA007, x=1', '°C', null, null, 2],
              [at + 3, 'STA007, x=1', '°C', null, 'a "b", c', 0],
            ],
          },
        ],
      },
    ],
  });
  expect(await send(receiver, ['no line at all'], signal)).toMatch(/^400 /);
  await expect(send({ url: `${influx.url}/write?db=none` }, lines, signal)).rejects.toThrow('404');
}, 30_000);
