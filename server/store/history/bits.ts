/** Byte writer of the chunk codec: variable-length integers, bit-packed blocks, raw bytes. Its buffer is kept from one chunk to the next. */
export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  /** Unsigned, up to 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Unsigned integers below 2^53, from `start` to `end`, in blocks of 64, each with the width of its largest. */
  packed(values: Float64Array, start: number, end: number): void {
    for (let from = start; from < end; from += BLOCK) {
      const to = Math.min(end, from + BLOCK);
      let largest = 0;
      for (let i = from; i < to; i += 1) {
        const value = values[i] ?? 0;
        if (value > largest) largest = value;
      }
      const width = largest < 2 ** 31 ? 32 - Math.clz32(largest) : widthOf(largest);
      this.byte(width);
      this.#bits(values, from, to, width, 1);
    }
  }

  /** What was written since `reset`, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  reset(): void {
    this.#at = 0;
  }

  /** Low 24 bits first, then the rest in the same way: 32-bit arithmetic is enough. */
  #bits(values: Float64Array, from: number, to: number, width: number, factor: number): void {
    if (width === 0) return;
    const low = Math.min(width, 24);
    this.#room(Math.ceil(((to - from) * low) / 8) + 1);
    const limit = 2 ** low;
    const small = width === low && factor === 1;
    const bytes = this.#bytes;
    let at = this.#at;
    let held = 0;
    let bits = 0;
    for (let i = from; i < to; i += 1) {
      const value = values[i] ?? 0;
      held |= (small ? value : Math.floor(value / factor) % limit) << bits;
      bits += low;
      while (bits >= 8) {
        bytes[at] = held & 255;
        at += 1;
        held >>>= 8;
        bits -= 8;
      }
    }
    if (bits > 0) {
      bytes[at] = held & 255;
      at += 1;
    }
    this.#at = at;
    if (width > low) this.#bits(values, from, to, width - low, factor * limit);
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const BLOCK = 64;

function widthOf(largest: number): number {
  let width = 0;
  for (let rest = largest; rest >= 1; rest /= 2) width += 1;
  return width;
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError('the chunk ends too early');
    this.#at += 1;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  raw(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the chunk ends too early');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** Bytes that were not read yet. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at);
  }

  /** `n` integers into `values` from `start` on. */
  packed(values: Float64Array, start: number, n: number): void {
    const end = start + n;
    for (let from = start; from < end; from += BLOCK) {
      const to = Math.min(end, from + BLOCK);
      const width = this.byte();
      if (width === 0) values.fill(0, from, to);
      this.#bits(values, from, to, width, 1);
    }
  }

  #bits(values: Float64Array, from: number, to: number, width: number, factor: number): void {
    if (width === 0) return;
    const low = Math.min(width, 24);
    const limit = 2 ** low;
    const mask = limit - 1;
    const bytes = this.#bytes;
    let at = this.#at;
    if (at + Math.ceil(((to - from) * low) / 8) > bytes.length) throw new RangeError('the chunk ends too early');
    let held = 0;
    let bits = 0;
    for (let i = from; i < to; i += 1) {
      while (bits < low) {
        held |= (bytes[at] ?? 0) << bits;
        at += 1;
        bits += 8;
      }
      values[i] = factor === 1 ? held & mask : (values[i] ?? 0) + (held & mask) * factor;
      held >>>= low;
      bits -= low;
    }
    this.#at = at;
    if (width > low) this.#bits(values, from, to, width - low, factor * limit);
  }
}
