import type { Millis } from './time.ts';

/** Trust in a value: `uncertain` is used like good and marked, `bad` is never used as a value. */
export type Quality = 'good' | 'uncertain' | 'bad';

/** What a tag can hold. `null` only together with bad quality: the device gave no value. */
export type Value = number | boolean | string | null;

/** Id of a tag as people write it: `STA007.UNT02.2T_S`. */
export type TagId = string;

/** One stored observation. The key is (tag, at): the same key twice is stored once. */
export interface Sample {
  readonly tag: TagId;
  readonly at: Millis;
  readonly value: Value;
  readonly quality: Quality;
}
