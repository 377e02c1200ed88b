import { WIDTH, locate, type ValueType } from './codec.ts';
import { MAX_REGISTERS, type Table } from './frame.ts';

export interface Block {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}

/**
 * Fewest reads for the rows: neighbours are joined when the gap between them costs less than another telegram (`maxGap` registers), up to the
 * protocol's length. A value never lies in two blocks.
 */
export function planBlocks(
  rows: readonly { readonly register: number; readonly type: ValueType }[],
  maxGap: number,
  maxCount: number = MAX_REGISTERS,
): Block[] {
  const spans = rows
    .map((row) => ({ ...locate(row.register), width: WIDTH[row.type] }))
    .toSorted((a, b) => (a.table === b.table ? a.address - b.address : a.table.localeCompare(b.table)));
  const blocks: { table: Table; address: number; count: number }[] = [];
  for (const span of spans) {
    const last = blocks.at(-1);
    const end = span.address + span.width;
    if (last && last.table === span.table && span.address <= last.address + last.count + maxGap && end - last.address <= maxCount) {
      last.count = Math.max(last.count, end - last.address);
    } else blocks.push({ table: span.table, address: span.address, count: span.width });
  }
  return blocks;
}
