import { Refusal } from './refusal.ts';

/** What a kind of fault acts on; decides which targets are accepted. */
type TargetKind = 'unit' | 'station' | 'boiler' | 'chp' | 'source' | 'weather' | 'tag' | 'line';

export interface FaultKind {
  readonly target: TargetKind;
  /** Missing: the kind has no size. */
  readonly size?: { readonly default: number; readonly min: number; readonly max: number; readonly unit: string };
  readonly effect: string;
}

/** Every fault that can be injected. A `line` is a station's Modbus, `SRC001` (OPC UA values turn bad) or `WX001` (all MQTT telemetry). */
export const FAULT_KINDS = {
  'leak-secondary': {
    target: 'unit',
    size: { default: 2, min: 0.1, max: 50, unit: 't/h' },
    effect: 'leak on the network side of the unit',
  },
  'burst-secondary': {
    target: 'unit',
    size: { default: 200, min: 10, max: 500, unit: 't/h' },
    effect: 'burst pipe on the network side of the unit',
  },
  'leak-primary': { target: 'source', size: { default: 20, min: 1, max: 200, unit: 't/h' }, effect: 'leak of the primary network' },
  'sensor-stuck': { target: 'tag', effect: 'the value is held' },
  'sensor-drift': { target: 'tag', size: { default: 0.5, min: -50, max: 50, unit: 'per day' }, effect: 'the value runs away' },
  'sensor-spike': { target: 'tag', size: { default: 3, min: -10, max: 10, unit: 'times' }, effect: 'one value is multiplied' },
  'sensor-noise': { target: 'tag', size: { default: 5, min: 1, max: 100, unit: 'times' }, effect: 'the noise is multiplied' },
  'comms-loss': { target: 'line', effect: 'no answer, no telemetry' },
  slow: { target: 'station', size: { default: 5, min: 0.1, max: 60, unit: 's' }, effect: 'every answer is late' },
  garbage: { target: 'station', effect: 'answers that are no Modbus' },
  'modbus-exception': {
    target: 'station',
    size: { default: 4, min: 1, max: 11, unit: 'code' },
    effect: 'every request is answered with this exception',
  },
  'clock-skew': {
    target: 'weather',
    size: { default: 300, min: -86_400, max: 86_400, unit: 's' },
    effect: 'time stamps of MQTT telemetry are off',
  },
  'valve-stuck': { target: 'unit', effect: 'the control valve does not move' },
  'valve-hunting': { target: 'unit', size: { default: 4, min: 1, max: 50, unit: 'times' }, effect: 'gain of the own loop' },
  'pump-trip': { target: 'unit', effect: 'the circulation pump stops' },
  fouling: { target: 'unit', size: { default: 40, min: 1, max: 90, unit: '% of UA in 15 days' }, effect: 'the heat exchanger clogs' },
  'local-mode': { target: 'unit', effect: 'switched to local at the cabinet: MODE 3, writes refused' },
  'power-failure': { target: 'line', effect: 'drives stop, the valve holds (a station or the source)' },
  'boiler-trip': { target: 'boiler', effect: 'heat falls to 0 in 30 s' },
  'chp-trip': { target: 'chp', effect: 'heat and power fall to 0 in 30 s' },
  'extreme-cold': {
    target: 'weather',
    size: { default: -15, min: -40, max: 0, unit: '°C' },
    effect: 'the outdoor temperature falls to this value',
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof FAULT_KINDS;

export interface Fault {
  readonly id: string;
  readonly kind: FaultName;
  readonly target: string;
  readonly size?: number;
  /** Seconds of plant time since the plant started. */
  readonly since: number;
  readonly until?: number;
}

const isFaultName = (kind: string): kind is FaultName => Object.hasOwn(FAULT_KINDS, kind);

/** The faults that act now, looked up by kind and target. */
export class Faults {
  readonly #active = new Map<string, Fault>();
  readonly #targets: (kind: FaultName, target: string) => boolean;
  #count = 0;

  /** `isTarget` says whether a target exists for the kind. */
  constructor(isTarget: (kind: FaultName, target: string) => boolean) {
    this.#targets = isTarget;
  }

  /** Adds a fault; `seconds` of plant time it lasts. Refuses an unknown kind, target or size with the place in the request. */
  add(request: { kind: string; target: string; size?: number; seconds?: number }, now: number): Fault {
    const { kind, target } = request;
    if (!isFaultName(kind)) throw new Refusal('SIM_FAULT_KIND_UNKNOWN', 422, `no fault of kind "${kind}"`, '/kind');
    if (!this.#targets(kind, target)) {
      throw new Refusal('SIM_FAULT_TARGET_UNKNOWN', 422, `"${target}" is no ${FAULT_KINDS[kind].target} of this plant`, '/target');
    }
    const size = sizeOf(kind, request.size);
    this.#count += 1;
    const fault: Fault = {
      id: String(this.#count),
      kind,
      target,
      since: now,
      ...(size === undefined ? {} : { size }),
      ...(request.seconds === undefined ? {} : { until: now + request.seconds }),
    };
    this.#active.set(fault.id, fault);
    return fault;
  }

  remove(id: string): void {
    if (!this.#active.delete(id)) throw new Refusal('SIM_FAULT_UNKNOWN', 404, `no fault ${id}`);
  }

  clear(): void {
    this.#active.clear();
  }

  /** Ends what has lasted its time. */
  expire(now: number): void {
    for (const fault of this.#active.values()) if (fault.until !== undefined && fault.until <= now) this.#active.delete(fault.id);
  }

  list(): readonly Fault[] {
    return [...this.#active.values()];
  }

  find(kind: FaultName, target: string): Fault | undefined {
    if (this.#active.size === 0) return undefined;
    for (const fault of this.#active.values()) if (fault.kind === kind && fault.target === target) return fault;
    return undefined;
  }

  has(kind: FaultName, target: string): boolean {
    return this.find(kind, target) !== undefined;
  }

  /** Sum of the sizes of all faults of a kind on a target, 0 without one. */
  sum(kind: FaultName, target: string): number {
    if (this.#active.size === 0) return 0;
    let total = 0;
    for (const fault of this.#active.values()) if (fault.kind === kind && fault.target === target) total += fault.size ?? 0;
    return total;
  }
}

function sizeOf(kind: FaultName, size: number | undefined): number | undefined {
  const spec: FaultKind = FAULT_KINDS[kind];
  if (!spec.size) {
    if (size !== undefined) throw new Refusal('SIM_FAULT_SIZE_UNEXPECTED', 422, `a fault of kind "${kind}" has no size`, '/size');
    return undefined;
  }
  const { min, max, unit } = spec.size;
  if (size !== undefined && (size < min || size > max)) {
    throw new Refusal('SIM_FAULT_SIZE_RANGE', 422, `size must be ${min} to ${max} ${unit}`, '/size');
  }
  return size ?? spec.size.default;
}
