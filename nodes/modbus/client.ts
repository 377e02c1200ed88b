import { createConnection, type Socket } from 'node:net';
import { Problem } from '#domain/errors.ts';
import { garbage, readAnswer, readFrame, splitFrames, writeAnswer, writeFrame, type ReadRequest, type WriteRequest } from './frame.ts';

export interface ModbusOptions {
  readonly host: string;
  readonly port: number;
  readonly unit: number;
  /** Longest wait for a connection or an answer, ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

interface Job {
  readonly run: () => Promise<void>;
  readonly urgent: boolean;
}

/**
 * One connection to one device (unit id), one telegram at a time. Transaction, unit, function and length of each answer are checked; at the
 * first doubt or silence the connection is dropped, so that a late answer can never be taken for another one.
 */
export class ModbusClient {
  readonly #options: ModbusOptions;
  readonly #jobs: Job[] = [];
  #socket: Socket | undefined;
  #transaction = 0;
  #busy = false;

  constructor(options: ModbusOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#drop());
  }

  /** Registers, or bits as 0 and 1. */
  read(request: ReadRequest): Promise<number[]> {
    return this.#queue(false, async () => {
      const transaction = this.#next();
      const frame = await this.#exchange(readFrame(transaction, this.#options.unit, request));
      return readAnswer(frame, transaction, this.#options.unit, request);
    });
  }

  /** Rejects with MODBUS_TIMEOUT or MODBUS_CLOSED if nobody knows whether it took effect; it is never sent again by itself. */
  write(request: WriteRequest, options: { readonly urgent?: boolean } = {}): Promise<void> {
    return this.#queue(options.urgent ?? false, async () => {
      const transaction = this.#next();
      const frame = await this.#exchange(writeFrame(transaction, this.#options.unit, request));
      writeAnswer(frame, transaction, this.#options.unit, request);
    });
  }

  /** The same as `read`, before everything that waits: for the read-back of a stop. */
  readUrgently(request: ReadRequest): Promise<number[]> {
    return this.#queue(true, async () => {
      const transaction = this.#next();
      return readAnswer(
        await this.#exchange(readFrame(transaction, this.#options.unit, request)),
        transaction,
        this.#options.unit,
        request,
      );
    });
  }

  #next(): number {
    this.#transaction = (this.#transaction + 1) & 0xffff;
    return this.#transaction;
  }

  #queue<T>(urgent: boolean, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = async (): Promise<void> => {
      try {
        if (this.#options.signal.aborted)
          throw new Problem('MODBUS_CLOSED', 503, 'the device is being stopped', { context: { sent: false } });
        resolve(await work());
      } catch (error) {
        // An exception is a proper answer; everything else leaves the stream in doubt.
        if (!(error instanceof Problem && error.code === 'MODBUS_EXCEPTION')) this.#drop();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const job = { run, urgent };
    if (urgent) this.#jobs.splice(this.#jobs.findLastIndex((waiting) => waiting.urgent) + 1, 0, job);
    else this.#jobs.push(job);
    if (!this.#busy) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) await job.run();
    this.#busy = false;
  }

  async #connect(): Promise<Socket> {
    if (this.#socket && !this.#socket.destroyed) return this.#socket;
    const { host, port, timeout } = this.#options;
    const socket = createConnection({ host, port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const timer = setTimeout(
      () =>
        reject(
          new Problem('MODBUS_UNREACHABLE', 503, `no connection to ${host}:${port} within ${timeout} ms`, { context: { sent: false } }),
        ),
      timeout,
    );
    socket.once('connect', () => resolve(socket));
    socket.on('error', (error) =>
      reject(new Problem('MODBUS_UNREACHABLE', 503, `${host}:${port}: ${error.message}`, { context: { sent: false } })),
    );
    try {
      this.#socket = await promise;
      return this.#socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(frame: Buffer): Promise<Buffer> {
    const socket = await this.#connect();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    let received = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      try {
        received = Buffer.concat([received, chunk]);
        const { frames, rest } = splitFrames(received);
        const [answer] = frames;
        if (answer && (frames.length > 1 || rest.length > 0)) throw garbage('more than one answer');
        if (answer) resolve(answer);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const onClose = (): void => reject(new Problem('MODBUS_CLOSED', 503, 'the device closed the connection', { context: { sent: true } }));
    const { timeout } = this.#options;
    const timer = setTimeout(
      () => reject(new Problem('MODBUS_TIMEOUT', 504, `no answer within ${timeout} ms`, { context: { sent: true } })),
      timeout,
    );
    socket.on('data', onData).once('close', onClose);
    try {
      socket.write(frame);
      return await promise;
    } finally {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
    }
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
