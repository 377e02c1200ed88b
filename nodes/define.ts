import type { Static, TObject } from 'typebox';
import { Check, Clean, Default, Errors } from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';
import type { NodeContext } from './context.ts';
import type { Port } from './ports.ts';

type Category = 'acquisition' | 'control' | 'data';

interface Described<C extends TObject> {
  /** Node-RED's type, kebab case; never changed once shipped. */
  readonly type: string;
  readonly label: Text;
  readonly help: Text;
  readonly config: C;
}

/** A node of the palette without its type parameters: what the registry and the Node-RED adapter see. */
export interface PaletteNode extends Described<TObject> {
  readonly kind: 'node' | 'config';
  readonly category: Category;
  readonly input?: Port<unknown>;
  readonly output?: Port<unknown>;
  /**
   * Checks the configuration and starts the node.
   * @returns what takes a message's payload; undefined if the node has no input.
   * @throws Problem NODE_CONFIG with the path of the first fault.
   */
  start(config: unknown, ctx: NodeContext, send: (payload: unknown) => void): ((payload: unknown) => void) | undefined;
}

export interface NodeDefinition<C extends TObject, I, O> extends Described<C> {
  readonly category: Category;
  readonly input?: Port<I>;
  readonly output?: Port<O>;
  /** Runs synchronously; what takes time is started and ends with `ctx.signal`. Returns the handler of messages. */
  setup(given: { readonly config: Static<C>; readonly ctx: NodeContext; readonly send: (value: O) => void }): ((input: I) => void) | void;
}

const plain = (raw: unknown): unknown => (typeof raw === 'object' && raw !== null ? { ...raw } : raw);

/** Faults of a node's configuration with JSON paths; defaults are filled in, properties of Node-RED's own are left out. */
export function readConfig<C extends TObject>(type: string, schema: C, raw: unknown): Static<C> {
  const config: unknown = Default(schema, Clean(schema, structuredClone(plain(raw))));
  if (Check(schema, config)) return config;
  const [first] = Errors(schema, config);
  throw new Problem('NODE_CONFIG', 422, `${type}${first?.instancePath ?? ''}: ${first?.message ?? 'invalid'}`, {
    place: { path: first?.instancePath ?? '' },
  });
}

/** A node: no RED, no HTML. Dialog, defaults, validation, help and both catalogues are generated from `config`. */
export function defineNode<C extends TObject, I = never, O = never>(definition: NodeDefinition<C, I, O>): PaletteNode {
  const { input, output } = definition;
  return {
    type: definition.type,
    label: definition.label,
    help: definition.help,
    config: definition.config,
    category: definition.category,
    kind: 'node',
    ...(input ? { input } : {}),
    ...(output ? { output } : {}),
    start(raw, ctx, send) {
      const handler = definition.setup({ config: readConfig(definition.type, definition.config, raw), ctx, send });
      if (!input || !handler) return undefined;
      return (payload) => {
        const value = input.read(payload);
        if (value === undefined) ctx.status('warn', { zh: `输入不是${input.label.zh}`, en: `input is not ${input.label.en}` });
        else handler(value);
      };
    },
  };
}

/** A config node gives a service to the nodes that refer to it: a connection, a session, a broker. */
export interface ConfigNode<S> extends PaletteNode {
  /** @throws Problem NODE_CONFIG_MISSING if there is no such config node, or it did not start. */
  of(ctx: NodeContext, id: string): S;
}

export function defineConfig<C extends TObject, S>(
  definition: Described<C> & { setup(given: { readonly config: Static<C>; readonly ctx: NodeContext }): S },
): ConfigNode<S> {
  const running = new WeakMap<object, Map<string, S>>();
  return {
    type: definition.type,
    label: definition.label,
    help: definition.help,
    config: definition.config,
    category: 'acquisition',
    kind: 'config',
    start(raw, ctx) {
      const instances = running.get(ctx.scope) ?? new Map<string, S>();
      running.set(ctx.scope, instances);
      const service = definition.setup({ config: readConfig(definition.type, definition.config, raw), ctx });
      instances.set(ctx.id, service);
      ctx.signal.addEventListener('abort', () => {
        if (instances.get(ctx.id) === service) instances.delete(ctx.id);
      });
      return undefined;
    },
    of(ctx, id) {
      const service = running.get(ctx.scope)?.get(id);
      if (service === undefined) throw new Problem('NODE_CONFIG_MISSING', 422, `${definition.type} ${id} is missing or did not start`);
      return service;
    },
  };
}
