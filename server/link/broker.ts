import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type AuthenticateError, type Client } from 'aedes';
import { Problem } from '#domain/errors.ts';
import type { Clock } from '#domain/time.ts';
import type { Log } from '../services.ts';
import { accessOf, type Access, type AccessRules } from './access.ts';
import { PACKET_LIMIT } from './codec.ts';
import { LimitedStream } from './limited-stream.ts';
import { SERVER_TOPICS, type LinkTransport } from './transport.ts';

export interface BrokerOptions extends AccessRules {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Connections at most; default 2,000. */
  readonly connections?: number;
}

export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** The server's own way in, without a socket. */
  readonly transport: LinkTransport;
}

/** The embedded MQTT 3.1.1 broker: log-in for everyone, topics by identity, nothing else (api.md, security.md 2.4). */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const embedded = new EmbeddedBroker(options);
  await embedded.listen();
  return embedded;
}

class NotAuthorised extends Error implements AuthenticateError {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum of a declaration file has no value at run time
  readonly returnCode = 4;
}

class EmbeddedBroker implements Broker {
  readonly transport: LinkTransport;
  readonly #options: BrokerOptions;
  readonly #access = new WeakMap<Client, Access>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #refusals = 0;
  #refusalsLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = options.connections ?? 2000;
    const isUp = (): boolean => this.#aedes !== undefined;
    this.transport = {
      get connected() {
        return isUp();
      },
      publish: (topic, payload) => this.#publish(topic, payload),
      listen: (listener) => this.#subscribe(listener),
      // The broker is closed by who started it.
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async listen(): Promise<void> {
    this.#aedes = await Aedes.createBroker(this.#rules());
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void =>
        reject(new Problem('BROKER_LISTEN', 500, `MQTT on ${host}:${port}: ${error.message}`, { cause: error }));
      this.#server.once('error', failed);
      this.#server.listen(port, host, () => {
        this.#server.off('error', failed);
        resolve();
      });
    });
  }

  #publish(topic: string, payload: Buffer): Promise<void> {
    const aedes = this.#aedes;
    if (!aedes) return Promise.reject(new Problem('BROKER_DOWN', 503, 'the broker is stopped'));
    return new Promise((resolve, reject) => {
      aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) => (error ? reject(error) : resolve()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const aedes = this.#aedes;
    if (!aedes) return;
    this.#aedes = undefined;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #subscribe(listener: (topic: string, payload: Uint8Array) => void): void {
    for (const topic of SERVER_TOPICS)
      this.#aedes?.subscribe(
        topic,
        (packet, done) => {
          listener(packet.topic, Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload));
          done();
        },
        () => undefined,
      );
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const stream = new LimitedStream(socket, { clock: this.#options.clock, limit: PACKET_LIMIT });
    stream.on('error', (error) => this.#options.log.debug({ error: error.message, from: socket.remoteAddress }, 'mqtt: connection'));
    if (this.#aedes) this.#aedes.handle(stream);
    else stream.destroy();
  }

  #rules(): AedesOptions {
    return {
      connectTimeout: 10_000,
      keepaliveLimit: 600,
      maxClientsIdLength: 200,
      maxTopicLevels: 12,
      queueLimit: 100,
      // No session outlives its connection: a command must never wait in the broker (wire.ts).
      preConnect: (_, packet, done) => {
        packet.clean = true;
        done(null, true);
      },
      authenticate: (client, user, password, done) => {
        const access = accessOf(this.#options, client.id, user, password);
        if (!access) {
          this.#refused('log-in', client.id, user ?? '');
          done(new NotAuthorised('bad user name or password'), null);
          return;
        }
        this.#access.set(client, access);
        if (client.conn instanceof LimitedStream) client.conn.rate = access.rate;
        done(null, true);
      },
      // An error closes the connection.
      authorizePublish: (client, packet, done) => {
        if (client && this.#access.get(client)?.publish(packet.topic, packet.retain)) {
          done(null);
          return;
        }
        this.#refused('publish', client?.id ?? '', packet.topic);
        done(new Error('not an own topic'));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const allowed = this.#access.get(client)?.subscribe(subscription.topic) ?? false;
        if (!allowed) this.#refused('subscribe', client.id, subscription.topic);
        // Null is SUBACK 128.
        done(null, allowed ? subscription : null);
      },
    };
  }

  /** Once a minute: a client that tries again and again must not fill the log. */
  #refused(what: string, client: string, topic: string): void {
    this.#refusals += 1;
    const now = this.#options.clock.monotonic();
    if (now - this.#refusalsLoggedAt < 60_000) return;
    this.#refusalsLoggedAt = now;
    this.#options.log.warn({ what, client, topic, refusals: this.#refusals }, 'mqtt: refused');
  }
}
