import type { Mimic } from './model.ts';
import { parseMimic } from './model.ts';

const FILES = import.meta.glob<unknown>('../../../screens/*.mimic.json', { eager: true, import: 'default' });
const screens = new Map<string, Mimic>(
  Object.values(FILES)
    .map((file) => parseMimic(file))
    .map((mimic) => [mimic.id, mimic]),
);

/** The picture of an asset: its own, or the one that all stations share. */
export const screenOf = (id: string): Mimic | undefined => screens.get(id) ?? (/^STA\d+$/.test(id) ? screens.get('station') : undefined);
