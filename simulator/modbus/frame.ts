/** Modbus TCP telegrams (MODBUS Messaging on TCP/IP V1.0b, 3.1.3): MBAP header of 7 bytes, then function code and data. */
export interface Adu {
  readonly transaction: number;
  readonly unit: number;
  /** Function code and data. */
  readonly pdu: Buffer;
}

/** What a receive buffer holds: a telegram and the rest, too little yet, or something that is no Modbus. */
export type Parsed =
  | { readonly kind: 'adu'; readonly adu: Adu; readonly rest: Buffer }
  | { readonly kind: 'more' }
  | { readonly kind: 'garbage' };

const HEADER = 7;
/** Largest length field: unit id and a PDU of 253 bytes. */
const LENGTH_MAX = 254;

export function parseAdu(received: Buffer): Parsed {
  if (received.length >= 4 && received.readUInt16BE(2) !== 0) return { kind: 'garbage' };
  if (received.length < 6) return { kind: 'more' };
  const length = received.readUInt16BE(4);
  if (length < 2 || length > LENGTH_MAX) return { kind: 'garbage' };
  const end = 6 + length;
  if (received.length < end) return { kind: 'more' };
  return {
    kind: 'adu',
    adu: { transaction: received.readUInt16BE(0), unit: received.readUInt8(6), pdu: received.subarray(HEADER, end) },
    rest: received.subarray(end),
  };
}

export function buildAdu(adu: Adu): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(adu.transaction, 0);
  header.writeUInt16BE(adu.pdu.length + 1, 4);
  header.writeUInt8(adu.unit, 6);
  return Buffer.concat([header, adu.pdu]);
}

/** Exception codes (MODBUS Application Protocol V1.1b3, 7). */
export const EXCEPTION = { function: 1, address: 2, value: 3, device: 4, path: 0x0a, target: 0x0b } as const;

export const exceptionPdu = (functionCode: number, code: number): Buffer => Buffer.from([(functionCode & 0x7f) | 0x80, code]);
