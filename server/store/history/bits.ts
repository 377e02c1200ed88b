/** Byte writer of the chunk codec: variable-length integers, bit-packed blocks, raw bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #at = 0;

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

  /** Unsigned integers below 2^53 in blocks of 64, each with the width of its largest. */
  packed(values: Float64Array): void {
    for (let start = 0; start < values.length; start += BLOCK) {
      const block = values.subarray(start, start + BLOCK);
      const width = widthOf(block);
      this.byte(width);
      this.#bits(block, width);
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Low 24 bits first, then the rest in the same way: 32-bit arithmetic is enough. */
  #bits(block: Float64Array, width: number): void {
    if (width === 0) return;
    const low = Math.min(width, 24);
    this.#room(Math.ceil((block.length * low) / 8));
    const limit = 2 ** low;
    let held = 0;
    let bits = 0;
    for (const value of block) {
      held |= (value % limit) << bits;
      bits += low;
      while (bits >= 8) {
        this.#bytes[this.#at] = held & 255;
        this.#at += 1;
        held >>>= 8;
        bits -= 8;
      }
    }
    if (bits > 0) this.byte(held & 255);
    if (width > low)
      this.#bits(
        block.map((value) => Math.floor(value / limit)),
        width - low,
      );
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const BLOCK = 64;

function widthOf(block: Float64Array): number {
  let largest = 0;
  for (const value of block) if (value > largest) largest = value;
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

  packed(n: number): Float64Array {
    const values = new Float64Array(n);
    for (let start = 0; start < n; start += BLOCK) this.#bits(values.subarray(start, start + BLOCK), this.byte(), 1);
    return values;
  }

  #bits(block: Float64Array, width: number, factor: number): void {
    if (width === 0) return;
    const low = Math.min(width, 24);
    const limit = 2 ** low;
    const mask = limit - 1;
    let held = 0;
    let bits = 0;
    for (let i = 0; i < block.length; i += 1) {
      while (bits < low) {
        held |= this.byte() << bits;
        bits += 8;
      }
      block[i] = (block[i] ?? 0) + (held & mask) * factor;
      held >>>= low;
      bits -= low;
    }
    if (width > low) this.#bits(block, width - low, factor * limit);
  }
}
