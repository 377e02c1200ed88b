import type { AlarmDefinition, Condition, Level, Limit } from '#domain/alarm/definition.ts';
import type { Priority } from '#domain/alarm/types.ts';
import type { Asset } from '#domain/tag.ts';
import type { Text } from '#domain/text.ts';

/** A limit of a rule: as in a definition, or the default of the tag's measurand (none there: no alarm). */
export type RuleLimit = Limit | { readonly measurand: true; readonly priority?: Priority };

/**
 * An alarm rule: the shape of a definition (alarms.md 2) for every asset of a type. Tags are point names (`2T_S`), looked up at the asset,
 * then at its parents; a full tag id stays. `id` is `<scope>.<name>`; the definition of an asset is `<asset>.<name>`.
 */
export type AlarmRule = Omit<AlarmDefinition, 'limits' | 'asset' | 'label' | 'cause' | 'consequence' | 'response' | 'priority'> & {
  readonly scope: { readonly asset: Asset['type'] };
  readonly limits?: Readonly<Partial<Record<Level, RuleLimit>>>;
  readonly label: Text;
  readonly cause: Text;
  readonly consequence: Text;
  readonly response: Text;
  readonly priority: Priority;
};

/** Keeps the rule as data and checks its shape at compile time. */
export const defineAlarm = (rule: AlarmRule): AlarmRule => rule;

export interface Fact {
  readonly label: Text;
  readonly type: 'number' | 'string' | 'boolean';
  readonly unit?: string;
}

/** An event of json-rules-engine. */
export interface DecisionEvent {
  readonly type: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A decision rule: conditions of json-rules-engine over a plain facts object, answered with events in order of their priority.
 * Evaluated by the library itself, off the main thread (alarms.md 1).
 */
export interface DecisionRule {
  readonly id: string;
  readonly label: Text;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly rules: readonly {
    readonly name: string;
    readonly priority: number;
    readonly conditions: Condition;
    readonly event: DecisionEvent;
  }[];
  /** Processes that an event may name. */
  readonly processes: readonly string[];
}

export const defineDecision = (rule: DecisionRule): DecisionRule => rule;
