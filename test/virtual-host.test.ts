import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKit, type Kit } from './edge-kit.ts';

let kit: Kit;

beforeAll(async () => {
  kit = await startKit({
    http: {
      virtualHosts: [
        {
          host: 'flows.localhost',
          request: (incoming, response) => response.writeHead(200).end(`editor ${incoming.url}`),
          upgrade: (_incoming, socket) => socket.end('HTTP/1.1 418 editor\r\n\r\n'),
        },
      ],
    },
  });
});
afterAll(() => kit[Symbol.asyncDispose]());

/** fetch does not let a Host header be set. */
function ask(path: string, host: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(kit.base);
    request({ host: hostname, port, path, headers: { host } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.once('end', () => resolve({ status: response.statusCode, text }));
    })
      .once('error', reject)
      .end();
  });
}

it('another origin on the same port answers for all its paths, and only under its name', async () => {
  const { port } = new URL(kit.base);
  expect(await ask('/api/health', `flows.localhost:${port}`)).toEqual({ status: 200, text: 'editor /api/health' });
  expect((await ask('/api/health', `localhost:${port}`)).text).toContain('"status":"ok"');
  expect((await ask('/api/health', `other.localhost:${port}`)).status).toBe(421);
});
