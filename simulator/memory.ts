import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from './fields.ts';
import type { Plant } from './plant.ts';
import { Refusal } from './refusal.ts';
import type { UnitState } from './unit.ts';

/**
 * What a plant keeps when its controllers lose power: latches, setpoints, counters. The file is written whole and renamed,
 * so it is never half; `setpoint: null` means that the own curve or the dispatcher moves it.
 */
interface Saved {
  readonly version: 1;
  /** Wall time, ms. */
  readonly savedAt: number;
  readonly stopped: readonly string[];
  readonly units: Readonly<Record<string, SavedUnit>>;
  readonly source: { readonly setpoint: number; readonly boilers: Readonly<Record<string, number | null>> };
  readonly totals: Readonly<Record<string, number>>;
}
interface SavedUnit {
  readonly mode: number;
  readonly setpoint: number | null;
  readonly valve: number;
  readonly frequency: number;
  readonly branch: number;
  readonly run: boolean;
}

/** How often the counters are to be saved, ms. */
export const SAVE_EVERY = 8000;
const FILE = 'simulator-state.json';

function collect(plant: Plant, wall: number): Saved {
  const units: Record<string, SavedUnit> = {};
  for (const unit of plant.stations.flatMap((station) => station.units)) {
    const { mode, setpoint, held, valve, frequency, branch, run } = unit.control;
    units[unit.design.id] = { mode: mode === 3 ? 0 : mode, setpoint: held ? setpoint : null, valve, frequency, branch, run };
  }
  return {
    version: 1,
    savedAt: wall,
    stopped: plant.stations.filter((station) => station.stopped).map((station) => station.design.id),
    units,
    source: {
      setpoint: plant.source.setpoint,
      boilers: Object.fromEntries(plant.source.boilers.map((boiler) => [boiler.id, boiler.held ? boiler.setpoint : null])),
    },
    totals: Object.fromEntries(plant.totals),
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function isSavedUnit(value: unknown): value is SavedUnit {
  return (
    isRecord(value) &&
    (value.mode === 0 || value.mode === 1 || value.mode === 2) &&
    (value.setpoint === null || isNumber(value.setpoint)) &&
    isNumber(value.valve) &&
    isNumber(value.frequency) &&
    isNumber(value.branch) &&
    typeof value.run === 'boolean'
  );
}

function isSaved(value: unknown): value is Saved {
  if (!isRecord(value) || value.version !== 1 || !isNumber(value.savedAt) || !Array.isArray(value.stopped)) return false;
  if (!isRecord(value.units) || !Object.values(value.units).every(isSavedUnit)) return false;
  if (!isRecord(value.source) || !isNumber(value.source.setpoint) || !isRecord(value.source.boilers)) return false;
  if (!Object.values(value.source.boilers).every((load) => load === null || isNumber(load))) return false;
  return isRecord(value.totals) && Object.values(value.totals).every(isNumber);
}

function restoreUnit(unit: UnitState, saved: SavedUnit, stopped: boolean): void {
  const { control } = unit;
  control.mode = saved.mode === 1 ? 1 : saved.mode === 2 ? 2 : 0;
  control.held = saved.setpoint !== null;
  if (saved.setpoint !== null) control.setpoint = saved.setpoint;
  if (control.mode !== 0) control.valve = saved.valve;
  control.frequency = saved.frequency;
  control.branch = saved.branch;
  control.run = saved.run;
  unit.branch = saved.branch;
  unit.frequency = stopped || !saved.run ? 0 : saved.frequency;
  unit.running = unit.frequency > 0;
  unit.makeUp.running = !stopped;
  unit.valve = unit.running ? control.valve : 0;
}

function restore(plant: Plant, saved: Saved, wall: number): void {
  for (const station of plant.stations) {
    station.stopped = saved.stopped.includes(station.design.id);
    for (const unit of station.units) {
      const known = saved.units[unit.design.id];
      if (known) restoreUnit(unit, known, station.stopped);
    }
  }
  plant.source.setpoint = saved.source.setpoint;
  for (const boiler of plant.source.boilers) {
    const load = saved.source.boilers[boiler.id];
    boiler.held = isNumber(load);
    if (isNumber(load)) boiler.setpoint = load;
  }
  for (const tag of plant.totals.keys()) plant.totals.set(tag, saved.totals[tag] ?? plant.totals.get(tag) ?? 0);
  // Meters never fall back: they counted on between the last save and the loss of power.
  plant.credit(Math.min(SAVE_EVERY, Math.max(0, wall - saved.savedAt)) / 1000);
}

/** The plant's non-volatile memory in a data folder. */
export class Memory {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, FILE);
    mkdirSync(folder, { recursive: true });
  }

  /** Restores latches, setpoints and counters; a file that is there but damaged is refused, for it may hold an emergency stop. */
  load(plant: Plant, wall: number): void {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    const saved = parse(text);
    if (!isSaved(saved)) throw new Refusal('SIM_STATE_DAMAGED', 500, `${this.#file} is damaged; remove it to start with a fresh plant`);
    restore(plant, saved, wall);
  }

  /** Writes everything; returns after it is on the disk. */
  save(plant: Plant, wall: number): void {
    const next = join(this.#folder, `${FILE}.next`);
    const handle = openSync(next, 'w');
    try {
      writeSync(handle, JSON.stringify(collect(plant, wall)));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(next, this.#file);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
