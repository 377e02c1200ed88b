import type { Mapping } from './graph.ts';
import type { Evaluated } from './feel.ts';
import { toJson } from './feel.ts';

const isContext = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts a value at a path of a context, copying what it changes; an own property whatever its name. */
function put(context: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  const entries = new Map(isContext(context) ? Object.entries(context) : []);
  entries.set(head, put(entries.get(head), rest, value));
  return Object.fromEntries(entries);
}

/**
 * Evaluates mappings in order; a later one sees the targets of those before it. `base` gives the value that a nested target of an
 * output mapping extends.
 */
export function applyMappings(
  mappings: readonly Mapping[],
  evaluate: (source: string, also: ReadonlyMap<string, unknown>) => Evaluated,
  base: (name: string) => unknown,
): { readonly ok: true; readonly values: ReadonlyMap<string, unknown> } | { readonly ok: false; readonly message: string } {
  const values = new Map<string, unknown>();
  for (const { source, target } of mappings) {
    const result = evaluate(source, values);
    if (!result.ok) return { ok: false, message: `failed to evaluate expression '${source}': ${result.message}` };
    const [name = '', ...rest] = target;
    const before = values.has(name) ? values.get(name) : rest.length > 0 ? base(name) : undefined;
    values.set(name, put(before, rest, toJson(result.value)));
  }
  return { ok: true, values };
}
