import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { Problem } from '#domain/errors.ts';
import type { Log } from '../services.ts';

/** How the server's end reaches the broker, its own or another one. */
export interface LinkTransport extends AsyncDisposable {
  readonly connected: boolean;
  /** QoS 1. Rejects with Problem BROKER_DOWN when there is no connection. */
  publish(topic: string, payload: Buffer): Promise<void>;
  /** Messages of all runtimes to the server. One listener. */
  listen(listener: (topic: string, payload: Uint8Array) => void): void;
}

/** What the server hears of the runtimes. */
export const SERVER_TOPICS = ['nl/v1/+/batch', 'nl/v1/+/cmdack', 'nl/v1/+/hello'] as const;

export interface ExternalBroker {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`; user name and password may be in it. */
  readonly url: string;
  readonly clientId: string;
  /** 4 = MQTT 3.1.1, 5 = MQTT 5. */
  readonly protocolVersion?: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  readonly log: Log;
}

/**
 * Any MQTT 3.1.1 or 5 broker. Its own access rules must keep each runtime to its topics (wire.ts). It resolves at once and connects in the
 * background, again and again: the server starts although the broker is away.
 */
export function connectExternalBroker(options: ExternalBroker): LinkTransport {
  const settings: IClientOptions = {
    clientId: options.clientId,
    protocolVersion: options.protocolVersion ?? 4,
    clean: true,
    keepalive: 15,
    reconnectPeriod: 1000,
    connectTimeout: 5000,
    // Here a message waits for nothing: the runtimes keep theirs, commands go by the other way.
    queueQoSZero: false,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
  };
  return new ExternalTransport(connect(options.url, settings), options.log);
}

class ExternalTransport implements LinkTransport {
  readonly #client: MqttClient;
  #ready = false;

  constructor(client: MqttClient, log: Log) {
    this.#client = client;
    client.on('connect', () => {
      client.subscribe([...SERVER_TOPICS], { qos: 1 }, (error, granted) => {
        const refused = granted?.filter((grant) => grant.qos > 2).map((grant) => grant.topic) ?? [];
        this.#ready = !error && refused.length === 0;
        if (this.#ready) log.info({}, 'link: connected to the broker');
        else log.error({ error: error?.message, refused }, 'link: the broker refuses the subscriptions of the server');
      });
    });
    client.on('close', () => {
      if (this.#ready) log.warn({}, 'link: connection to the broker lost');
      this.#ready = false;
    });
    client.on('error', (error) => log.warn({ error: error.message }, 'link: broker'));
  }

  get connected(): boolean {
    return this.#ready && this.#client.connected;
  }

  async publish(topic: string, payload: Buffer): Promise<void> {
    if (!this.connected) throw new Problem('BROKER_DOWN', 503, 'there is no connection to the broker');
    await this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  listen(listener: (topic: string, payload: Uint8Array) => void): void {
    this.#client.on('message', listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}
