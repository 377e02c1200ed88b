import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import type { TagDictionary } from '../../services.ts';
import { replaceFile } from './append-file.ts';

const listSchema = Type.Object(
  {
    v: Type.Literal(1),
    scopes: Type.Array(
      Type.Object({
        scope: Type.String(),
        label: Type.Object({ zh: Type.String(), en: Type.String() }),
        /** Stations whose controllers are told to go to their safe state, in this order. */
        targets: Type.Array(Type.String(), { minItems: 1 }),
      }),
    ),
  },
  { additionalProperties: false },
);
export type StopList = Static<typeof listSchema>;

/** Every station that has a latch of its own (a tag STOPPED). */
function stopListOf(dictionary: TagDictionary): StopList {
  const scopes = dictionary.assets
    .filter((asset) => asset.type === 'station' && dictionary.tag(`${asset.id}.STOPPED`) !== undefined)
    .map((asset) => ({ scope: asset.id, label: asset.label, targets: [asset.id] }));
  return { v: 1, scopes };
}

/**
 * The preloaded command list: written at each start from the dictionary, so that later a stop asks nothing but this list. Where there is
 * no dictionary (its store is down at the start), the list of the last start is used.
 * @throws Problem STOP_LIST if there is neither.
 */
export async function preload(path: string, dictionary: TagDictionary | undefined): Promise<StopList> {
  if (dictionary) {
    const list = stopListOf(dictionary);
    await replaceFile(path, `${JSON.stringify(list, null, 2)}\n`);
    return list;
  }
  try {
    const list: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (Value.Check(listSchema, list)) return list;
  } catch (error) {
    throw new Problem('STOP_LIST', 500, `the preloaded list of the one-key stop cannot be read: ${path}`, {
      place: { file: path },
      cause: error,
    });
  }
  throw new Problem('STOP_LIST', 500, `the preloaded list of the one-key stop is damaged: ${path}`, { place: { file: path } });
}
