import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { ifThere } from './data-files.ts';

/**
 * What the earlier backups of a chain hold, kept in the data folder: the server cannot read its own backups, it has no secret key.
 * Parts and files name their sources by number.
 */
const PartIndex = Type.Object(
  {
    format: Type.Literal(1),
    folder: Type.String(),
    recipients: Type.Array(Type.String()),
    began: Type.Integer(),
    sources: Type.Array(Type.Object({ id: Type.String(), seal: Type.String(), file: Type.String(), size: Type.Integer() })),
    /** SHA-256 -> source, offset, length. */
    parts: Type.Record(Type.String(), Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer()])),
    /** Path -> the stamp with which the file was copied, and its content. */
    files: Type.Record(
      Type.String(),
      Type.Object({
        stamp: Type.String(),
        kind: Type.Enum(['sqlite', 'plain']),
        size: Type.Integer(),
        sha256: Type.String(),
        parts: Type.Array(Type.String()),
      }),
    ),
  },
  { additionalProperties: false },
);
export type PartIndex = Static<typeof PartIndex>;
const compiled = Compile(PartIndex);
/** After so long a backup stands alone again: a chain is only as good as each of its files. */
const CHAIN_MILLIS = 7 * 24 * 60 * 60_000;

const pathOf = (own: string): string => join(own, 'parts.json');

/** The index of the chain that the next backup may go on with; an empty one begins a new chain. */
export function loadIndex(own: string, folder: string, recipients: readonly string[], now: number): PartIndex {
  const empty: PartIndex = { format: 1, folder, recipients: [...recipients], began: now, sources: [], parts: {}, files: {} };
  const [text] = ifThere(() => readFileSync(pathOf(own), 'utf8'));
  if (text === undefined) return empty;
  const value = parsed(text);
  if (!compiled.Check(value)) return empty;
  const same = value.folder === folder && JSON.stringify(value.recipients) === JSON.stringify(recipients);
  const age = now - value.began;
  return same && age >= 0 && age < CHAIN_MILLIS && value.sources.every((source) => isThere(folder, source)) ? value : empty;
}

/** Whole or not at all, whatever happens meanwhile. */
export function saveIndex(own: string, index: PartIndex): void {
  const fresh = `${pathOf(own)}.new`;
  writeFileSync(fresh, JSON.stringify(index), { mode: 0o600, flush: true });
  renameSync(fresh, pathOf(own));
}

const isThere = (folder: string, { file, size }: { readonly file: string; readonly size: number }): boolean =>
  statSync(join(folder, file), { throwIfNoEntry: false })?.size === size;

/** An index that cannot be read costs one full backup, no more. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
