import { EXCEPTION, exceptionPdu } from './frame.ts';

/** Outcome of a write: nothing, or the exception code to answer with. */
export type Refused = number | undefined;

/** What a Modbus device offers behind its unit id. Addresses are those of the telegram, from 0; ranges are checked before. */
export interface Device {
  readonly coils: number;
  readonly inputs: number;
  readonly registers: number;
  /** Bits from `address`. */
  readCoils(address: number, count: number): boolean[];
  readInputs(address: number, count: number): boolean[];
  /** `2 * count` bytes. */
  readRegisters(address: number, count: number): Buffer;
  writeCoils(address: number, values: readonly boolean[]): Refused;
  writeRegisters(address: number, data: Buffer): Refused;
}

/** A refused request, inside this file only. */
class ExceptionReply extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exception ${code}`);
    this.code = code;
  }
}

function check(condition: boolean, code: number): asserts condition {
  if (!condition) throw new ExceptionReply(code);
}

function span(pdu: Buffer, most: number, size: number): { address: number; count: number } {
  check(pdu.length >= 5, EXCEPTION.value);
  const address = pdu.readUInt16BE(1);
  const count = pdu.readUInt16BE(3);
  check(count >= 1 && count <= most, EXCEPTION.value);
  check(address + count <= size, EXCEPTION.address);
  return { address, count };
}

function bits(code: number, values: readonly boolean[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(values.length / 8));
  values.forEach((on, i) => {
    if (on) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
}

function write(refused: Refused): void {
  if (refused !== undefined) throw new ExceptionReply(refused);
}

function readBits(pdu: Buffer, device: Device): Buffer {
  const coils = pdu[0] === 1;
  check(pdu.length === 5, EXCEPTION.value);
  const { address, count } = span(pdu, 2000, coils ? device.coils : device.inputs);
  return bits(coils ? 1 : 2, coils ? device.readCoils(address, count) : device.readInputs(address, count));
}

function readWords(pdu: Buffer, device: Device): Buffer {
  check(pdu.length === 5, EXCEPTION.value);
  const { address, count } = span(pdu, 125, device.registers);
  return Buffer.concat([Buffer.from([pdu[0] ?? 0, count * 2]), device.readRegisters(address, count)]);
}

function writeOne(pdu: Buffer, device: Device): Buffer {
  check(pdu.length === 5, EXCEPTION.value);
  const address = pdu.readUInt16BE(1);
  if (pdu[0] === 6) {
    check(address < device.registers, EXCEPTION.address);
    write(device.writeRegisters(address, pdu.subarray(3, 5)));
    return Buffer.from(pdu);
  }
  const value = pdu.readUInt16BE(3);
  check(value === 0 || value === 0xff00, EXCEPTION.value);
  check(address < device.coils, EXCEPTION.address);
  write(device.writeCoils(address, [value !== 0]));
  return Buffer.from(pdu);
}

function writeMany(pdu: Buffer, device: Device): Buffer {
  const words = pdu[0] === 16;
  check(pdu.length >= 6, EXCEPTION.value);
  const { address, count } = span(pdu, words ? 123 : 1968, words ? device.registers : device.coils);
  const bytes = words ? count * 2 : Math.ceil(count / 8);
  check(pdu[5] === bytes && pdu.length === 6 + bytes, EXCEPTION.value);
  const data = pdu.subarray(6);
  if (words) write(device.writeRegisters(address, data));
  else
    write(
      device.writeCoils(
        address,
        Array.from({ length: count }, (_, i) => ((data[i >> 3] ?? 0) & (1 << (i & 7))) !== 0),
      ),
    );
  return Buffer.from(pdu.subarray(0, 5));
}

const FUNCTIONS: Readonly<Record<number, (pdu: Buffer, device: Device) => Buffer>> = {
  1: readBits,
  2: readBits,
  3: readWords,
  4: readWords,
  5: writeOne,
  6: writeOne,
  15: writeMany,
  16: writeMany,
};

/** Answers one request PDU with a reply PDU; whatever the request is, the reply is Modbus. */
export function answer(pdu: Buffer, device: Device): Buffer {
  const code = pdu[0] ?? 0;
  const serve = FUNCTIONS[code];
  if (!serve) return exceptionPdu(code, EXCEPTION.function);
  try {
    return serve(pdu, device);
  } catch (error) {
    if (error instanceof ExceptionReply) return exceptionPdu(code, error.code);
    throw error;
  }
}
