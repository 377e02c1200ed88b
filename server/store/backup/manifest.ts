import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { damaged, type SealedReader, type SealedWriter } from './sealed-file.ts';

const size = Type.Integer({ minimum: 0 });
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Where the bytes of a part lie: number of the sealed file in `sources`, its first byte there, its length. */
const Part = Type.Object({ source: size, offset: size, length: size, sha256 }, { additionalProperties: false });

const StoredFile = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 1000 }),
    kind: Type.Enum(['sqlite', 'plain']),
    size,
    sha256,
    parts: Type.Array(Part),
  },
  { additionalProperties: false },
);
export type StoredFile = Static<typeof StoredFile>;

/** What a backup holds. `sources[0]` is the backup itself, the others are earlier ones of its chain. */
export const Manifest = Type.Object(
  {
    format: Type.Literal(1),
    at: Type.String(),
    sources: Type.Array(Type.Object({ id: Type.String(), seal: sha256 }, { additionalProperties: false })),
    files: Type.Array(StoredFile),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;
const compiled = Compile(Manifest);
const TRAILER = 8;

/** The manifest is the end of the stream: its text, then its length. */
export function writeManifest(writer: SealedWriter, manifest: Manifest): void {
  const text = Buffer.from(JSON.stringify(manifest));
  const length = Buffer.alloc(TRAILER);
  length.writeBigUInt64BE(BigInt(text.length));
  writer.write(text);
  writer.write(length);
}

/** @throws Problem BACKUP_DAMAGED if it cannot be read or names a place outside the target */
export function readManifest(reader: SealedReader): Manifest {
  const fault = (detail: string) => damaged(reader.file, 'manifest', detail);
  if (reader.length < TRAILER) throw fault('is missing');
  const length = Number(reader.read(reader.length - TRAILER, TRAILER).readBigUInt64BE());
  if (length > reader.length - TRAILER) throw fault('has an impossible length');
  const value: unknown = JSON.parse(reader.read(reader.length - TRAILER - length, length).toString('utf8'));
  if (!compiled.Check(value)) throw fault('is not understood');
  const unsafe = value.files.find(({ path }) => !isInside(path));
  if (unsafe) throw fault(`names '${unsafe.path}', outside the folder`);
  return value;
}

/** Anybody who has the public key can make a backup: a name must not lead out of the target. */
const isInside = (path: string): boolean =>
  !/[\\:\0]/.test(path) && path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
