import type { Condition, NamedConditions, Operand, Operator, Scalar } from './definition.ts';
import { follow, parsePath } from './path.ts';

/** True, false, or undefined: unknown (Kleene). */
export type Truth = boolean | undefined;

/** Present value of one fact; undefined while it is missing or bad. */
interface Cell {
  readonly usable: unknown;
}

export interface Scope {
  readonly named: NamedConditions;
  readonly params?: ReadonlyMap<string, Scalar>;
  cell(fact: string): Cell;
}

type Compare = (fact: unknown, value: unknown) => Truth;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isScalar = (value: unknown): value is Scalar => typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
const ordering =
  (compare: (a: number, b: number) => boolean): Compare =>
  (fact, value) =>
    isNumber(fact) && isNumber(value) ? compare(fact, value) : undefined;
const equal: Compare = (fact, value) => (isScalar(fact) && typeof fact === typeof value ? fact === value : undefined);
const isIn: Compare = (fact, value) =>
  isScalar(fact) && Array.isArray(value) && value.every((item) => typeof item === typeof fact) ? value.includes(fact) : undefined;
const negated =
  (compare: Compare): Compare =>
  (fact, value) => {
    const truth = compare(fact, value);
    return truth === undefined ? undefined : !truth;
  };
const contains: Compare = (fact, value) => isIn(value, fact);

/** Operators of json-rules-engine; a wrong type is unknown instead of a coerced answer. */
const COMPARE: Readonly<Record<Operator, Compare>> = {
  equal,
  notEqual: negated(equal),
  in: isIn,
  notIn: negated(isIn),
  contains,
  doesNotContain: negated(contains),
  lessThan: ordering((a, b) => a < b),
  lessThanInclusive: ordering((a, b) => a <= b),
  greaterThan: ordering((a, b) => a > b),
  greaterThanInclusive: ordering((a, b) => a >= b),
};

function reader(fact: string, path: string | undefined, scope: Scope): () => unknown {
  const cell = scope.cell(fact);
  const steps = path === undefined ? [] : (parsePath(path) ?? []);
  return steps.length === 0 ? () => cell.usable : () => follow(cell.usable, steps);
}

function operandReader(value: Operand, scope: Scope): () => unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if ('param' in value && typeof value.param === 'string') {
      const constant = scope.params?.get(value.param);
      return () => constant;
    }
    if ('fact' in value && typeof value.fact === 'string') {
      return reader(value.fact, 'path' in value && typeof value.path === 'string' ? value.path : undefined, scope);
    }
  }
  return () => value;
}

/**
 * Compiles a parsed and checked condition (`parse-condition.ts`) to a closure over its facts.
 * `all` is false if any part is false, else unknown if any is unknown; `any` true likewise; `not` of unknown is unknown.
 */
export function compileCondition(condition: Condition, scope: Scope): () => Truth {
  const references = new Map<string, () => Truth>();
  const build = (tree: Condition): (() => Truth) => {
    if ('fact' in tree) {
      const [fact, value, compare] = [reader(tree.fact, tree.path, scope), operandReader(tree.value, scope), COMPARE[tree.operator]];
      return () => compare(fact(), value());
    }
    if ('all' in tree) return combine(tree.all.map(build), false);
    if ('any' in tree) return combine(tree.any.map(build), true);
    if ('not' in tree) {
      const part = build(tree.not);
      return () => {
        const truth = part();
        return truth === undefined ? undefined : !truth;
      };
    }
    const name = tree.condition;
    const target = scope.named.get(name);
    const known = references.get(name);
    if (known || !target) return known ?? (() => undefined);
    const built = build(target);
    references.set(name, built);
    return built;
  };
  return build(condition);
}

/** One answer decides; without it unknown wins over the other. */
function combine(parts: readonly (() => Truth)[], decisive: boolean): () => Truth {
  return () => {
    let result: Truth = !decisive;
    for (const part of parts) {
      const truth = part();
      if (truth === decisive) return decisive;
      if (truth === undefined) result = undefined;
    }
    return result;
  };
}

/** Every fact that a condition names, references included. */
export function factsOf(
  condition: Condition,
  named: NamedConditions,
  found: Set<string> = new Set(),
  seen: Set<string> = new Set(),
): Set<string> {
  if ('fact' in condition) {
    found.add(condition.fact);
    const { value } = condition;
    if (typeof value === 'object' && value !== null && 'fact' in value && typeof value.fact === 'string') found.add(value.fact);
  } else if ('not' in condition) factsOf(condition.not, named, found, seen);
  else if ('condition' in condition) {
    const target = named.get(condition.condition);
    if (target && !seen.has(condition.condition)) factsOf(target, named, found, seen.add(condition.condition));
  } else for (const part of 'all' in condition ? condition.all : condition.any) factsOf(part, named, found, seen);
  return found;
}

/** Answers of one condition over several facts objects; null = unknown. Own members of the objects only. */
export function evaluateFacts(
  condition: Condition,
  named: NamedConditions,
  facts: readonly ReadonlyMap<string, unknown>[],
): (boolean | null)[] {
  const cells = new Map<string, { usable: unknown }>();
  for (const fact of factsOf(condition, named)) cells.set(fact, { usable: undefined });
  const evaluate = compileCondition(condition, { named, cell: (fact) => cells.get(fact) ?? { usable: undefined } });
  return facts.map((row) => {
    for (const [fact, cell] of cells) cell.usable = row.get(fact) ?? undefined;
    return evaluate() ?? null;
  });
}
