import { connect, type MqttClient } from 'mqtt';

export interface BrokerOptions {
  readonly url: string;
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly signal: AbortSignal;
}

type Listener = (topic: string, payload: Buffer) => void;

const matches = (filter: readonly string[], topic: readonly string[]): boolean => {
  for (const [i, level] of filter.entries()) {
    if (level === '#') return true;
    if (topic[i] === undefined || (level !== '+' && level !== topic[i])) return false;
  }
  return filter.length === topic.length;
};

/** One connection to a broker, shared by the nodes that subscribe; it reconnects by itself every 2 s. */
export class Broker {
  readonly #client: MqttClient;
  readonly #subscriptions = new Map<string, Set<Listener>>();
  readonly #states = new Set<(online: boolean, detail: string) => void>();

  constructor(options: BrokerOptions) {
    this.#client = connect(options.url, {
      clientId: options.clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: 15,
      reconnectPeriod: 2000,
      connectTimeout: 5000,
      resubscribe: false,
      ...(options.user ? { username: options.user, password: options.password } : {}),
    });
    this.#client.on('connect', () => {
      this.#tell(true, '');
      for (const filter of this.#subscriptions.keys()) this.#subscribe(filter);
    });
    this.#client.on('close', () => this.#tell(false, 'connection closed'));
    this.#client.on('error', (error) => this.#tell(false, error.message));
    this.#client.on('message', (topic, payload) => {
      const levels = topic.split('/');
      for (const [filter, listeners] of this.#subscriptions) {
        if (matches(filter.split('/'), levels)) for (const listener of listeners) listener(topic, payload);
      }
    });
    options.signal.addEventListener('abort', () => this.#client.end(true));
  }

  /** Calls back for each message of the filter until `signal` is aborted. */
  subscribe(filter: string, listener: Listener, signal: AbortSignal): void {
    const listeners = this.#subscriptions.get(filter) ?? new Set();
    this.#subscriptions.set(filter, listeners);
    listeners.add(listener);
    if (this.#client.connected) this.#subscribe(filter);
    signal.addEventListener('abort', () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#subscriptions.delete(filter);
    });
  }

  onState(listener: (online: boolean, detail: string) => void, signal: AbortSignal): void {
    this.#states.add(listener);
    listener(this.#client.connected, '');
    signal.addEventListener('abort', () => this.#states.delete(listener));
  }

  #subscribe(filter: string): void {
    this.#client.subscribe(filter, { qos: 1 }, (error, granted) => {
      // MQTT.js lists a refused filter as granted with code 128.
      if (error ?? granted?.some((grant) => grant.qos > 2)) this.#tell(true, `subscription to ${filter} refused`);
    });
  }

  #tell(online: boolean, detail: string): void {
    for (const listener of this.#states) listener(online, detail);
  }
}
