import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '#domain/ledger/cell.ts';
import { sheets } from './sheets.ts';
import { checkUnpackedSize } from './zip-size.ts';

async function written(format: 'csv' | 'xlsx', rows: readonly (readonly Cell[])[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const source = (async function* all() {
    yield* rows;
  })();
  for await (const part of sheets.write(format, '热力站/1', source)) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}

async function read(format: 'csv' | 'xlsx', bytes: Uint8Array): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const row of sheets.read(format, bytes)) rows.push([...row.cells]);
  return rows;
}

const word = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `x${text}`.trimEnd());
const danger = fc.constantFrom('=1+1', '+8613', '-7', '@cmd', '＝1');

describe.each(['csv', 'xlsx'] as const)('%s', (format) => {
  it('gives back the texts that were written, also those that a spreadsheet would run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(word, fc.oneof(word, danger)), { minLength: 1, maxLength: 5 }), async (rows) => {
        expect(await read(format, await written(format, rows))).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });
});

it('keeps a text from being a formula', async () => {
  const bytes = await written('csv', [['=1+1', '＝cmd']]);
  expect(Buffer.from(bytes).toString()).toBe('\uFEFF"\'=1+1","\'＝cmd"\r\n');
  expect(await read('csv', bytes)).toEqual([['=1+1', '＝cmd']]);
});

/** A ZIP of one entry that declares a size of its own. */
function zip(packed: Uint8Array, unpacked: number): Uint8Array {
  const entry = Buffer.alloc(46 + 1);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(unpacked, 24);
  entry.writeUInt16LE(1, 28);
  entry.write('a', 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(packed.length, 16);
  return Buffer.concat([packed, entry, end]);
}

it('refuses a file that would unpack beyond all measure, or hides how far', () => {
  const packed = deflateRawSync(Buffer.alloc(1024 * 1024));
  expect(() => checkUnpackedSize(zip(packed, 1024 * 1024))).not.toThrow();
  expect(() => checkUnpackedSize(zip(packed, 200 * 1024 * 1024))).toThrow('128 MiB');
  expect(() => checkUnpackedSize(zip(packed, 0))).toThrow('hides its size');
});

it('refuses what is no file of its kind, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await expect(read('xlsx', bytes)).rejects.toMatchObject({ code: 'LEDGER_SHEET', status: 422 });
    }),
    { numRuns: 50 },
  );
});
