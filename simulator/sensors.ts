import type { Faults } from './faults.ts';
import type { Random } from './physics/random.ts';

/** Standard deviation of the noise by measurand, in its unit; `share` = of the value. Without an entry: exact (counters, states). */
const NOISE: Readonly<Record<string, { readonly sd?: number; readonly share?: number }>> = {
  '1T_S': { sd: 0.05 },
  '1T_R': { sd: 0.05 },
  '1P_S': { sd: 0.001 },
  '1P_R': { sd: 0.001 },
  '1FL_I': { share: 0.003 },
  '1HE_I': { share: 0.003 },
  TANK_L: { sd: 0.003 },
  '2T_S': { sd: 0.04 },
  '2T_R': { sd: 0.04 },
  '2P_S': { sd: 0.001 },
  '2P_R': { sd: 0.001 },
  '2FL_I': { share: 0.003 },
  '2HE_I': { share: 0.003 },
  CV_PO: { sd: 0.04 },
  CP_HZ: { sd: 0.02 },
  MK_FI: { sd: 0.006 },
  T_S: { sd: 0.05 },
  T_R: { sd: 0.05 },
  P_S: { sd: 0.001 },
  P_R: { sd: 0.001 },
  FL_I: { share: 0.002 },
  HE_I: { share: 0.002 },
  P_EL: { share: 0.002 },
  FUEL_I: { share: 0.003 },
  AT: { sd: 0.03 },
  AH: { sd: 0.4 },
  WS: { share: 0.05 },
  WD: { sd: 2 },
  SR: { share: 0.01 },
  RT: { sd: 0.02 },
  UT_S: { sd: 0.05 },
  UT_R: { sd: 0.05 },
};
/** Never below 0: what a transmitter cannot show. */
const SIGNED = new Set(['AT', 'RT', 'T_S', 'T_R', '1T_S', '1T_R', '2T_S', '2T_R', 'UT_S', 'UT_R']);
const DAY = 86_400;

/** Transmitters between the true state and the protocols: noise, and the faults of sensors. */
export class Sensors {
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #held = new Map<string, { id: string; value: number }>();
  readonly #spiked = new Set<string>();

  constructor(faults: Faults, random: Random) {
    this.#faults = faults;
    this.#random = random;
  }

  /** What the transmitter of `tag` shows for the true `value` at plant time `age`, s. */
  measure(tag: string, value: number, age: number): number {
    const code = tag.slice(tag.lastIndexOf('.') + 1);
    const stuck = this.#faults.find('sensor-stuck', tag);
    if (stuck) {
      const held = this.#held.get(tag);
      if (held?.id === stuck.id) return held.value;
    }
    const noise = NOISE[code];
    const sd = noise ? (noise.sd ?? Math.abs(value) * (noise.share ?? 0)) : 0;
    let shown = value + sd * (this.#faults.find('sensor-noise', tag)?.size ?? 1) * this.#random.normal();
    const drift = this.#faults.find('sensor-drift', tag);
    if (drift) shown += ((drift.size ?? 0) * (age - drift.since)) / DAY;
    shown *= this.#spike(tag);
    if (!SIGNED.has(code)) shown = Math.max(0, shown);
    if (stuck) this.#held.set(tag, { id: stuck.id, value: shown });
    return shown;
  }

  /** One value only is multiplied, then the fault is over. */
  #spike(tag: string): number {
    const spike = this.#faults.find('sensor-spike', tag);
    if (!spike) return 1;
    if (this.#spiked.has(spike.id)) {
      this.#faults.remove(spike.id);
      this.#spiked.delete(spike.id);
      return 1;
    }
    this.#spiked.add(spike.id);
    return spike.size ?? 1;
  }
}
