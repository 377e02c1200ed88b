import type { SampleColumns } from '#server/store/history/storable.ts';

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

/** One kind of tag: how often a station has it, the scale of its last decimal, how many of these it jitters, and how it moves. */
interface Kind {
  readonly name: string;
  readonly count: number;
  readonly scale: number;
  readonly noise: number;
  readonly middle: number;
  readonly moves: 'walk' | 'counter' | 'seldom';
}

const KINDS: readonly Kind[] = [
  { name: 'temperature', count: 24, scale: 10, noise: 1, middle: 550, moves: 'walk' },
  { name: 'pressure', count: 12, scale: 1000, noise: 3, middle: 450, moves: 'walk' },
  { name: 'flow', count: 8, scale: 100, noise: 4, middle: 5000, moves: 'walk' },
  { name: 'valve', count: 8, scale: 10, noise: 0, middle: 400, moves: 'walk' },
  { name: 'energy', count: 8, scale: 10, noise: 0, middle: 1_000_000, moves: 'counter' },
  { name: 'flag', count: 12, scale: 1, noise: 0, middle: 1, moves: 'seldom' },
  { name: 'setpoint', count: 8, scale: 10, noise: 0, middle: 500, moves: 'seldom' },
];
const PER_STATION = KINDS.reduce((sum, kind) => sum + kind.count, 0);

export const tagNames = (tags: number): string[] =>
  Array.from({ length: tags }, (_, i) => `S${String(Math.floor(i / PER_STATION)).padStart(4, '0')}.P${i % PER_STATION}`);

/**
 * Polls of stations of 80 tags (storage.md 3): temperatures, pressures, flows and valves walk at random with noise in their last
 * decimal, counters count, flags and set points change seldom; 0.5 % of the polls of a station are missing, 2 % come 1 to 3 s late.
 */
export class Polls {
  readonly #numbers: Int32Array;
  readonly #kinds: readonly Kind[];
  readonly #level: Float64Array;
  readonly #random: () => number;

  constructor(numbers: Int32Array, seed = 1) {
    this.#numbers = numbers;
    this.#random = random(seed);
    const station = KINDS.flatMap((kind) => Array.from({ length: kind.count }, () => kind));
    this.#kinds = Array.from(numbers, (_, i) => station[i % PER_STATION] ?? KINDS[0]).filter((kind) => kind !== undefined);
    this.#level = Float64Array.from(this.#kinds, (kind) => kind.middle + Math.floor(this.#random() * 100));
  }

  /** The next poll of all stations, nominally at `at`. */
  next(at: number): SampleColumns {
    const { length } = this.#numbers;
    const tags = new Int32Array(length);
    const times = new Float64Array(length);
    const value = new Float64Array(length);
    let n = 0;
    for (let start = 0; start < length; start += PER_STATION) {
      const missing = this.#random() < 0.005;
      const time = this.#random() < 0.02 ? at + 1000 * (1 + Math.floor(this.#random() * 3)) : at;
      for (let i = start; i < Math.min(length, start + PER_STATION); i += 1) {
        const one = this.#value(i);
        if (missing) continue;
        tags[n] = this.#numbers[i] ?? 0;
        times[n] = time;
        value[n] = one;
        n += 1;
      }
    }
    return { tags: tags.subarray(0, n), at: times.subarray(0, n), value: value.subarray(0, n) };
  }

  #value(i: number): number {
    const kind = this.#kinds[i];
    if (!kind) return 0;
    const chance = this.#random();
    let level = this.#level[i] ?? 0;
    if (kind.moves === 'walk') level += chance < 0.1 ? -1 : chance > 0.9 ? 1 : 0;
    else if (kind.moves === 'counter') level += chance < 0.3 ? 1 : 0;
    else if (chance < 0.001) level = kind.name === 'flag' ? 1 - Math.min(1, level) : kind.middle + Math.floor(chance * 50_000);
    this.#level[i] = level;
    const jitter = kind.noise === 0 ? 0 : Math.round((this.#random() + this.#random() + this.#random() - 1.5) * kind.noise);
    return (level + jitter) / kind.scale;
  }
}
