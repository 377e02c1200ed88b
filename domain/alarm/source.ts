import { compileCondition, factsOf } from './condition.ts';
import type { Truth } from './condition.ts';
import { kindOf } from './definition.ts';
import type { AlarmDefinition, Expression, Level, NamedConditions } from './definition.ts';
import { compileExpression } from './expression.ts';
import type { CompiledExpression, NumberOf } from './expression.ts';
import { limitOf, paramsOf } from './parse.ts';
import { parseDuration } from '../time.ts';
import type { Millis } from '../time.ts';
import { FlatWindow, RateWindow } from './window.ts';
import type { TagCell } from './tag-cell.ts';
import type { WindowState } from './window.ts';

/** Where the raw truth of one alarm comes from (alarms.md 3). A truth of undefined is bad quality. */
export interface TruthSource {
  /** Tags whose samples cause an evaluation. */
  readonly triggers: readonly string[];
  /** Evaluates at a sample of a trigger; `was` is the present truth, for the deadband. */
  sample(was: boolean, at: Millis): Truth;
  /** Evaluates without a sample, after a change of limit or definition; `last`: on the last good values. Missing: only at samples. */
  again?(was: boolean, last: boolean): Truth;
  /** Limit in force; undefined while a tag of its expression is bad. */
  limit?(): number | undefined;
  /** Replaces the limit of the definition. */
  override?: number | undefined;
  /** How far back it needs samples after a restart, ms. */
  readonly span?: number;
  dump?(): WindowState;
  load?(state: WindowState): void;
}

export type CellOf = (tag: string) => TagCell;
const ms = (duration: string): number => parseDuration(duration) ?? 0;

/** What limits, deviation and rate share: a limit that may be an expression and may be replaced. */
class Bound {
  override: number | undefined;
  readonly #expression: CompiledExpression;
  readonly #present: NumberOf;
  readonly #last: NumberOf;
  readonly tags: readonly string[];

  constructor(expression: Expression, definition: AlarmDefinition, cell: CellOf) {
    this.#expression = compileExpression(expression, paramsOf(definition), 'limit');
    const cells = new Map(this.#expression.tags.map((tag) => [tag, cell(tag)]));
    this.#present = (tag) => cells.get(tag)?.number;
    this.#last = (tag) => cells.get(tag)?.lastGood;
    this.tags = this.#expression.tags;
  }

  value(last: boolean): number | undefined {
    return this.override ?? this.#expression.constant ?? this.#expression.value(last ? this.#last : this.#present);
  }
}

/** `v > limit` or `v < limit` with a deadband on the way back; deviation is `|v - from|` against an upper limit. */
function threshold(definition: AlarmDefinition, tag: TagCell, from: TagCell | undefined, bound: Bound, high: boolean): TruthSource {
  const band = definition.deadband ?? 0;
  const judge = (was: boolean, last: boolean): Truth => {
    const value = last ? tag.lastGood : tag.number;
    const limit = bound.value(last);
    if (value === undefined || limit === undefined) return undefined;
    let measured = value;
    if (from) {
      const other = last ? from.lastGood : from.number;
      if (other === undefined) return undefined;
      measured = Math.abs(value - other);
    }
    if (high) return was ? measured > limit - band : measured > limit;
    return was ? measured < limit + band : measured < limit;
  };
  return {
    triggers: [tag.tag, ...(from ? [from.tag] : []), ...bound.tags],
    sample: (was) => judge(was, false),
    again: judge,
    limit: () => bound.value(false),
    get override() {
      return bound.override;
    },
    set override(value) {
      bound.override = value;
    },
  };
}

function rateSource(definition: AlarmDefinition, spec: NonNullable<AlarmDefinition['rate']>, tag: TagCell, cell: CellOf): TruthSource {
  const bound = new Bound(spec.limit, definition, cell);
  const window = new RateWindow(ms(spec.window), ms(spec.per));
  const judge = (last: boolean): Truth => {
    const limit = bound.value(last);
    if (limit === undefined) return undefined;
    const { rate } = window;
    if (rate === undefined) return false;
    if (spec.direction === 'rising') return rate > limit;
    return spec.direction === 'falling' ? -rate > limit : Math.abs(rate) > limit;
  };
  return {
    triggers: [tag.tag],
    sample: (_was, at) => {
      if (tag.number === undefined) return undefined;
      window.add(at, tag.number);
      return judge(false);
    },
    again: (_was, last) => (tag.number === undefined && !last ? undefined : judge(last)),
    limit: () => bound.value(false),
    get override() {
      return bound.override;
    },
    set override(value) {
      bound.override = value;
    },
    span: ms(spec.window),
    dump: () => window.dump(),
    load: (state) => window.load(state),
  };
}

function flatSource(spec: NonNullable<AlarmDefinition['flat']>, tag: TagCell): TruthSource {
  const window = new FlatWindow(ms(spec.for), spec.within);
  return {
    triggers: [tag.tag],
    sample: (_was, at) => (tag.number === undefined ? undefined : window.add(at, tag.number)),
    span: ms(spec.for),
    dump: () => window.dump(),
    load: (state) => window.load(state),
  };
}

/** Compiles a condition of a definition over the cells of its tags. */
export function compileOver(
  tree: NonNullable<AlarmDefinition['conditions']>,
  definition: AlarmDefinition,
  named: NamedConditions,
  cell: CellOf,
): { readonly tags: readonly string[]; readonly evaluate: () => Truth } {
  return { tags: [...factsOf(tree, named)], evaluate: compileCondition(tree, { named, params: paramsOf(definition), cell }) };
}

/** The source of truth of one alarm of a parsed definition. `stale` has none: it lives on a timer. */
export function sourceOf(definition: AlarmDefinition, level: Level | undefined, named: NamedConditions, cell: CellOf): TruthSource {
  const { conditions, deviation, rate, flat } = definition;
  if (conditions) {
    const { tags, evaluate } = compileOver(conditions, definition, named, cell);
    return { triggers: tags, sample: evaluate, again: (_was, last) => (last ? undefined : evaluate()) };
  }
  const tag = cell(definition.tag ?? '');
  if (deviation) return threshold(definition, tag, cell(deviation.from), new Bound(deviation.limit, definition, cell), true);
  if (rate) return rateSource(definition, rate, tag, cell);
  if (flat) return flatSource(flat, tag);
  const limit = level === undefined ? undefined : definition.limits?.[level];
  if (kindOf(definition) === 'stale' || limit === undefined) {
    return { triggers: [tag.tag], sample: () => false, span: ms(definition.stale ?? '') };
  }
  return threshold(definition, tag, undefined, new Bound(limitOf(limit), definition, cell), level === 'hh' || level === 'h');
}
