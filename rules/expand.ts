import { LEVELS } from '#domain/alarm/definition.ts';
import type { AlarmDefinition, Condition, Expression, Level, Limit } from '#domain/alarm/definition.ts';
import { Problem } from '#domain/errors.ts';
import type { Asset, TagDefinition } from '#domain/tag.ts';
import type { AlarmRule, RuleLimit } from './define.ts';

/** What expansion needs of a plant. */
export interface PlantModel {
  readonly assets: readonly Asset[];
  readonly tags: readonly TagDefinition[];
}

/** Looks up point names at an asset, then at its parents. */
class Points {
  readonly #tags: ReadonlyMap<string, TagDefinition>;
  readonly #assets: ReadonlyMap<string, Asset>;

  constructor(plant: PlantModel) {
    this.#tags = new Map(plant.tags.map((tag) => [tag.id, tag]));
    this.#assets = new Map(plant.assets.map((asset) => [asset.id, asset]));
  }

  /** @throws Problem RULE_POINT_UNKNOWN */
  find(point: string, asset: Asset, rule: string): TagDefinition {
    const whole = this.#tags.get(point);
    if (whole) return whole;
    for (let here: Asset | undefined = asset; here; here = here.parent === undefined ? undefined : this.#assets.get(here.parent)) {
      const tag = this.#tags.get(`${here.id}.${point}`);
      if (tag) return tag;
    }
    throw new Problem('RULE_POINT_UNKNOWN', 422, `the rule ${rule} names the point ${point}, which ${asset.id} does not have`, {
      place: { element: rule },
    });
  }
}

type Find = (point: string) => string;

function conditionAt(condition: Condition, find: Find): Condition {
  if ('all' in condition) return { all: condition.all.map((part) => conditionAt(part, find)) };
  if ('any' in condition) return { any: condition.any.map((part) => conditionAt(part, find)) };
  if ('not' in condition) return { not: conditionAt(condition.not, find) };
  if ('condition' in condition) return condition;
  const { value } = condition;
  const other =
    typeof value === 'object' && value !== null && 'fact' in value && typeof value.fact === 'string'
      ? { value: { ...value, fact: find(value.fact) } }
      : {};
  return { ...condition, fact: find(condition.fact), ...other };
}

const expressionAt = (expression: Expression, find: Find): Expression =>
  typeof expression === 'object' && 'fact' in expression ? { fact: find(expression.fact) } : expression;

function limitAt(limit: RuleLimit, level: Level, tag: TagDefinition | undefined, find: Find): Limit | undefined {
  if (typeof limit === 'object' && 'measurand' in limit) {
    const value = tag?.limits?.[level];
    if (value === undefined) return undefined;
    return limit.priority === undefined ? value : { limit: value, priority: limit.priority };
  }
  if (typeof limit === 'object' && 'limit' in limit) return { ...limit, limit: expressionAt(limit.limit, find) };
  return expressionAt(limit, find);
}

function definitionAt(rule: AlarmRule, asset: Asset, points: Points): AlarmDefinition {
  const { scope: _scope, id, tag: point, limits: ruleLimits, deviation, rate, conditions, suppressWhen, ...same } = rule;
  const find: Find = (name) => points.find(name, asset, id).id;
  const tag = point === undefined ? undefined : points.find(point, asset, id);
  const limits: Partial<Record<Level, Limit>> = {};
  for (const level of LEVELS) {
    const one = ruleLimits?.[level];
    const limit = one === undefined ? undefined : limitAt(one, level, tag, find);
    if (limit !== undefined) limits[level] = limit;
  }
  return {
    id: `${asset.id}.${id.slice(id.indexOf('.') + 1)}`,
    asset: asset.id,
    ...same,
    ...(tag ? { tag: tag.id } : {}),
    ...(ruleLimits ? { limits } : {}),
    ...(deviation ? { deviation: { from: find(deviation.from), limit: expressionAt(deviation.limit, find) } } : {}),
    ...(rate ? { rate: { ...rate, limit: expressionAt(rate.limit, find) } } : {}),
    ...(conditions ? { conditions: conditionAt(conditions, find) } : {}),
    ...(suppressWhen ? { suppressWhen: conditionAt(suppressWhen, find) } : {}),
  };
}

/** One definition for each asset of a rule's scope, in the order of rules, then assets. @throws Problem RULE_POINT_UNKNOWN */
export function expandAlarms(rules: readonly AlarmRule[], plant: PlantModel): AlarmDefinition[] {
  const points = new Points(plant);
  return rules.flatMap((rule) =>
    plant.assets.filter((asset) => asset.type === rule.scope.asset).map((asset) => definitionAt(rule, asset, points)),
  );
}
