import type { GateRule } from '#domain/command/types.ts';
import type { Asset, TagDefinition } from '#domain/tag.ts';

/** What the platform knows of a plant before any ledger is edited: assets, tags, allow-list of the gate. */
export interface Plant {
  readonly id: string;
  readonly assets: readonly Asset[];
  readonly tags: readonly TagDefinition[];
  readonly gate: readonly GateRule[];
}

/** One kind of measured or set quantity (plant.md, table of tags). */
export interface Measurand {
  readonly code: string;
  readonly label: { readonly zh: string; readonly en: string };
  readonly type: TagDefinition['type'];
  readonly unit: string;
  readonly range?: readonly [number, number];
  readonly decimals: number;
  readonly limits?: TagDefinition['limits'];
}
