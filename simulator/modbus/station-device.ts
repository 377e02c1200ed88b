import type { Written } from '../commands.ts';
import { pulse, writeSetpoint } from '../commands.ts';
import type { Plant } from '../plant.ts';
import type { RegisterRow } from '../register-map.ts';
import { COIL_COUNT, COMMAND_COILS, HOLDING_COUNT, HOLDING_REGISTERS, INPUT_COUNT, STATUS_BITS, WIDTH } from '../register-map.ts';
import type { Device, Refused } from './device.ts';
import { EXCEPTION } from './frame.ts';

const REFUSALS: Readonly<Record<Written, Refused>> = {
  done: undefined,
  unknown: EXCEPTION.address,
  range: EXCEPTION.value,
  mode: EXCEPTION.device,
};

function put(buffer: Buffer, row: RegisterRow, value: number): void {
  const at = row.address * 2;
  if (row.type === 'float32') buffer.writeFloatBE(value, at);
  else if (row.type === 'float64') buffer.writeDoubleBE(value, at);
  else buffer.writeUInt16BE(Math.min(65_535, Math.max(0, Math.round(value))), at);
}

const take = (data: Buffer, row: RegisterRow, at: number): number =>
  row.type === 'float32' ? data.readFloatBE(at) : data.readUInt16BE(at);

/** The controller of one station as a Modbus device, after `register-map.ts`. */
export class StationDevice implements Device {
  readonly coils = COIL_COUNT;
  readonly inputs = INPUT_COUNT;
  readonly registers = HOLDING_COUNT;
  readonly #plant: Plant;
  readonly #id: string;
  readonly #now: () => number;

  /** `now` is the controller's clock, ms. */
  constructor(plant: Plant, id: string, now: () => number) {
    this.#plant = plant;
    this.#id = id;
    this.#now = now;
  }

  readCoils(address: number, count: number): boolean[] {
    const latched = this.#plant.tags.get(`${this.#id}.STOPPED`) === true;
    const latch = new Set(COMMAND_COILS.filter((coil) => coil.tag.endsWith('.ESTOP')).map((coil) => coil.address));
    return Array.from({ length: count }, (_, i) => latched && latch.has(address + i));
  }

  readInputs(address: number, count: number): boolean[] {
    const bits = Array.from({ length: INPUT_COUNT }, () => false);
    for (const row of STATUS_BITS) bits[row.address] = this.#plant.tags.get(`${this.#id}.${row.tag}`) === true;
    return bits.slice(address, address + count);
  }

  readRegisters(address: number, count: number): Buffer {
    const all = Buffer.alloc(HOLDING_COUNT * 2);
    for (const row of HOLDING_REGISTERS) {
      const value = this.#plant.tags.get(`${this.#id}.${row.tag}`);
      if (typeof value === 'number') put(all, row, value);
    }
    return all.subarray(address * 2, (address + count) * 2);
  }

  writeCoils(address: number, values: readonly boolean[]): Refused {
    const coils = values.map((_, i) => COMMAND_COILS.find((coil) => coil.address === address + i));
    if (coils.includes(undefined)) return EXCEPTION.address;
    coils.forEach((coil, i) => {
      if (coil && values[i]) pulse(this.#plant, this.#id, coil.tag);
    });
    return undefined;
  }

  /** All or nothing as far as address and range go: every register must belong to a setpoint that is written whole. */
  writeRegisters(address: number, data: Buffer): Refused {
    const end = address + data.length / 2;
    const writes: { tag: string; value: number }[] = [];
    for (let at = address; at < end;) {
      const row = HOLDING_REGISTERS.find((one) => at >= one.address && at < one.address + WIDTH[one.type]);
      if (!row?.write) return EXCEPTION.address;
      if (at !== row.address || row.address + WIDTH[row.type] > end) return EXCEPTION.value;
      const value = take(data, row, (at - address) * 2);
      if (!(value >= row.write[0] && value <= row.write[1])) return EXCEPTION.value;
      writes.push({ tag: `${this.#id}.${row.tag}`, value });
      at += WIDTH[row.type];
    }
    for (const { tag, value } of writes) {
      const refused = REFUSALS[writeSetpoint(this.#plant, tag, value, this.#now())];
      if (refused !== undefined) return refused;
    }
    return undefined;
  }
}
