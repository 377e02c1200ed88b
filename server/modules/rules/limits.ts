import type { LimitValues } from '#contract/rules';
import { kindOf, LEVELS } from '#domain/alarm/definition.ts';
import type { AlarmDefinition, Expression, Level, Limit } from '#domain/alarm/definition.ts';
import { compileExpression } from '#domain/alarm/expression.ts';
import { limitOf, paramsOf } from '#domain/alarm/parse.ts';
import { Problem } from '#domain/errors.ts';
import type { TagDefinition } from '#domain/tag.ts';

const KEYS = [...LEVELS, 'limit'] as const;
type Key = (typeof KEYS)[number];

const constantOf = (expression: Expression, definition: AlarmDefinition): number | undefined =>
  compileExpression(expression, paramsOf(definition), 'limit').constant;

/** Limits in force by a definition; one that is an expression of tags is left out. */
export function limitsOf(definition: AlarmDefinition): LimitValues {
  const found: LimitValues = {};
  for (const level of LEVELS) {
    const one = definition.limits?.[level];
    const value = one === undefined ? undefined : constantOf(limitOf(one), definition);
    if (value !== undefined) found[level] = value;
  }
  const single = definition.deviation?.limit ?? definition.rate?.limit;
  const value = single === undefined ? undefined : constantOf(single, definition);
  if (value !== undefined) found.limit = value;
  return found;
}

function replaced(limits: NonNullable<AlarmDefinition['limits']>, level: Level, value: number): AlarmDefinition['limits'] {
  const one: Limit | undefined = limits[level];
  return { ...limits, [level]: typeof one === 'object' && 'limit' in one ? { ...one, limit: value } : value };
}

/** The definition with some limits replaced. @throws Problem RULE_NO_LIMIT if the rule has no such limit */
export function withLimits(definition: AlarmDefinition, values: LimitValues): AlarmDefinition {
  let next = definition;
  for (const key of KEYS) {
    const value = values[key];
    if (value !== undefined) next = withLimit(next, key, value);
  }
  return next;
}

function withLimit(definition: AlarmDefinition, key: Key, value: number): AlarmDefinition {
  const { limits, deviation, rate } = definition;
  if (key === 'limit') {
    if (deviation) return { ...definition, deviation: { ...deviation, limit: value } };
    if (rate) return { ...definition, rate: { ...rate, limit: value } };
  } else if (limits?.[key] !== undefined) return { ...definition, limits: replaced(limits, key, value) ?? {} };
  throw new Problem('RULE_NO_LIMIT', 422, `the ${kindOf(definition)} rule ${definition.id} has no limit "${key}"`, {
    place: { path: `limits.${key}` },
  });
}

/** A limit that cannot be meant: outside the tag's range, or hh h l ll out of order. @throws Problem RULE_LIMIT_RANGE, RULE_LIMITS_ORDER */
export function checkLimits(definition: AlarmDefinition, changed: LimitValues, tag: TagDefinition | undefined): void {
  const [low, high] = tag?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const limits = limitsOf(definition);
  for (const level of LEVELS) {
    const value = changed[level];
    if (value === undefined || (value >= low && value <= high)) continue;
    throw new Problem('RULE_LIMIT_RANGE', 422, `${value} is outside the range ${low} to ${high} ${tag?.unit ?? ''}`.trimEnd(), {
      place: { path: `limits.${level}` },
    });
  }
  if (changed.limit !== undefined && changed.limit <= 0) {
    throw new Problem('RULE_LIMIT_RANGE', 422, 'the limit must be above 0', { place: { path: 'limits.limit' } });
  }
  const present = LEVELS.flatMap((level) => (limits[level] === undefined ? [] : [{ level, value: limits[level] }]));
  for (const [index, { level, value }] of present.entries()) {
    const above = present[index - 1];
    if (above && above.value <= value) {
      throw new Problem('RULE_LIMITS_ORDER', 422, `${above.level} (${above.value}) must be above ${level} (${value})`, {
        place: { path: `limits.${level}` },
      });
    }
  }
}
