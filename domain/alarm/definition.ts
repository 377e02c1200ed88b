import type { Text } from '../text.ts';
import type { Duration } from '../time.ts';
import type { Priority } from './types.ts';

/** A JSON value as it comes from a file or a request. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Scalar = number | string | boolean;

export const OPERATORS = [
  'equal',
  'notEqual',
  'in',
  'notIn',
  'contains',
  'doesNotContain',
  'lessThan',
  'lessThanInclusive',
  'greaterThan',
  'greaterThanInclusive',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** Right side of a leaf: a constant, a parameter of the rule, or another fact. */
export type Operand = Json | { readonly param: string } | { readonly fact: string; readonly path?: string };

/** `{ fact, operator, value, path? }` of json-rules-engine; in an alarm rule a fact is a tag. */
export interface Leaf {
  readonly fact: string;
  readonly operator: Operator;
  readonly value: Operand;
  readonly path?: string;
}
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly condition: string }
  | Leaf;
export type NamedConditions = ReadonlyMap<string, Condition>;

/** A number, a parameter, a tag, or `+ - * / ( )` over tags, parameters and numbers: `{ "expression": "STA007.2T_SP + 3" }`. */
export type Expression = number | { readonly param: string } | { readonly fact: string } | { readonly expression: string };
/** A limit, alone or with a priority of its own. */
export type Limit = Expression | { readonly limit: Expression; readonly priority?: Priority };

/** Order of the alarms of one tag's limits, everywhere. */
export const LEVELS = ['hh', 'h', 'l', 'll'] as const;
export type Level = (typeof LEVELS)[number];

/** A parameter with its default; the rule editor shows unit and label. */
export interface Param {
  readonly default: Scalar;
  readonly unit?: string;
  readonly label?: Text;
}

export interface RateSpec {
  readonly limit: Expression;
  /** The rate is per this time. */
  readonly per: Duration;
  readonly window: Duration;
  readonly direction: 'rising' | 'falling' | 'both';
}

/** An alarm definition (alarms.md 2): one rule of one place, with exactly one source of truth. */
export interface AlarmDefinition {
  readonly id: string;
  readonly label?: Text;
  readonly asset?: string;
  readonly priority?: Priority;
  readonly class?: string;
  readonly params?: Readonly<Record<string, Param | Scalar>>;
  readonly tag?: string;
  readonly limits?: Readonly<Partial<Record<Level, Limit>>>;
  readonly deviation?: { readonly from: string; readonly limit: Expression };
  readonly rate?: RateSpec;
  readonly flat?: { readonly for: Duration; readonly within: number };
  readonly stale?: Duration;
  readonly conditions?: Condition;
  readonly deadband?: number;
  readonly onDelay?: Duration;
  readonly offDelay?: Duration;
  readonly latch?: boolean;
  readonly onBad?: 'hold' | 'trip' | 'clear';
  readonly suppressWhen?: Condition;
  readonly group?: string;
  readonly firstOut?: boolean;
  readonly cause?: Text;
  readonly consequence?: Text;
  readonly response?: Text;
  readonly responseTime?: Duration;
  /** Process that a new occurrence starts; `startsOn` narrows it to some of the four levels. */
  readonly starts?: string;
  readonly startsOn?: readonly Level[];
}

export const KINDS = ['limits', 'deviation', 'rate', 'flat', 'stale', 'conditions'] as const;
export type Kind = (typeof KINDS)[number];

export const kindOf = (definition: AlarmDefinition): Kind => KINDS.find((kind) => definition[kind] !== undefined) ?? 'conditions';

/** Ids of the alarms of a definition, in order: `<id>.hh` and so on for limits, the id itself for the others. */
export const alarmIds = (definition: AlarmDefinition): readonly { readonly id: string; readonly level?: Level }[] => {
  const { id, limits } = definition;
  return limits ? LEVELS.filter((level) => limits[level] !== undefined).map((level) => ({ id: `${id}.${level}`, level })) : [{ id }];
};

const DEFAULT_PRIORITY: Priority = 3;

/** Priority of one alarm: a limit may have its own. */
export function priorityOf(definition: AlarmDefinition, level?: Level): Priority {
  const limit = level === undefined ? undefined : definition.limits?.[level];
  const own = typeof limit === 'object' && 'limit' in limit ? limit.priority : undefined;
  return own ?? definition.priority ?? DEFAULT_PRIORITY;
}

/** The process that a new occurrence of this alarm starts. */
export function startsOf(definition: AlarmDefinition, level?: Level): string | undefined {
  if (definition.startsOn && level !== undefined && !definition.startsOn.includes(level)) return undefined;
  return definition.starts;
}
