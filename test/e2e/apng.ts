import { crc32 } from 'node:zlib';

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function encode(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}

function frameControl(sequence: number, width: number, height: number, delay: number): Buffer {
  const data = Buffer.alloc(26);
  data.writeUInt32BE(sequence, 0);
  data.writeUInt32BE(width, 4);
  data.writeUInt32BE(height, 8);
  data.writeUInt16BE(delay, 20);
  data.writeUInt16BE(1000, 22);
  return encode('fcTL', data);
}

/**
 * Puts PNG pictures of one size behind each other as one animated PNG (W3C PNG, third edition, 11.3.6); pixels are not encoded anew.
 * @param frames each with its time on the screen in ms
 */
export function animate(frames: readonly { readonly png: Buffer; readonly ms: number }[]): Buffer {
  const [first] = frames;
  if (!first) throw new RangeError('an animation needs a frame');
  const header = chunksOf(first.png).find((chunk) => chunk.type === 'IHDR');
  if (!header) throw new TypeError('not a PNG');
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames.length, 0);
  const out = [SIGNATURE, encode('IHDR', header.data), encode('acTL', control)];
  let sequence = 0;
  frames.forEach((frame, index) => {
    out.push(frameControl(sequence++, width, height, frame.ms));
    for (const chunk of chunksOf(frame.png)) {
      if (chunk.type === 'IHDR' && !chunk.data.equals(header.data)) throw new RangeError(`frame ${index} has another size or colour type`);
      if (chunk.type !== 'IDAT') continue;
      if (index === 0) out.push(encode('IDAT', chunk.data));
      else {
        const number = Buffer.alloc(4);
        number.writeUInt32BE(sequence++);
        out.push(encode('fdAT', Buffer.concat([number, chunk.data])));
      }
    }
  });
  out.push(encode('IEND', Buffer.alloc(0)));
  return Buffer.concat(out);
}
