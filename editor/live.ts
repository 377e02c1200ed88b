import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import type { TagId } from '#domain/sample.ts';
import { type LiveValue, parseRow, TagStore } from './live-store.ts';

type ConnectionState = 'idle' | 'connecting' | 'open' | 'lost';
export interface Connection {
  readonly state: ConnectionState;
  /** When the last message came, and since when the connection is lost. */
  readonly lastAt: number;
  readonly lostAt: number;
  /** Counts the connections made; pages load again what they may have missed. */
  readonly epoch: number;
}

/** The server tells once a second that it lives; after so long a silence, ms, the connection is taken for lost (banner within 3 s). */
const HEARTBEAT = 2300;
const LOOK = 400;
const BACKOFF = [300, 600, 1200, 2500, 5000];
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** One web socket a browser tab: tags into the store, topics to their listeners; it comes back by itself. */
class Live {
  #socket: WebSocket | undefined;
  #connection: Connection = { state: 'idle', lastAt: 0, lostAt: 0, epoch: 0 };
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flush: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #wantedNow = false;
  readonly #toAdd = new Set<string>();
  readonly #toDrop = new Set<string>();
  readonly #topics = new Map<string, Set<(message: Record<string, unknown>) => void>>();
  readonly #watchers = new Set<() => void>();
  readonly tags = new TagStore((tags, wanted) => {
    for (const tag of tags) this.#want(`tag:${tag}`, wanted);
  });

  get connection(): Connection {
    return this.#connection;
  }

  start(): void {
    if (this.#wantedNow) return;
    this.#wantedNow = true;
    this.#watch = setInterval(() => this.#checkSilence(), LOOK);
    this.#connect();
  }

  stop(): void {
    this.#wantedNow = false;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#socket?.close();
    this.#socket = undefined;
    this.#set({ state: 'idle' });
  }

  onConnection = (listener: () => void): (() => void) => {
    this.#watchers.add(listener);
    return () => {
      this.#watchers.delete(listener);
    };
  };

  topic(name: string, listener: (message: Record<string, unknown>) => void): () => void {
    const set = this.#topics.get(name) ?? new Set();
    if (set.size === 0) this.#want(name, true);
    this.#topics.set(name, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.#topics.delete(name)) this.#want(name, false);
    };
  }

  #set(change: Partial<Connection>): void {
    this.#connection = { ...this.#connection, ...change };
    for (const watcher of this.#watchers) watcher();
  }

  #want(topic: string, wanted: boolean): void {
    (wanted ? this.#toAdd : this.#toDrop).add(topic);
    (wanted ? this.#toDrop : this.#toAdd).delete(topic);
    // A page's components mount in one go: one message for all of them.
    if (this.#flush === undefined) this.#flush = setTimeout(() => this.#sendWishes(), 30);
  }

  #sendWishes(): void {
    this.#flush = undefined;
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const subscribe = [...this.#toAdd];
    const unsubscribe = [...this.#toDrop];
    this.#toAdd.clear();
    this.#toDrop.clear();
    if (subscribe.length > 0) this.#socket.send(JSON.stringify({ subscribe }));
    if (unsubscribe.length > 0) this.#socket.send(JSON.stringify({ unsubscribe }));
  }

  #connect(): void {
    if (!this.#wantedNow) return;
    if (this.#connection.state !== 'lost') this.#set({ state: 'connecting', lostAt: Date.now() });
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#attempt = 0;
      this.#toAdd.clear();
      this.#toDrop.clear();
      for (const tag of this.tags.wantedTags()) this.#toAdd.add(`tag:${tag}`);
      for (const name of this.#topics.keys()) this.#toAdd.add(name);
      this.#sendWishes();
      this.#set({ state: 'open', lastAt: Date.now(), epoch: this.#connection.epoch + 1 });
    });
    socket.addEventListener('message', (event) => this.#receive(event.data));
    socket.addEventListener('close', () => this.#lost(socket));
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket || !this.#wantedNow) return;
    if (this.#connection.state !== 'lost') this.#set({ state: 'lost', lostAt: Date.now() });
    const wait = BACKOFF[Math.min(this.#attempt, BACKOFF.length - 1)] ?? 5000;
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  /** A half-open connection says nothing: after silence it is closed and made anew. */
  #checkSilence(): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || Date.now() - this.#connection.lastAt < HEARTBEAT) return;
    socket.close();
    this.#lost(socket);
  }

  #receive(data: unknown): void {
    this.#connection = { ...this.#connection, lastAt: Date.now() };
    if (typeof data !== 'string') return;
    const message: unknown = JSON.parse(data);
    if (!isRecord(message)) return;
    const rows = message['tags'];
    if (Array.isArray(rows)) this.tags.put(rows.flatMap((row: unknown) => parseRow(row) ?? []));
    for (const [name, set] of this.#topics) {
      const key = name.split(':')[0] ?? name;
      const singular = key.replace(/s$/, '');
      if (!(key in message) && !(singular in message) && message['topic'] !== name && !('lost' in message)) continue;
      for (const listener of set) listener(message);
    }
  }
}

export const live = new Live();

export const useConnection = (): Connection => useSyncExternalStore(live.onConnection, () => live.connection);

export function useTag(tag: TagId | undefined): LiveValue | undefined {
  const subscribe = useCallback(
    (listener: () => void) => (tag === undefined ? () => undefined : live.tags.subscribe([tag], listener)),
    [tag],
  );
  return useSyncExternalStore(subscribe, () => (tag === undefined ? undefined : live.tags.get(tag)));
}

/** Last values of several tags, read again at most once a second: for tables and rankings. */
export function useTags(tags: readonly TagId[]): ReadonlyMap<TagId, LiveValue> {
  const key = tags.join('|');
  const held = useRef<{ key: string; stamp: number; map: ReadonlyMap<TagId, LiveValue> }>({ key: '', stamp: 0, map: new Map() });
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const off = live.tags.subscribe(key === '' ? [] : key.split('|'), () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          held.current = { ...held.current, stamp: 0 };
          listener();
        }, 250);
      });
      return () => {
        clearTimeout(timer);
        off();
      };
    },
    [key],
  );
  return useSyncExternalStore(subscribe, () => {
    if (held.current.key !== key || held.current.stamp === 0) {
      const map = new Map<TagId, LiveValue>();
      for (const tag of key === '' ? [] : key.split('|')) {
        const value = live.tags.get(tag);
        if (value) map.set(tag, value);
      }
      held.current = { key, stamp: 1, map };
    }
    return held.current.map;
  });
}

export function useTopic(name: string | undefined, listener: (message: Record<string, unknown>) => void): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => (name === undefined ? undefined : live.topic(name, (message) => latest.current(message))), [name]);
}
