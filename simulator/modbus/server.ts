import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Device } from './device.ts';
import { answer } from './device.ts';
import type { Adu } from './frame.ts';
import { buildAdu, EXCEPTION, exceptionPdu, parseAdu } from './frame.ts';

/** What is wrong with the line to a unit now. */
export interface LineFault {
  readonly silent?: boolean;
  /** Answers come so many ms late. */
  readonly delay?: number;
  readonly garbage?: boolean;
  readonly exception?: number;
}

export interface ModbusServerOptions {
  readonly host: string;
  readonly port: number;
  /** Devices by unit id. */
  readonly devices: ReadonlyMap<number, Device>;
  readonly line: (unit: number) => LineFault;
  /** Uniform in [0, 1), for garbage. */
  readonly uniform: () => number;
}

const CONNECTIONS_MAX = 64;
const IDLE = 10 * 60_000;

/** Spoiled replies, as bad cabling and bad gateways make them. */
function spoil(reply: Buffer, adu: Adu, uniform: () => number): Buffer {
  const noise = Buffer.from(Array.from({ length: 4 + Math.floor(uniform() * 40) }, () => Math.floor(uniform() * 256)));
  switch (Math.floor(uniform() * 4)) {
    case 0:
      return noise;
    case 1:
      return buildAdu({ ...adu, transaction: (adu.transaction + 1) & 0xffff, pdu: reply });
    case 2:
      return buildAdu({ ...adu, pdu: Buffer.concat([Buffer.from([adu.pdu[0] ?? 3, 250]), noise]) });
    default:
      return buildAdu({ ...adu, pdu: reply }).subarray(0, 5 + Math.floor(uniform() * 3));
  }
}

/** A controller that cannot do it (its memory cannot be written) says so. */
function served(adu: Adu, device: Device): Buffer {
  try {
    return answer(adu.pdu, device);
  } catch (error) {
    process.emitWarning(`unit ${adu.unit}: ${error instanceof Error ? error.message : String(error)}`);
    return exceptionPdu(adu.pdu[0] ?? 0, EXCEPTION.device);
  }
}

function reply(adu: Adu, fault: LineFault, options: ModbusServerOptions): Buffer {
  const code = adu.pdu[0] ?? 0;
  const device = options.devices.get(adu.unit);
  // Broadcast means a write without an answer; over TCP it would reach nobody, so it is refused aloud.
  if (adu.unit === 0) return buildAdu({ ...adu, pdu: exceptionPdu(code, EXCEPTION.path) });
  if (!device) return buildAdu({ ...adu, pdu: exceptionPdu(code, EXCEPTION.target) });
  if (fault.exception !== undefined) return buildAdu({ ...adu, pdu: exceptionPdu(code, fault.exception) });
  const pdu = served(adu, device);
  return fault.garbage ? spoil(pdu, adu, options.uniform) : buildAdu({ ...adu, pdu });
}

function serve(socket: Socket, options: ModbusServerOptions): void {
  let received: Buffer = Buffer.alloc(0);
  const late = new Set<NodeJS.Timeout>();
  const send = (bytes: Buffer): void => {
    if (socket.writable) socket.write(bytes);
  };
  const handle = (adu: Adu): void => {
    const fault = options.line(adu.unit);
    if (fault.silent) return;
    if (!fault.delay) return send(reply(adu, fault, options));
    const timer = setTimeout(() => {
      late.delete(timer);
      send(reply(adu, fault, options));
    }, fault.delay);
    late.add(timer);
  };
  socket.setNoDelay(true);
  socket.setTimeout(IDLE, () => socket.destroy());
  socket.on('data', (chunk) => {
    received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk;
    for (let parsed = parseAdu(received); parsed.kind !== 'more'; parsed = parseAdu(received)) {
      if (parsed.kind === 'garbage') return socket.destroy();
      received = parsed.rest;
      handle({ ...parsed.adu, pdu: Buffer.from(parsed.adu.pdu) });
    }
    return undefined;
  });
  // A peer that resets its connection is everyday life; the socket closes by itself.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const timer of late) clearTimeout(timer);
  });
}

/** Modbus TCP on one port, a device for each unit id. */
export class ModbusServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(options: ModbusServerOptions): Promise<ModbusServer> {
    const server = createServer();
    server.maxConnections = CONNECTIONS_MAX;
    const modbus = new ModbusServer(server);
    server.on('connection', (socket) => {
      modbus.#sockets.add(socket);
      socket.on('close', () => modbus.#sockets.delete(socket));
      serve(socket, options);
    });
    server.listen(options.port, options.host);
    await once(server, 'listening');
    return modbus;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
