import { connect, type MqttClient } from 'mqtt';
import Type, { type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import type { Clock } from '#domain/time.ts';
import type { BatchMessage, CommandAckMessage, CommandMessage, HelloMessage } from '../link/wire.ts';
import type { CommandOutcome } from '../services.ts';
import type { DiskQueue } from './disk-queue.ts';

/** Batches in flight without an ack, and how long to wait before sending from the oldest again (wire.ts). */
const WINDOW = 8;
const RESEND_AFTER = 5000;
const HELLO_EVERY = 5000;

const Ack = Type.Object({ v: Type.Literal(1), seq: Type.Number() });
const CommandFrame = Type.Object({
  v: Type.Literal(1),
  id: Type.String(),
  tag: Type.String(),
  value: Type.Union([Type.Number(), Type.Boolean()]),
  expires: Type.Number(),
  deployment: Type.Number(),
});
const DeploymentFrame = Type.Object({ v: Type.Literal(1), n: Type.Integer() });

export const isCommand = (value: unknown): value is CommandMessage => Check(CommandFrame, value);

/** Which batches to send: a window over the queue, from the oldest again after a loss. Pure but for the queue. */
export class SendWindow {
  readonly #queue: Pick<DiskQueue, 'next' | 'acknowledge'>;
  #inFlight: number[] = [];
  #lastAckAt: number;

  constructor(queue: Pick<DiskQueue, 'next' | 'acknowledge'>, now: number) {
    this.#queue = queue;
    this.#lastAckAt = now;
  }

  /** Forgets what is in flight: at a (re)connect. */
  restart(now: number): void {
    this.#inFlight = [];
    this.#lastAckAt = now;
  }

  acknowledged(seq: number, now: number): void {
    this.#queue.acknowledge(seq);
    const left = this.#inFlight.filter((sent) => sent > seq);
    // Only progress counts: a repeated ack must not put off sending again what was lost.
    if (left.length < this.#inFlight.length) this.#lastAckAt = now;
    this.#inFlight = left;
  }

  /** Batches to send now, each with the one before it that is still queued. */
  take(runtime: string, now: number): BatchMessage[] {
    if (this.#inFlight.length > 0 && now - this.#lastAckAt > RESEND_AFTER) this.restart(now);
    if (this.#inFlight.length === 0) this.#lastAckAt = now;
    const messages: BatchMessage[] = [];
    while (this.#inFlight.length < WINDOW) {
      const after = this.#inFlight.at(-1) ?? 0;
      const batch = this.#queue.next(after);
      if (!batch) break;
      this.#inFlight.push(batch.seq);
      messages.push({ v: 1, runtime, seq: batch.seq, after, samples: batch.samples });
    }
    return messages;
  }
}

export interface LinkOptions {
  readonly url: string;
  readonly runtime: string;
  readonly credential: string;
  readonly queue: DiskQueue;
  readonly clock: Clock;
  readonly hello: () => Omit<HelloMessage, 'v' | 'runtime' | 'queued'>;
  readonly onCommand: (command: CommandMessage) => Promise<CommandOutcome | undefined>;
  readonly onDeployment: (n: number) => void;
  readonly onState: (online: boolean, detail: string) => void;
}

/** The runtime's end of the link over MQTT: store and forward, acknowledged by the application. */
export class LinkClient {
  readonly #options: LinkOptions;
  readonly #client: MqttClient;
  readonly #window: SendWindow;
  readonly #timers: NodeJS.Timeout[];

  constructor(options: LinkOptions) {
    this.#options = options;
    const { runtime, credential, url, clock } = options;
    this.#window = new SendWindow(options.queue, clock.now());
    this.#client = connect(url, {
      clientId: runtime,
      username: runtime,
      password: credential,
      protocolVersion: 4,
      clean: true,
      keepalive: 15,
      reconnectPeriod: 1000,
      connectTimeout: 5000,
      queueQoSZero: false,
      resubscribe: false,
    });
    this.#client.on('connect', () => this.#connected());
    this.#client.on('close', () => options.onState(false, 'connection closed'));
    this.#client.on('error', (error) => options.onState(false, error.message));
    this.#client.on('message', (topic, payload) => this.#receive(topic, payload));
    this.#timers = [setInterval(() => this.#hello(), HELLO_EVERY), setInterval(() => this.pump(), 1000)];
  }

  #topic(leaf: string): string {
    return `nl/v1/${this.#options.runtime}/${leaf}`;
  }

  #connected(): void {
    this.#client.subscribe([this.#topic('ack'), this.#topic('cmd'), this.#topic('deployment')], { qos: 1 }, (error, granted) => {
      if (error ?? granted?.some((grant) => grant.qos > 2)) return this.#options.onState(false, 'subscription refused');
      this.#options.onState(true, '');
      this.#hello();
      this.#window.restart(this.#options.clock.now());
      this.pump();
    });
  }

  #hello(): void {
    const { runtime, queue, hello } = this.#options;
    const message: HelloMessage = { v: 1, runtime, queued: queue.count, ...hello() };
    if (this.#client.connected) this.#client.publish(this.#topic('hello'), JSON.stringify(message), { qos: 0 });
  }

  /** Sends what the window allows; called after each append and ack, and once a second. */
  pump(): void {
    if (!this.#client.connected) return;
    for (const message of this.#window.take(this.#options.runtime, this.#options.clock.now()))
      this.#client.publish(this.#topic('batch'), JSON.stringify(message), { qos: 1 });
  }

  #receive(topic: string, payload: Buffer): void {
    const body = parse(payload);
    if (topic === this.#topic('ack') && is(Ack, body)) {
      this.#window.acknowledged(body.seq, this.#options.clock.now());
      this.pump();
    } else if (topic === this.#topic('deployment') && is(DeploymentFrame, body)) this.#options.onDeployment(body.n);
    else if (topic === this.#topic('cmd') && isCommand(body)) void this.#command(body);
    else this.#options.onState(true, `unreadable message on ${topic}`);
  }

  async #command(command: CommandMessage): Promise<void> {
    const outcome = await this.#options.onCommand(command);
    if (!outcome) return;
    const message: CommandAckMessage = { v: 1, ...outcome };
    this.#client.publish(this.#topic('cmdack'), JSON.stringify(message), { qos: 1 });
  }

  close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    return this.#client.endAsync(true);
  }
}

const is = <S extends TSchema>(schema: S, value: unknown): value is Type.Static<S> => Check(schema, value);

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
