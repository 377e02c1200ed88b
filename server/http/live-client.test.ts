import { expect, it } from 'vitest';
import type { Log } from '../services.ts';
import { LiveClient } from './live-client.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function slowReader() {
  let seq = 100;
  const sent: unknown[] = [];
  const socket = { bufferedAmount: 0, send: (text: string) => void sent.push(JSON.parse(text)) };
  const client = new LiveClient({ kind: 'user', id: 'a', name: 'a', roles: [], rights: new Set() }, new Map(), () => (seq += 1), log);
  client.attach(socket);
  return { client, socket, sent };
}

it('thins a slow reader: the newest values, a thousand events, and how many were lost', () => {
  const { client, socket, sent } = slowReader();
  socket.bufferedAmount = 2 * 1024 * 1024;
  sent.length = 0;
  for (let n = 0; n < 1500; n += 1) {
    client.push({ alarm: n });
    client.push({ tags: [['A', n, n, 'good']] });
    client.flush();
  }
  expect(sent).toEqual([]);
  socket.bufferedAmount = 0;
  client.flush();
  expect(sent).toHaveLength(1002);
  expect(sent[0]).toEqual({ lost: 500 });
  expect(sent[1]).toMatchObject({ alarm: 500 });
  expect(sent.at(-1)).toEqual({ tags: [['A', 1499, 1499, 'good']] });
});

it('keeps the order of events behind those that wait', () => {
  const { client, socket, sent } = slowReader();
  socket.bufferedAmount = 2 * 1024 * 1024;
  client.push({ alarm: 1 });
  socket.bufferedAmount = 0;
  client.push({ alarm: 2 });
  client.flush();
  expect(sent.slice(1)).toMatchObject([{ alarm: 1 }, { alarm: 2 }]);
});

it('remembers what it numbered until a thousand newer ones', () => {
  const { client } = slowReader();
  const { seq } = client;
  expect(client.remembers(seq)).toBe(true);
  for (let n = 0; n < 1000; n += 1) client.push({ alarm: n });
  expect(client.remembers(seq)).toBe(false);
  expect(client.remembers(seq + 1)).toBe(true);
  expect(client.remembers(seq + 5000)).toBe(false);
});
