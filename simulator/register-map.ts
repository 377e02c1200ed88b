/**
 * The interface of the plant as its documentation would print it: Modbus map of a station, OPC UA nodes of the heat source, MQTT topics.
 *
 * Modbus TCP: one port, unit id n = station n (1..8 = STA001..STA008); any other id answers exception 0x0B, id 0 (broadcast) 0x0A.
 * `register` is the number on the plan (40001 = first holding register); `address` is the one in the telegram (40001 -> 0, 10001 -> 0, 00001 -> 0).
 * float32: two registers, big-endian, high word first (ABCD). float64: four registers, big-endian (ABCDEFGH), all totals. uint16: one register.
 * Holding registers 40001-40300 may be read in any block (FC 3; FC 4 shows the same), unused ones read 0; beyond is exception 02.
 * Setpoints are written whole (FC 16 for float32, FC 6 or 16 for uint16); half a float32 or a value outside its range is exception 03,
 * a register that cannot be written is exception 02. Exception 04: the unit is switched to local (MODE 3, at the cabinet), or CV_SP in MODE 0.
 * As delivered every unit is in MODE 0, but STA001.UNT01 in MODE 2.
 *
 * Blocks for a cycle: 40001 x 24, 40051 x 32 (unit 1), 40101 x 32 (unit 2), 40201 x 30 (setpoints of both), 40299 x 1, inputs 10001 x 32.
 */
export type RegisterType = 'float32' | 'float64' | 'uint16';

/** One value in the holding registers of a station; `tag` is relative to the station (`1T_S`, `UNT02.2T_S`). */
export interface RegisterRow {
  readonly tag: string;
  readonly register: number;
  readonly address: number;
  readonly type: RegisterType;
  readonly unit: string;
  /** Present for setpoints: what may be written. */
  readonly write?: readonly [min: number, max: number];
}

/** A discrete input (read only) or a command coil of a station. */
export interface BitRow {
  readonly tag: string;
  readonly register: number;
  readonly address: number;
}

const FIRST_HOLDING = 40_001;
const FIRST_INPUT = 10_001;
const FIRST_COIL = 1;

const row = (register: number, tag: string, type: RegisterType, unit: string, write?: readonly [number, number]): RegisterRow => ({
  tag,
  register,
  address: register - FIRST_HOLDING,
  type,
  unit,
  ...(write ? { write } : {}),
});
const input = (register: number, tag: string): BitRow => ({ tag, register, address: register - FIRST_INPUT });
const coil = (register: number, tag: string): BitRow => ({ tag, register, address: register - FIRST_COIL });

/** Registers per type. */
export const WIDTH: Readonly<Record<RegisterType, number>> = { float32: 2, float64: 4, uint16: 1 };
/** Holding registers 40001..40300. */
export const HOLDING_COUNT = 300;
/** Discrete inputs 10001..10032. */
export const INPUT_COUNT = 32;
/** Coils 00001..00020. */
export const COIL_COUNT = 20;

/** Primary side of the station. The heartbeat counts seconds, 0..65535, and starts again. */
const STATION_REGISTERS: readonly RegisterRow[] = [
  row(40_001, '1T_S', 'float32', '°C'),
  row(40_003, '1T_R', 'float32', '°C'),
  row(40_005, '1P_S', 'float32', 'MPa'),
  row(40_007, '1P_R', 'float32', 'MPa'),
  row(40_009, '1FL_I', 'float32', 't/h'),
  row(40_011, '1HE_I', 'float32', 'MW'),
  row(40_013, 'TANK_L', 'float32', 'm'),
  row(40_021, '1HE_T', 'float64', 'GJ'),
  row(40_299, 'HB', 'uint16', ''),
];

/** Unit 1 from 40051 and 40201; unit 2 is +50 for measured values and +20 for setpoints. */
function unitRegisters(unit: 1 | 2): RegisterRow[] {
  const measured = 40_051 + (unit - 1) * 50;
  const setpoint = 40_201 + (unit - 1) * 20;
  const tag = (code: string): string => `UNT0${unit}.${code}`;
  return [
    row(measured, tag('2T_S'), 'float32', '°C'),
    row(measured + 2, tag('2T_R'), 'float32', '°C'),
    row(measured + 4, tag('2P_S'), 'float32', 'MPa'),
    row(measured + 6, tag('2P_R'), 'float32', 'MPa'),
    row(measured + 8, tag('2FL_I'), 'float32', 't/h'),
    row(measured + 10, tag('2HE_I'), 'float32', 'MW'),
    row(measured + 12, tag('CV_PO'), 'float32', '%'),
    row(measured + 14, tag('CP_HZ'), 'float32', 'Hz'),
    row(measured + 16, tag('MK_FI'), 'float32', 't/h'),
    row(measured + 18, tag('BV_PO'), 'float32', '%'),
    row(measured + 20, tag('2FL_T'), 'float64', 't'),
    row(measured + 24, tag('2HE_T'), 'float64', 'GJ'),
    row(measured + 28, tag('MK_FT'), 'float64', 'm³'),
    // In automatic the controller's own curve moves 2T_SP until it is written; writing MODE 0 gives it back to the curve.
    row(setpoint, tag('2T_SP'), 'float32', '°C', [20, 75]),
    // Valve in MODE 1 and 2; in MODE 0 it follows CV_PO, so that a change of mode does not bump.
    row(setpoint + 2, tag('CV_SP'), 'float32', '%', [0, 100]),
    row(setpoint + 4, tag('CP_SP'), 'float32', 'Hz', [0, 50]),
    // 0 automatic, 1 manual, 2 remote (CV_SP must be written at least every 5 minutes, else the own loop holds the valve), 3 local (read only).
    row(setpoint + 6, tag('MODE'), 'uint16', '', [0, 2]),
    // Branch valve: 0 isolates the network side of the unit.
    row(setpoint + 8, tag('BV_SP'), 'float32', '%', [0, 100]),
  ];
}

export const UNIT_REGISTERS: Readonly<Record<1 | 2, readonly RegisterRow[]>> = { 1: unitRegisters(1), 2: unitRegisters(2) };

/** Every holding register of a station. */
export const HOLDING_REGISTERS: readonly RegisterRow[] = [...STATION_REGISTERS, ...UNIT_REGISTERS[1], ...UNIT_REGISTERS[2]];

/** Status bits 10001-10032 (FC 2). */
export const STATUS_BITS: readonly BitRow[] = [
  input(10_001, 'STOPPED'),
  input(10_002, 'PWR'),
  input(10_011, 'UNT01.CP_RUN'),
  input(10_012, 'UNT01.MP_RUN'),
  input(10_021, 'UNT02.CP_RUN'),
  input(10_022, 'UNT02.MP_RUN'),
];

/**
 * Command coils (FC 5, 15): pulses, they act when written 1; writing 0 does nothing. They read 0, except ESTOP, which reads the latch.
 * PUMP_START and PUMP_STOP act on the circulation pump of their unit; ESTOP and RESET of either unit act on the whole station.
 * After RESET the drives go back to their standing commands after 5 s.
 */
export const COMMAND_COILS: readonly BitRow[] = [
  coil(1, 'UNT01.PUMP_START'),
  coil(2, 'UNT01.PUMP_STOP'),
  coil(3, 'UNT01.ESTOP'),
  coil(4, 'UNT01.RESET'),
  coil(11, 'UNT02.PUMP_START'),
  coil(12, 'UNT02.PUMP_STOP'),
  coil(13, 'UNT02.ESTOP'),
  coil(14, 'UNT02.RESET'),
];

/** One variable of the heat source's OPC UA server; node id `ns=1;s=<tag>` (1 is the server's own namespace). */
export interface OpcUaRow {
  readonly tag: string;
  readonly nodeId: string;
  readonly type: 'Double' | 'Boolean';
  readonly unit: string;
  readonly write?: readonly [min: number, max: number];
}

const node = (tag: string, type: OpcUaRow['type'], unit: string, write?: readonly [number, number]): OpcUaRow => ({
  tag,
  nodeId: `ns=1;s=${tag}`,
  type,
  unit,
  ...(write ? { write } : {}),
});
const boiler = (n: 1 | 2): OpcUaRow[] => [
  node(`SRC001.BLR0${n}.HE_I`, 'Double', 'MW'),
  node(`SRC001.BLR0${n}.T_S`, 'Double', '°C'),
  // The source's load dispatcher moves HE_SP until it is written; a value out of range is refused with BadOutOfRange.
  node(`SRC001.BLR0${n}.HE_SP`, 'Double', 'MW', [0, 60]),
  node(`SRC001.BLR0${n}.RUN`, 'Boolean', ''),
];

/** Folders Objects/SRC001, SRC001/CHP01, SRC001/BLR01, SRC001/BLR02; endpoint `opc.tcp://127.0.0.1:<port>`. */
export const OPCUA_NODES: readonly OpcUaRow[] = [
  node('SRC001.T_S', 'Double', '°C'),
  node('SRC001.T_R', 'Double', '°C'),
  node('SRC001.P_S', 'Double', 'MPa'),
  node('SRC001.P_R', 'Double', 'MPa'),
  node('SRC001.FL_I', 'Double', 't/h'),
  node('SRC001.FL_T', 'Double', 't'),
  node('SRC001.HE_I', 'Double', 'MW'),
  node('SRC001.HE_T', 'Double', 'GJ'),
  node('SRC001.MK_FI', 'Double', 't/h'),
  node('SRC001.T_SP', 'Double', '°C', [60, 130]),
  node('SRC001.CHP01.HE_I', 'Double', 'MW'),
  node('SRC001.CHP01.P_EL', 'Double', 'MW'),
  node('SRC001.CHP01.FUEL_I', 'Double', 'MW'),
  node('SRC001.CHP01.RUN', 'Boolean', ''),
  ...boiler(1),
  ...boiler(2),
];

/**
 * MQTT, QoS 1. Telemetry `{ts, seq, q, v}`: ts UTC milliseconds, seq counts up per topic, q 'good' | 'uncertain' | 'bad', v measurand -> value.
 * Status (retained, last will): `{ts, online}`.
 */
export const MQTT_TOPICS = {
  /** Every 10 s; v: AT, AH, WS, WD, SR. */
  weather: 'dh/v1/E01/weather/WX001/telemetry',
  /** Every 60 s, spread over the minute; id e.g. `STA001.UNT01.USR001`; v: RT, UT_S, UT_R, UHE_T. */
  household: (id: string): string => `dh/v1/E01/household/${id}/telemetry`,
  /** The gateway through which all of them publish. */
  status: 'dh/v1/E01/gateway/GW001/status',
} as const;
