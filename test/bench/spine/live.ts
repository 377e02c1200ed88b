import { WebSocket } from 'ws';
import { isRecord } from './json.ts';

type Take = (message: Readonly<Record<string, unknown>>) => void;

/** What was waited for did not come in time. */
export class NotSeen extends Error {}

/** A browser's live connection without a browser. */
export class Live implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #takers = new Set<Take>();
  readonly #failed = Promise.withResolvers<never>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    // Heard by who waits.
    this.#failed.promise.catch(() => undefined);
    socket.on('message', (data) => {
      const message: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '');
      if (!isRecord(message)) return;
      if ('refused' in message || 'problem' in message) this.#failed.reject(new Error(`live: ${JSON.stringify(message)}`));
      for (const take of this.#takers) take(message);
    });
  }

  static async open(url: string, cookie: string, subscribe: readonly string[]): Promise<Live> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers: { cookie, origin: url } });
    const live = new Live(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.send(JSON.stringify({ subscribe }));
    return live;
  }

  /** Resolves with the time, ms, of the first message that fits; rejects after `limit` ms, or if the server refuses a topic. */
  next(fits: (message: Readonly<Record<string, unknown>>) => boolean, limit: number, what: string): Promise<number> {
    const found = new Promise<number>((resolve, reject) => {
      const done = (end: () => void): void => {
        this.#takers.delete(take);
        clearTimeout(timer);
        end();
      };
      const take: Take = (message) => {
        const at = performance.now();
        if (fits(message)) done(() => resolve(at));
      };
      const timer = setTimeout(() => done(() => reject(new NotSeen(`${what}: not within ${limit} ms`))), limit);
      this.#takers.add(take);
    });
    return Promise.race([found, this.#failed.promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close();
    await closed;
  }
}
