import { Problem } from '#domain/errors.ts';

/** Tables of the Modbus data model with the function code that reads them (Modbus Application Protocol V1.1b3, 6). */
export type Table = 'holding' | 'input' | 'coil' | 'discrete';
const READ: Readonly<Record<Table, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

/** Longest read: 125 registers, 2000 bits. */
export const MAX_REGISTERS = 125;

export interface ReadRequest {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}
export type WriteRequest =
  | { readonly coil: boolean; readonly address: number }
  | { readonly registers: readonly number[]; readonly address: number };

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'device failure',
  5: 'acknowledge',
  6: 'device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target failed to respond',
};

/** A telegram that breaks the protocol: the connection cannot be trusted any more. */
export const garbage = (detail: string): Problem => new Problem('MODBUS_GARBAGE', 502, `not a Modbus answer: ${detail}`);

function mbap(transaction: number, unit: number, pdu: readonly number[]): Buffer {
  const frame = Buffer.alloc(7 + pdu.length);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(0, 2);
  frame.writeUInt16BE(pdu.length + 1, 4);
  frame.writeUInt8(unit, 6);
  Buffer.from(pdu).copy(frame, 7);
  return frame;
}

const word = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];

export const readFrame = (transaction: number, unit: number, request: ReadRequest): Buffer =>
  mbap(transaction, unit, [READ[request.table], ...word(request.address), ...word(request.count)]);

/** FC 5 for a coil, FC 6 for one register, FC 16 for several. */
export function writeFrame(transaction: number, unit: number, request: WriteRequest): Buffer {
  if ('coil' in request) return mbap(transaction, unit, [5, ...word(request.address), request.coil ? 0xff : 0, 0]);
  const { registers, address } = request;
  const [only] = registers;
  if (registers.length === 1 && only !== undefined) return mbap(transaction, unit, [6, ...word(address), ...word(only)]);
  return mbap(transaction, unit, [16, ...word(address), ...word(registers.length), registers.length * 2, ...registers.flatMap(word)]);
}

/** Splits whole frames off a stream. Throws MODBUS_GARBAGE where the header cannot be one. */
export function splitFrames(buffer: Buffer): { readonly frames: readonly Buffer[]; readonly rest: Buffer } {
  const frames: Buffer[] = [];
  let rest = buffer;
  while (rest.length >= 6) {
    const length = rest.readUInt16BE(4);
    if (rest.readUInt16BE(2) !== 0) throw garbage('protocol identifier is not 0');
    if (length < 3 || length > 254) throw garbage(`length ${length}`);
    if (rest.length < 6 + length) break;
    frames.push(rest.subarray(0, 6 + length));
    rest = rest.subarray(6 + length);
  }
  return { frames, rest };
}

function checkHeader(frame: Buffer, transaction: number, unit: number, functionCode: number): Buffer {
  if (frame.readUInt16BE(0) !== transaction) throw garbage(`transaction ${frame.readUInt16BE(0)} instead of ${transaction}`);
  if (frame.readUInt8(6) !== unit) throw garbage(`unit ${frame.readUInt8(6)} instead of ${unit}`);
  const answered = frame.readUInt8(7);
  if (answered === (functionCode | 0x80) && frame.length === 9) {
    const code = frame.readUInt8(8);
    throw new Problem('MODBUS_EXCEPTION', 502, `exception ${code}: ${EXCEPTIONS[code] ?? 'unknown'}`, { context: { exception: code } });
  }
  if (answered !== functionCode) throw garbage(`function ${answered} instead of ${functionCode}`);
  return frame.subarray(8);
}

/** Registers of a read answer, or bits as 0 and 1. */
export function readAnswer(frame: Buffer, transaction: number, unit: number, request: ReadRequest): number[] {
  const body = checkHeader(frame, transaction, unit, READ[request.table]);
  const bits = request.table === 'coil' || request.table === 'discrete';
  const bytes = bits ? Math.ceil(request.count / 8) : request.count * 2;
  if (body.length !== bytes + 1 || body.readUInt8(0) !== bytes) throw garbage(`${body.length - 1} data bytes instead of ${bytes}`);
  if (bits) return Array.from({ length: request.count }, (_, i) => (body.readUInt8(1 + (i >> 3)) >> (i & 7)) & 1);
  return Array.from({ length: request.count }, (_, i) => body.readUInt16BE(1 + i * 2));
}

/** Checks that the answer of a write is the echo that the standard asks for. */
export function writeAnswer(frame: Buffer, transaction: number, unit: number, request: WriteRequest): void {
  const sent = writeFrame(transaction, unit, request).subarray(7);
  const body = checkHeader(frame, transaction, unit, sent.readUInt8(0));
  if (!body.equals(sent.subarray(1, 5))) throw garbage('the echo of the write differs');
}
