import type { LiveTopic } from '../define-module.ts';
import type { Caller, Log } from '../services.ts';
import { isProblem } from '#domain/errors.ts';
import { isRecord } from './schema.ts';

/** Events kept for a browser that comes back; beyond it, the snapshot is sent anew. */
const RING = 1000;
/** Above so many bytes that the reader has not taken, events wait. */
const CLOGGED = 1024 * 1024;
const TOPICS_LIMIT = 5000;

/** What the client needs of a web socket. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
}

interface Sent {
  readonly seq: number;
  readonly text: string;
}

/**
 * One browser's subscriptions. They outlive the socket for a while (`detach`), so that who comes back gets what it missed.
 * Values of tags are kept as the newest for each tag and flushed together; events are numbered and kept in order.
 */
export class LiveClient {
  readonly caller: Caller;
  readonly #topics: ReadonlyMap<string, LiveTopic>;
  readonly #next: () => number;
  readonly #log: Log;
  readonly #subscriptions = new Map<string, () => void>();
  readonly #tags = new Map<string, unknown>();
  readonly #ring: Sent[];
  #dropped = 0;
  #waiting: string[] = [];
  #lost = 0;
  #socket: LiveSocket | undefined;

  constructor(caller: Caller, topics: ReadonlyMap<string, LiveTopic>, next: () => number, log: Log) {
    this.caller = caller;
    this.#topics = topics;
    this.#next = next;
    this.#log = log;
    this.#ring = [{ seq: next(), text: '' }];
  }

  get seq(): number {
    return this.#ring.at(-1)?.seq ?? 0;
  }

  /** True if this client was sent `seq` and nothing after it has been forgotten. */
  remembers(seq: number): boolean {
    return this.#dropped < seq && this.#ring.some((sent) => sent.seq === seq);
  }

  attach(socket: LiveSocket): void {
    this.#socket = socket;
    socket.send(JSON.stringify({ hello: { seq: this.seq } }));
  }

  /** Goes on over a new socket: first what came after `seq`, then the newest values. */
  resume(socket: LiveSocket, seq: number): void {
    this.#socket = socket;
    this.#waiting = [];
    this.#lost = 0;
    socket.send(JSON.stringify({ resumed: true, seq: this.seq }));
    for (const sent of this.#ring) if (sent.seq > seq) this.#send(sent.text);
    this.flush();
  }

  detach(socket: LiveSocket): boolean {
    if (this.#socket !== socket) return false;
    this.#socket = undefined;
    this.#waiting = [];
    return true;
  }

  get attached(): LiveSocket | undefined {
    return this.#socket;
  }

  async subscribe(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.#subscriptions.has(name)) continue;
      const at = name.indexOf(':');
      const topic = this.#topics.get(at < 0 ? name : name.slice(0, at));
      const argument = at < 0 ? '' : name.slice(at + 1);
      if (!topic) this.#refuse(name, 'TOPIC_UNKNOWN');
      else if (!topic.allowed(this.caller, argument)) this.#refuse(name, 'RIGHT_MISSING');
      else if (this.#subscriptions.size >= TOPICS_LIMIT) this.#refuse(name, 'TOPIC_LIMIT');
      else await this.#begin(topic, name, argument);
    }
    this.flush();
  }

  async #begin(topic: LiveTopic, name: string, argument: string): Promise<void> {
    try {
      // Subscribed before the snapshot, or what happens between is missed.
      this.#subscriptions.set(
        name,
        topic.subscribe(this.caller, argument, (message) => this.push(message)),
      );
      const snapshot = await topic.snapshot(this.caller, argument);
      if (this.#subscriptions.has(name) && snapshot !== undefined) this.push(snapshot, name);
    } catch (error) {
      this.unsubscribe([name]);
      this.#refuse(name, isProblem(error) ? error.code : 'INTERNAL');
      if (!isProblem(error)) this.#log.error({ err: error, topic: name }, 'a topic failed');
    }
  }

  unsubscribe(names: readonly string[]): void {
    for (const name of names) {
      this.#subscriptions.get(name)?.();
      this.#subscriptions.delete(name);
    }
  }

  end(): void {
    this.unsubscribe([...this.#subscriptions.keys()]);
    this.#socket = undefined;
  }

  /** A message of a topic; `snapshot` names the topic whose first message it is. */
  push(message: unknown, snapshot?: string): void {
    if (!isRecord(message)) return;
    const rows = message['tags'];
    if (Array.isArray(rows)) {
      for (const row of rows) if (Array.isArray(row) && typeof row[0] === 'string') this.#tags.set(row[0], row);
      return;
    }
    const seq = this.#next();
    const text = JSON.stringify({ ...message, ...(snapshot === undefined ? {} : { snapshot }), seq });
    this.#ring.push({ seq, text });
    if (this.#ring.length > RING) this.#dropped = this.#ring.shift()?.seq ?? 0;
    if (this.#socket) this.#send(text);
  }

  /** Sends what has gathered, if the reader keeps up. */
  flush(): void {
    const socket = this.#socket;
    if (!socket || socket.bufferedAmount > CLOGGED) return;
    if (this.#lost > 0) socket.send(JSON.stringify({ lost: this.#lost }));
    this.#lost = 0;
    for (const text of this.#waiting.splice(0)) socket.send(text);
    if (this.#tags.size === 0) return;
    socket.send(JSON.stringify({ tags: [...this.#tags.values()] }));
    this.#tags.clear();
  }

  #send(text: string): void {
    const socket = this.#socket;
    if (!socket) return;
    if (this.#waiting.length === 0 && socket.bufferedAmount <= CLOGGED) {
      socket.send(text);
      return;
    }
    this.#waiting.push(text);
    if (this.#waiting.length > RING) {
      this.#waiting.shift();
      this.#lost += 1;
    }
  }

  #refuse(topic: string, code: string): void {
    this.#socket?.send(JSON.stringify({ refused: topic, code }));
  }
}
