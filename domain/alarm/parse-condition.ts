import { OPERATORS } from './definition.ts';
import type { Condition, Json, NamedConditions, Operand } from './definition.ts';
import { parsePath } from './path.ts';
import { at, list, malformed, members, oneOf, record, string } from './read.ts';

/** Bounds of one condition, references to named conditions counted as what they stand for. */
const MAX_DEPTH = 16;
const MAX_LEAVES = 200;

/** Copies a JSON value; what is none (a function, NaN) is malformed. */
export function json(value: unknown, path: string, depth = 0): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (depth > 200) return malformed(path, 'is nested too deep');
  if (Array.isArray(value)) return value.map((item, index) => json(item, at(path, index), depth + 1));
  return Object.fromEntries([...members(value, path)].map(([key, member]) => [key, json(member, at(path, key), depth + 1)]));
}

function operand(value: unknown, path: string): Operand {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return json(value, path);
  const map = record(value, path, ['param', 'fact', 'path']);
  if (map.has('param') === map.has('fact') || (map.has('param') && map.has('path'))) {
    return malformed(path, 'must be a scalar, an array, { "param": name } or { "fact": name }');
  }
  if (map.has('param')) return { param: string(map.get('param'), at(path, 'param')) };
  return { fact: string(map.get('fact'), at(path, 'fact')), ...pathOf(map, path) };
}

function pathOf(map: ReadonlyMap<string, unknown>, path: string): { readonly path?: string } {
  if (!map.has('path')) return {};
  const value = string(map.get('path'), at(path, 'path'));
  return parsePath(value) ? { path: value } : malformed(at(path, 'path'), 'must be a path like $.a.b[0]');
}

function node(value: unknown, path: string, depth: number): Condition {
  if (depth > MAX_DEPTH) return malformed(path, `is nested deeper than ${MAX_DEPTH}`);
  const map = record(value, path, ['all', 'any', 'not', 'condition', 'fact', 'operator', 'value', 'path']);
  const heads = ['all', 'any', 'not', 'condition', 'fact'].filter((key) => map.has(key));
  if (heads.length !== 1) return malformed(path, 'must have exactly one of all, any, not, condition, fact');
  const head = heads[0];
  if (head === 'fact') {
    for (const key of ['operator', 'value']) if (!map.has(key)) malformed(at(path, key), 'is missing');
    return {
      fact: string(map.get('fact'), at(path, 'fact')),
      operator: oneOf(map.get('operator'), at(path, 'operator'), OPERATORS),
      value: operand(map.get('value'), at(path, 'value')),
      ...pathOf(map, path),
    };
  }
  if (map.size > 1) return malformed(at(path, [...map.keys()].find((key) => key !== head) ?? ''), `is not a known key beside ${head}`);
  if (head === 'condition') return { condition: string(map.get('condition'), at(path, 'condition')) };
  if (head === 'not') return { not: node(map.get('not'), at(path, 'not'), depth + 1) };
  return head === 'all' ? { all: parts(map.get('all'), at(path, 'all'), depth) } : { any: parts(map.get('any'), at(path, 'any'), depth) };
}

function parts(value: unknown, path: string, depth: number): Condition[] {
  const items = list(value, path);
  if (items.length === 0) return malformed(path, 'must have at least one element');
  if (items.length > MAX_LEAVES) return malformed(path, `has more than ${MAX_LEAVES} elements`);
  return items.map((item, index) => node(item, at(path, index), depth + 1));
}

/** A tree whose root is all, any, not or condition. @throws Problem RULE_INVALID with the path */
export function parseCondition(value: unknown, path: string): Condition {
  const condition = node(value, path, 0);
  return 'fact' in condition ? malformed(path, 'must be all, any, not or condition at the root') : condition;
}

/** Named conditions: each parsed, every reference resolved, no cycle. */
export function parseNamed(value: unknown, path: string): NamedConditions {
  const named = new Map([...members(value, path)].map(([name, tree]) => [name, parseCondition(tree, at(path, name))] as const));
  for (const [name, tree] of named) checkReferences(tree, named, at(path, name), { self: name, namedPath: path, anyParam: true });
  return named;
}

interface Size {
  readonly leaves: number;
  readonly depth: number;
}

/** Checks names, cycles, parameters and the size with references counted in. `namedPath`: where the named conditions are written. */
export function checkReferences(
  condition: Condition,
  named: NamedConditions,
  path: string,
  options: { readonly params?: ReadonlySet<string>; readonly self?: string; readonly namedPath?: string; readonly anyParam?: boolean } = {},
): void {
  const { params, self, namedPath } = options;
  const sizes = new Map<string, Size>();
  const open = new Set<string>(self === undefined ? [] : [self]);
  const measure = (tree: Condition, place: string): Size => {
    if ('fact' in tree) {
      // A named condition takes the parameters of the rule that refers to it.
      if (options.anyParam !== true) checkParam(tree.value, at(place, 'value'), params);
      return { leaves: 1, depth: 0 };
    }
    if ('condition' in tree) return reference(tree.condition, at(place, 'condition'));
    if ('not' in tree) return grow([measure(tree.not, at(place, 'not'))], place);
    const key = 'all' in tree ? 'all' : 'any';
    const items = 'all' in tree ? tree.all : tree.any;
    return grow(
      items.map((item, index) => measure(item, at(at(place, key), index))),
      place,
    );
  };
  const reference = (name: string, place: string): Size => {
    const known = sizes.get(name);
    if (known) return known;
    const tree = named.get(name);
    if (!tree) return malformed(place, `names no condition: ${name}`);
    if (open.has(name)) return malformed(place, `is part of a cycle: ${name}`);
    if (open.size > MAX_DEPTH) return malformed(place, `is nested deeper than ${MAX_DEPTH}`);
    open.add(name);
    const size = measure(tree, namedPath === undefined ? place : at(namedPath, name));
    open.delete(name);
    sizes.set(name, size);
    return size;
  };
  measure(condition, path);
}

function grow(sizes: readonly Size[], place: string): Size {
  const leaves = sizes.reduce((sum, size) => sum + size.leaves, 0);
  const depth = 1 + sizes.reduce((most, size) => Math.max(most, size.depth), 0);
  if (leaves > MAX_LEAVES) malformed(place, `has more than ${MAX_LEAVES} leaves`);
  if (depth > MAX_DEPTH) malformed(place, `is nested deeper than ${MAX_DEPTH}`);
  return { leaves, depth };
}

function checkParam(value: Operand, place: string, params: ReadonlySet<string> | undefined): void {
  if (typeof value !== 'object' || value === null || !('param' in value) || typeof value.param !== 'string') return;
  if (!params?.has(value.param)) malformed(at(place, 'param'), `names no parameter: ${value.param}`);
}
