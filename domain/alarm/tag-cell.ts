import type { Quality } from '../sample.ts';
import type { Millis } from '../time.ts';
import type { Json } from './definition.ts';

/** What the engine takes: a sample whose value may be any JSON; a value of a wrong type counts as bad quality. */
export interface EngineSample {
  readonly tag: string;
  readonly at: Millis;
  readonly value: Json;
  readonly quality: Quality;
}

/** One alarm's interest in a tag. */
export interface TagUse<A> {
  readonly alarm: A;
  readonly source: boolean;
  readonly suppress: boolean;
}

/** Last sample of one tag as the alarm engine needs it. */
export class TagCell {
  readonly tag: string;
  at: Millis | undefined;
  /** Event time when it arrived, which staleness counts from. */
  arrived: Millis | undefined;
  value: Json = null;
  quality: Quality = 'bad';
  /** The value while it is not bad and not missing, for conditions. */
  usable: unknown;
  /** The value while it is a usable finite number, for limits, deviation, rate and flat. */
  number: number | undefined;
  lastGood: number | undefined;

  constructor(tag: string) {
    this.tag = tag;
  }

  take(sample: EngineSample, arrived: Millis): void {
    const { value, quality } = sample;
    this.at = sample.at;
    this.arrived = arrived;
    this.value = value;
    this.quality = quality;
    if (quality === 'bad' || value === null) {
      this.usable = undefined;
      this.number = undefined;
      return;
    }
    this.usable = value;
    this.number = typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    if (this.number !== undefined) this.lastGood = this.number;
  }
}
