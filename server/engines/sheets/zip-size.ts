import { Problem } from '#domain/errors.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const UNPACKED_LIMIT = 128 * 1024 * 1024;

const damaged = (why: string): Problem => new Problem('LEDGER_SHEET', 422, `this is no XLSX file: ${why}`);

/** Where the table of contents begins and how many entries it has. */
function contentsOf(view: DataView): { readonly at: number; readonly entries: number } {
  const last = Math.max(0, view.byteLength - 22 - 65_535);
  for (let at = view.byteLength - 22; at >= last; at -= 1) {
    if (view.getUint32(at, true) === END) return { at: view.getUint32(at + 16, true), entries: view.getUint16(at + 10, true) };
  }
  throw damaged('it has no table of contents');
}

/**
 * Refuses what would unpack to more than 128 MiB: the reader unpacks an entry up to the size that it declares.
 * @throws Problem LEDGER_SHEET
 */
export function checkUnpackedSize(bytes: Uint8Array): void {
  if (bytes.length < 22) throw damaged('it is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let { at } = contentsOf(view);
  const { entries } = contentsOf(view);
  let total = 0;
  for (let n = 0; n < entries; n += 1) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) throw damaged('its table of contents is broken');
    const [packed, unpacked] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    // An entry that declares nothing would be unpacked without a limit.
    if (unpacked === 0 && packed > 2) throw damaged('an entry hides its size');
    total += unpacked;
    if (total > UNPACKED_LIMIT) throw damaged('it would unpack to more than 128 MiB');
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}
