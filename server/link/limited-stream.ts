import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '#domain/time.ts';

/** Length of an MQTT packet from its fixed header (MQTT 3.1.1, 2.2.3), byte by byte. */
export class PacketMeter {
  #left = 0;
  #factor = 0;
  #length = 0;

  /** Packets that began in these bytes; undefined as soon as one says that it is longer than the limit. */
  take(bytes: Uint8Array, limit: number): number | undefined {
    let begun = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at] ?? 0;
      at += 1;
      if (this.#factor === 0) {
        begun += 1;
        this.#factor = 1;
        this.#length = 0;
        continue;
      }
      this.#length += (byte & 127) * this.#factor;
      this.#factor *= 128;
      if (this.#length > limit || this.#factor > 128 ** 4) return undefined;
      if (byte < 128) {
        this.#left = this.#length;
        this.#factor = 0;
      }
    }
    return begun;
  }
}

/**
 * A socket that cuts a connection whose packet is too long before it is in memory, and reads no faster than the rate: the sender is slowed
 * down by TCP, nothing is lost.
 */
export class LimitedStream extends Duplex {
  /** Packets a second; low until the client has logged in. */
  rate = 50;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #meter = new PacketMeter();
  #tokens: number;
  #filledAt: number;
  #pause: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: { readonly clock: Clock; readonly limit: number }) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#clock = options.clock;
    this.#limit = options.limit;
    this.#tokens = this.rate;
    this.#filledAt = options.clock.monotonic();
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    if (!this.#pause) this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#pause);
    this.#socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    const packets = this.#meter.take(bytes, this.#limit);
    if (packets === undefined) {
      this.destroy(new Error(`a packet is longer than ${this.#limit} bytes`));
      return;
    }
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.rate, this.#tokens + ((now - this.#filledAt) / 1000) * this.rate) - packets;
    this.#filledAt = now;
    const room = this.push(bytes);
    if (!room || this.#tokens < 0) this.#socket.pause();
    if (this.#tokens >= 0) return;
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.#socket.resume();
      },
      (-this.#tokens / this.rate) * 1000,
    );
  }
}
