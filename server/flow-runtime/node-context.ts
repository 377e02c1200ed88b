import { Check } from 'typebox/value';
import type { TagId } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Language, Text } from '#domain/text.ts';
import type { Clock } from '#domain/time.ts';
import type { NodeContext, NodeLog } from '#nodes/context.ts';
import type { Sample } from '#domain/sample.ts';
import type { Image } from './image.ts';
import type { Writes } from './writes.ts';

/** What all nodes of one runtime share. */
export interface Services {
  readonly image: Image;
  readonly writes: Writes;
  readonly publish: (samples: readonly Sample[]) => void;
  readonly tag: (id: TagId) => TagDefinition | undefined;
  readonly clock: Clock;
  readonly kept: { get(key: string): string | undefined; set(key: string, value: string): void };
  readonly language: Language;
}

export type StatusLevel = 'ok' | 'wait' | 'warn' | 'fault';

interface NodeGiven {
  readonly id: string;
  readonly name: string;
  readonly log: NodeLog;
  readonly secrets: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly show: (level: StatusLevel, text: string) => void;
}

/** At most one status a second; the last one is never lost. */
function throttled(given: NodeGiven, language: Language): (level: StatusLevel, text: Text) => void {
  let shown = '';
  let waiting: readonly [StatusLevel, string] | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!waiting || given.signal.aborted) return;
    const [level, text] = waiting;
    waiting = undefined;
    if (`${level} ${text}` === shown) return;
    shown = `${level} ${text}`;
    given.show(level, text);
    timer = setTimeout(flush, 1000);
  };
  given.signal.addEventListener('abort', () => clearTimeout(timer));
  return (level, text) => {
    waiting = [level, text[language]];
    timer ??= setTimeout(flush, 0);
  };
}

/** Runs at once, then at multiples of `ms` of wall time plus `phase`; a run that takes too long skips multiples, it is never doubled. */
function schedule(clock: Clock, signal: AbortSignal, log: NodeLog, ms: number, phase: number, run: () => Promise<void> | void): void {
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const next = (): void => {
    if (signal.aborted) return;
    const now = clock.now();
    const wait = ms - ((((now - phase) % ms) + ms) % ms);
    timer = setTimeout(() => void turn(), wait);
  };
  const turn = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error));
    }
    next();
  };
  timer = setTimeout(() => void turn(), 0);
}

export function nodeContext(services: Services, given: NodeGiven): NodeContext {
  const { image, writes, clock, kept } = services;
  const { id, signal, log } = given;
  return {
    id,
    name: given.name,
    scope: services,
    signal,
    log,
    clock,
    secrets: given.secrets,
    samples: {
      publish: services.publish,
      fresh: (tag) => image.fresh(tag),
      follow: (tags, listener) => image.follow(tags, listener, signal),
    },
    tag: services.tag,
    commands: { own: (tags, handler) => writes.own(tags, handler, signal) },
    outputs: { write: (tag, value) => writes.output(tag, value) },
    stops: { register: (asset, handler) => writes.registerStop(asset, handler, signal) },
    status: throttled(given, services.language),
    state: {
      load(schema) {
        const text = kept.get(`state/${id}`);
        const value: unknown = text === undefined ? undefined : JSON.parse(text);
        return Check(schema, value) ? value : undefined;
      },
      save: (value) => kept.set(`state/${id}`, JSON.stringify(value)),
    },
    every: (ms, phase, run) => schedule(clock, signal, log, ms, phase, run),
    wait(ms) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal.aborted) reject(new Error('stopped'));
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new Error('stopped'));
      });
      return promise;
    },
  };
}
