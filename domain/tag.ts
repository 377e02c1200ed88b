import type { TagId } from './sample.ts';
import type { Text } from './text.ts';

type TagType = 'number' | 'boolean' | 'string';

/** Low-low, low, high, high-high limits that the tag's measurand usually has; defaults for rules and pictures. */
export interface Limits {
  readonly ll?: number;
  readonly l?: number;
  readonly h?: number;
  readonly hh?: number;
}

/** 点位: an addressable value with unit, type and range. `range` in `unit`. */
export interface TagDefinition {
  readonly id: TagId;
  /** The full code `{group}.{enterprise}.{id}`, CJJ/T 241 and KKS aliases. */
  readonly aliases: readonly string[];
  readonly label: Text;
  /** The asset that the tag belongs to: `STA007.UNT02`. */
  readonly asset: string;
  /** Measurand code of `plants/measurands.ts`: `2T_S`. */
  readonly measurand: string;
  readonly type: TagType;
  /** UCUM-like display unit: `°C`, `MPa`, `t/h`; empty for states. */
  readonly unit: string;
  readonly range?: readonly [number, number];
  readonly decimals: number;
  readonly limits?: Limits;
  /** Seconds between two samples in normal running; staleness is judged against it. */
  readonly every: number;
}

/** 资产: equipment in the hierarchy. */
export interface Asset {
  readonly id: string;
  readonly type: 'enterprise' | 'source' | 'chp' | 'boiler' | 'network' | 'station' | 'unit' | 'building' | 'household' | 'weather';
  readonly label: Text;
  readonly parent?: string;
}
