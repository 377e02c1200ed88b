import type { Plant } from './plant.ts';
import { COMMAND_COILS, OPCUA_NODES, UNIT_REGISTERS } from './register-map.ts';
import { setStop } from './station.ts';
import type { UnitState } from './unit.ts';

/**
 * What a device makes of a write: done, not a setpoint, outside its range, or refused in its present mode
 * (local at the cabinet, or CV_SP while the own loop owns the valve).
 */
export type Written = 'done' | 'unknown' | 'range' | 'mode';

const UNIT_TAG = /^(STA\d{3})\.(UNT0[12])\.(\w+)$/;
const LIMITS = new Map<string, readonly [number, number]>(
  [...UNIT_REGISTERS[1], ...OPCUA_NODES].flatMap((row) => (row.write ? [[row.tag.replace('UNT01.', ''), row.write] as const] : [])),
);

const within = (limits: readonly [number, number], value: number): boolean =>
  Number.isFinite(value) && value >= limits[0] && value <= limits[1];

function writeUnit(unit: UnitState, code: string, value: number, wall: number): Written {
  const { control } = unit;
  if (control.mode === 3) return 'mode';
  switch (code) {
    case '2T_SP':
      control.setpoint = value;
      control.held = true;
      return 'done';
    case 'CV_SP':
      if (control.mode === 0) return 'mode';
      control.valve = value;
      control.valveWrittenAt = wall;
      return 'done';
    case 'CP_SP':
      control.frequency = value;
      return 'done';
    case 'BV_SP':
      control.branch = value;
      return 'done';
    case 'MODE':
      if (value !== 0 && value !== 1 && value !== 2) return 'range';
      control.mode = value;
      control.valveWrittenAt = Number.NEGATIVE_INFINITY;
      if (value === 0) control.held = false;
      return 'done';
    default:
      return 'unknown';
  }
}

function writeSource(plant: Plant, tag: string, value: number): Written {
  if (tag === 'SRC001.T_SP') {
    plant.source.setpoint = value;
    return 'done';
  }
  const boiler = plant.source.boilers.find((one) => `${one.id}.HE_SP` === tag);
  if (!boiler) return 'unknown';
  boiler.setpoint = value;
  boiler.held = true;
  return 'done';
}

/** Writes a setpoint; `wall` is the device's clock, ms. */
export function writeSetpoint(plant: Plant, tag: string, value: number, wall: number): Written {
  const [, , , code] = UNIT_TAG.exec(tag) ?? [];
  const limits = LIMITS.get(code ?? tag);
  if (!limits) return 'unknown';
  if (!within(limits, value)) return 'range';
  const unit = code === undefined ? undefined : plant.unit(tag.slice(0, -code.length - 1));
  if (code !== undefined && !unit) return 'unknown';
  const result = unit && code !== undefined ? writeUnit(unit, code, value, wall) : writeSource(plant, tag, value);
  if (result === 'done') plant.changed(tag, value);
  return result;
}

/** Acts on a command coil of a station that was written 1; false for a coil that does not exist. */
export function pulse(plant: Plant, stationId: string, coil: string): boolean {
  const station = plant.station(stationId);
  if (!station || !COMMAND_COILS.some((one) => one.tag === coil)) return false;
  const [unitCode, command] = coil.split('.');
  const unit = station.units.find((one) => one.design.id.endsWith(unitCode ?? ''));
  if (command === 'ESTOP') setStop(station, true, plant.age);
  else if (command === 'RESET') setStop(station, false, plant.age);
  else if (unit) unit.control.run = command === 'PUMP_START';
  plant.changed(`${stationId}.STOPPED`, station.stopped);
  return true;
}
