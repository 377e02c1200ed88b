import type { FaultName } from './faults.ts';
import type { Plant } from './plant.ts';
import { Refusal } from './refusal.ts';
import { setStop } from './station.ts';

interface Step {
  /** Seconds of plant time after the start of the scenario. */
  readonly after: number;
  readonly fault: { readonly kind: FaultName; readonly target: string; readonly size?: number; readonly seconds?: number };
}

/** Stories that can be played; `reset` repairs everything and gives every unit back to its own loop. */
export const SCENARIOS = {
  leak: [{ after: 25, fault: { kind: 'leak-secondary', target: 'STA007.UNT02', size: 2.6 } }],
  'cold-snap': [{ after: 5, fault: { kind: 'extreme-cold', target: 'WX001', size: -15 } }],
  'boiler-trip': [{ after: 5, fault: { kind: 'boiler-trip', target: 'SRC001.BLR01', seconds: 3600 } }],
  'silent-station': [{ after: 5, fault: { kind: 'comms-loss', target: 'STA003', seconds: 120 } }],
  reset: [],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

/** Plays one scenario at a time. */
export class Scenario {
  readonly #plant: Plant;
  #name: ScenarioName | undefined;
  #startedAt = 0;
  #next = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  get name(): ScenarioName | undefined {
    return this.#name;
  }

  /** Starts a scenario by its name; the one before is left where it is. */
  start(name: string): void {
    if (!isScenario(name))
      throw new Refusal('SIM_SCENARIO_UNKNOWN', 422, `no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`, '/name');
    this.#name = name;
    this.#startedAt = this.#plant.age;
    this.#next = 0;
    if (name === 'reset') repair(this.#plant);
    if (name === 'leak') reopen(this.#plant);
  }

  /** Injects what is due. */
  play(): void {
    if (!this.#name) return;
    const steps: readonly Step[] = SCENARIOS[this.#name];
    for (let step = steps[this.#next]; step && this.#plant.age - this.#startedAt >= step.after; step = steps[this.#next]) {
      this.#plant.faults.add(step.fault, this.#plant.age);
      this.#next += 1;
    }
  }
}

/** The crew has repaired what the last telling of the story left isolated; a stopped station stays stopped. */
function reopen(plant: Plant): void {
  const [{ fault }] = SCENARIOS.leak;
  const station = plant.stations.find((one) => fault.target.startsWith(one.design.id));
  const unit = station?.units.find((one) => one.design.id === fault.target);
  if (!unit || station?.stopped) return;
  for (const active of plant.faults.list().filter((one) => one.target === fault.target)) plant.faults.remove(active.id);
  unit.control.branch = 100;
  plant.changed('leak', true);
}

function repair(plant: Plant): void {
  plant.faults.clear();
  for (const station of plant.stations) {
    if (station.stopped) setStop(station, false, plant.age);
    for (const { control } of station.units) {
      control.mode = control.mode === 3 ? 0 : control.mode;
      control.held = false;
      control.branch = 100;
      control.frequency = 44;
      control.run = true;
    }
  }
  plant.source.setpoint = 105;
  for (const boiler of plant.source.boilers) boiler.held = false;
  plant.changed('reset', true);
}
