import { isProblem, Problem } from '#domain/errors.ts';
import type { TagId } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Bus } from '../bus.ts';
import type { Ambient, CommandOutcome, History, ProcessImage, RuntimeLink } from '../services.ts';
import type { Store } from '../store/port.ts';
import { Batches, type BatchCounts } from './batches.ts';
import { codecs, numbersOfMalformed, parseTopic, topicOf, type MessageKind } from './codec.ts';
import type { ControlWay } from './control-way.ts';
import { Presence } from './presence.ts';
import { Quarantine } from './quarantine.ts';
import type { LinkTransport } from './transport.ts';
import type { CommandMessage, HelloMessage } from './wire.ts';

export interface LinkServerOptions extends Ambient {
  readonly bus: Bus;
  readonly store: Store;
  readonly history: History;
  readonly image: ProcessImage;
  readonly tag: (id: TagId) => TagDefinition | undefined;
  readonly transport: LinkTransport;
  /** The way that needs no broker: second way of commands, only way of the stop. */
  readonly control?: ControlWay;
}

export interface LinkServer extends RuntimeLink, AsyncDisposable {
  /** Since the start; for metrics. */
  readonly counts: () => BatchCounts & { readonly quarantined: number };
  /** What each runtime last said of itself. */
  readonly hellos: () => readonly HelloMessage[];
}

/** After `expires` a command is no longer sent; the write, its read-back and the answer may take so long, ms. */
const ANSWER_WITHIN = 30_000;
const SWEEP_EVERY = 3000;

interface Waiting {
  readonly runtime: string;
  readonly settle: (outcome: CommandOutcome) => void;
}

/** The server's end of the link to the flow runtimes (wire.ts). It takes the transport's messages until it is disposed of. */
export function startLinkServer(options: LinkServerOptions): LinkServer {
  return new Link(options);
}

class Link implements LinkServer {
  readonly #options: LinkServerOptions;
  readonly #quarantine: Quarantine;
  readonly #presence: Presence;
  readonly #batches: Batches;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopDeployments: () => void;
  #closed = false;

  constructor(options: LinkServerOptions) {
    this.#options = options;
    this.#quarantine = new Quarantine(options);
    this.#presence = new Presence(options.clock, options.bus);
    this.#batches = new Batches({ ...options, quarantine: this.#quarantine });
    options.transport.listen((topic, payload) => this.#receive(topic, payload));
    this.#timer = setInterval(() => this.#presence.sweep(), SWEEP_EVERY);
    this.#timer.unref();
    this.#stopDeployments = options.bus.on('deployment', ({ n }) => this.#announce(n));
  }

  counts = (): BatchCounts & { readonly quarantined: number } => ({ ...this.#batches.counts, quarantined: this.#quarantine.total });

  hellos = (): readonly HelloMessage[] => this.#presence.all.map(({ hello }) => hello);

  runtimes = (): ReturnType<RuntimeLink['runtimes']> => {
    const known = new Map(
      this.#presence.all.map(({ runtime, online, lastSeen, hello }) => [
        runtime,
        { runtime, online, lastSeen, deployment: hello.deployment },
      ]),
    );
    for (const { runtime, deployment, lastSeen } of this.#options.control?.runtimes() ?? []) {
      const seen = known.get(runtime);
      const online = seen?.online === true || this.#options.control?.online(runtime) === true;
      known.set(runtime, {
        runtime,
        online,
        lastSeen: Math.max(lastSeen, seen?.lastSeen ?? 0),
        deployment: Math.max(deployment, seen?.deployment ?? 0),
      });
    }
    return [...known.values()];
  };

  async sendCommand(command: Parameters<RuntimeLink['sendCommand']>[0]): Promise<CommandOutcome> {
    const { transport, control, clock } = this.#options;
    const message: CommandMessage = { v: 1, ...command };
    if (clock.now() >= command.expires) throw new Problem('COMMAND_EXPIRED', 409, 'the command has expired before it was sent');
    const byControl =
      control
        ?.runtimes()
        .filter(({ owns }) => owns.includes(command.tag))
        .map(({ runtime }) => runtime) ?? [];
    const owners = [...new Set([...this.#presence.ownersOf(command.tag), ...byControl])];
    if (owners.length === 0)
      throw new Problem('TAG_NOT_OWNED', 409, `no flow runtime writes ${command.tag}`, { context: { tag: command.tag } });
    const direct = owners.find((runtime) => this.#presence.isOnline(runtime));
    if (direct !== undefined && transport.connected) {
      const outcome = await this.#byBroker(direct, message);
      if (outcome) return outcome;
    }
    const second = owners.find((runtime) => control?.online(runtime) === true);
    if (control && second !== undefined) return control.sendCommand(second, message);
    throw new Problem('RUNTIME_OFFLINE', 503, `the flow runtime ${owners[0] ?? ''} that writes ${command.tag} is not connected`, {
      context: { tag: command.tag },
    });
  }

  async stop(targets: readonly string[], action: 'stop' | 'reset', signal: AbortSignal): ReturnType<RuntimeLink['stop']> {
    const { control } = this.#options;
    const runtimes = control?.runtimes().filter(({ runtime }) => control.online(runtime)) ?? [];
    const answers = await Promise.allSettled(
      runtimes.map(({ runtime, stops }) => {
        const own = targets.filter((target) => stops.includes(target));
        return control && own.length > 0 ? control.stop(runtime, own, action, signal) : Promise.resolve([]);
      }),
    );
    const results = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // What nobody answered for may or may not have been reached only if somebody was asked.
    return targets.map((target) => {
      const result = results.find((one) => one.target === target);
      if (result) return result;
      const asked = runtimes.some(({ stops }) => stops.includes(target));
      return { target, result: asked ? 'unknown' : 'failed', detail: asked ? 'no answer' : 'no connected flow runtime stops it', ms: 0 };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#stopDeployments();
    for (const [id, { settle }] of this.#waiting) settle(unanswered(id, this.#options.clock.now(), 'SERVER_STOPPED'));
    await this.#options.transport[Symbol.asyncDispose]();
  }

  #receive(topic: string, payload: Uint8Array): void {
    if (this.#closed) return;
    const parsed = parseTopic(topic);
    if (!parsed) return;
    try {
      this.#dispatch(parsed.runtime, parsed.kind, payload);
    } catch (error) {
      if (!isProblem(error)) throw error;
      this.#quarantine.put(topic, `${error.message} ${error.place?.path ?? ''}`.trim(), payload);
      const numbers = parsed.kind === 'batch' ? numbersOfMalformed(payload) : undefined;
      if (numbers) this.#batches.skip(parsed.runtime, numbers.seq, numbers.after);
    }
  }

  #dispatch(runtime: string, kind: MessageKind, payload: Uint8Array): void {
    if (kind === 'batch') {
      const batch = codecs.batch.decode(payload);
      if (batch.runtime !== runtime)
        throw new Problem('LINK_MESSAGE', 400, `batch of ${batch.runtime} on the topic of ${runtime}`, { place: { path: '/runtime' } });
      this.#batches.take(batch);
    } else if (kind === 'hello') {
      const hello = codecs.hello.decode(payload);
      if (hello.runtime !== runtime)
        throw new Problem('LINK_MESSAGE', 400, `hello of ${hello.runtime} on the topic of ${runtime}`, { place: { path: '/runtime' } });
      this.#presence.hello(hello);
    } else if (kind === 'cmdack') {
      const { v: _, ...outcome } = codecs.cmdack.decode(payload);
      const waiting = this.#waiting.get(outcome.id);
      // Only the runtime that was asked may answer.
      if (waiting?.runtime === runtime) waiting.settle(outcome);
    }
  }

  /** The outcome; `unknown` if no answer came in time; undefined if it certainly was not sent. */
  async #byBroker(runtime: string, message: CommandMessage): Promise<CommandOutcome | undefined> {
    const { transport, clock, log } = this.#options;
    if (this.#waiting.has(message.id))
      throw new Problem('COMMAND_SENT', 409, 'the command is already on its way', { context: { id: message.id } });
    const answer = new Promise<CommandOutcome>((resolve) => {
      const timer = setTimeout(
        () => settle(unanswered(message.id, clock.now(), 'NO_ANSWER')),
        message.expires - clock.now() + ANSWER_WITHIN,
      );
      const settle = (outcome: CommandOutcome): void => {
        clearTimeout(timer);
        this.#waiting.delete(message.id);
        resolve(outcome);
      };
      this.#waiting.set(message.id, { runtime, settle });
    });
    try {
      await transport.publish(topicOf(runtime, 'cmd'), codecs.cmd.encode(message));
    } catch (error) {
      this.#waiting.get(message.id)?.settle(unanswered(message.id, clock.now(), 'BROKER_DOWN'));
      if (!isProblem(error) || error.code !== 'BROKER_DOWN') {
        log.error({ error: String(error), runtime }, 'link: command not published');
        return answer;
      }
      return undefined;
    }
    return answer;
  }

  #announce(n: number): void {
    const { control, transport, log } = this.#options;
    control?.announce(n);
    for (const { runtime, online } of this.#presence.all) {
      if (!online) continue;
      transport
        .publish(topicOf(runtime, 'deployment'), codecs.deployment.encode({ v: 1, n }))
        .catch((error: unknown) => log.debug({ error: String(error), runtime }, 'link: deployment not announced'));
    }
  }
}

/** What is said of a command whose effect nobody reported: it may have been written. */
const unanswered = (id: string, at: number, code: string): CommandOutcome => ({
  id,
  state: 'unknown',
  code,
  detail: 'the flow runtime did not answer',
  at,
});
