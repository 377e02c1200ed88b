import type { Sample, Value } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import { modelTags, renamed, stationOf } from './plant.ts';

/** mulberry32: the same samples in every run. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Point {
  readonly tag: string;
  readonly kind: 'walk' | 'total' | 'heartbeat' | 'stopped' | 'state';
  readonly step: number;
  readonly middle: number;
  value: number;
}

function kindOf({ type, measurand }: TagDefinition): Point['kind'] {
  if (type === 'boolean') return measurand === 'STOPPED' ? 'stopped' : 'state';
  if (measurand === 'HB') return 'heartbeat';
  return measurand.endsWith('_T') ? 'total' : 'walk';
}

/** One station of the thousand stops every second: an alarm without delay rises, by the real rule. */
const STOP_EVERY = 1000;

/**
 * Samples of some stations, tag after tag, round after round. Numbers walk at random in steps of their resolution round the middle of
 * their normal range, totals and heartbeats count up, states stay.
 */
export class SampleSource {
  readonly #points: Point[];
  readonly #random: () => number;
  readonly #stations: readonly string[];
  readonly #stopEvery: number;
  #next = 0;
  #stopping = 0;
  #stopped = 0;
  #stopDue: number;

  constructor(first: number, count: number, shareOfAll: number, now: number) {
    this.#random = random(first + 1);
    this.#stations = Array.from({ length: count }, (_, i) => stationOf(first + i));
    this.#stopEvery = STOP_EVERY / shareOfAll;
    this.#stopDue = now + this.#stopEvery;
    this.#points = this.#stations.flatMap((station) =>
      modelTags.map((tag): Point => {
        const { limits = {}, range = [0, 1], decimals, measurand } = tag;
        const middle = ((limits.l ?? range[0]) + (limits.h ?? Math.min(range[1], 100))) / 2;
        // 2T_S and its setpoint have one middle, or the deviation would stand all the time.
        return {
          tag: renamed(tag.id, station),
          kind: kindOf(tag),
          step: 10 ** -decimals,
          middle: measurand.startsWith('2T_S') ? 45 : middle,
          value: 0,
        };
      }),
    );
  }

  /** Stations whose stop was taken so far: as many alarms must have risen. */
  get stopped(): number {
    return this.#stopped;
  }

  take(count: number, at: number): Sample[] {
    const samples: Sample[] = [];
    if (at >= this.#stopDue) this.#stopOne();
    for (let i = 0; i < count; i += 1) {
      const point = this.#points[this.#next];
      this.#next = (this.#next + 1) % this.#points.length;
      if (point) samples.push({ tag: point.tag, at, value: this.#valueOf(point), quality: 'good' });
    }
    return samples;
  }

  #stopOne(): void {
    this.#stopDue += this.#stopEvery;
    const station = this.#stations[this.#stopping];
    this.#stopping += 1;
    const point = this.#points.find(({ tag }) => tag === `${station}.STOPPED`);
    if (point) point.value = 1;
  }

  #valueOf(point: Point): Value {
    switch (point.kind) {
      case 'heartbeat':
        point.value = (point.value + 1) % 65_536;
        return point.value;
      case 'total':
        point.value += this.#random() < 0.5 ? 1 : 0;
        return Math.round(point.value) * point.step;
      case 'stopped':
        if (point.value === 1) {
          point.value = 2;
          this.#stopped += 1;
        }
        return point.value === 2;
      case 'state':
        return true;
      case 'walk':
        return this.#walk(point);
      default:
        throw new Error(`no value for ${point.tag}`);
    }
  }

  #walk(point: Point): number {
    const chance = this.#random();
    if (chance < 0.2) point.value = Math.max(-20, point.value - 1);
    else if (chance < 0.4) point.value = Math.min(20, point.value + 1);
    return Number((point.middle + point.value * point.step).toFixed(3));
  }
}
