import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import type { GateRule } from '#domain/command/types.ts';
import type { Sample, TagId } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { NodeContext, StopHandler, WriteHandler, WriteOutcome } from './context.ts';
import type { PaletteNode } from './define.ts';

/** A test bench for nodes: a context that records, with the time in the test's hand. `scope` joins config nodes to those that use them. */
export interface Bench {
  readonly sent: unknown[];
  readonly published: Sample[];
  readonly statuses: string[];
  readonly image: Map<TagId, Sample>;
  readonly stops: Map<string, StopHandler>;
  /** What `every` was asked to do: the test calls it, or not. */
  readonly cycles: (() => Promise<void> | void)[];
  now: number;
  start(definition: PaletteNode, id: string, config: object): ((payload: unknown) => void) | undefined;
  /** Ends one node; its state stays, as in a deploy. */
  end(id: string): void;
  write(tag: TagId, value: number, rule?: Partial<GateRule['readBack']>): Promise<WriteOutcome>;
  /** Resolves when something more was sent or published. */
  next(): Promise<unknown>;
  close(): void;
}

export function bench(
  tags: readonly Pick<TagDefinition, 'id' | 'type' | 'unit' | 'range'>[] = [],
  secrets: Readonly<Record<string, string>> = {},
): Bench {
  const scope = {};
  const controllers = new Map<string, AbortController>();
  const owners = new Map<TagId, WriteHandler>();
  const states = new Map<string, string>();
  const followers = new Map<TagId, ((samples: readonly Sample[]) => void)[]>();
  const waiting: ((value: unknown) => void)[] = [];
  const definition = (id: TagId): TagDefinition | undefined => {
    const tag = tags.find((entry) => entry.id === id);
    return tag && { ...tag, aliases: [], label: { zh: id, en: id }, asset: '', measurand: '', decimals: 1, every: 10 };
  };
  const arrived = (value: unknown): void => {
    for (const resolve of waiting.splice(0)) resolve(value);
  };
  const self: Bench = {
    sent: [],
    published: [],
    statuses: [],
    image: new Map(),
    stops: new Map(),
    cycles: [],
    now: 1_700_000_000_000,
    start(node, id, config) {
      const controller = new AbortController();
      controllers.set(id, controller);
      const { signal } = controller;
      const ctx: NodeContext = {
        id,
        name: id,
        scope,
        signal,
        secrets,
        samples: {
          publish(batch) {
            for (const sample of batch) self.image.set(sample.tag, sample);
            self.published.push(...batch);
            for (const sample of batch) for (const listener of followers.get(sample.tag) ?? []) listener(batch);
            arrived(batch);
          },
          fresh: (tag) => self.image.get(tag),
          follow: (ids, listener) => ids.forEach((tag) => followers.set(tag, [...(followers.get(tag) ?? []), listener])),
        },
        tag: definition,
        commands: { own: (ids, handler) => ids.forEach((tag) => owners.set(tag, handler)) },
        outputs: { write: async () => ({ verdict: { ok: true } }) },
        stops: { register: (asset, handler) => void self.stops.set(asset, handler) },
        status: (level, text) => void self.statuses.push(`${level} ${text.en}`),
        clock: { now: () => self.now, monotonic: () => performance.now() },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        state: {
          load: (schema) => readState(schema, states.get(id)),
          save: (value) => void states.set(id, JSON.stringify(value)),
        },
        every: (_ms, _phase, run) => void self.cycles.push(run),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
      };
      return node.start(config, ctx, (payload) => {
        self.sent.push(payload);
        arrived(payload);
      });
    },
    end: (id) => controllers.get(id)?.abort(),
    async write(tag, value, readBack = {}) {
      const rule: GateRule = {
        tag,
        min: -1e9,
        max: 1e9,
        risk: 'low',
        persons: 1,
        readBack: { tag, within: 0.1, timeout: 1000, ...readBack },
        writers: ['command', 'output'],
      };
      const handler = owners.get(tag);
      if (!handler) throw new Error(`no node owns ${tag}`);
      return handler({ tag, value, origin: 'command', rule }, AbortSignal.timeout(5000));
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => controllers.forEach((controller) => controller.abort()),
  };
  return self;
}

function readState<S extends TSchema>(schema: S, text: string | undefined): Static<S> | undefined {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return Check(schema, value) ? value : undefined;
}
