import { join } from 'node:path';
import type { Clock } from '#domain/time.ts';
import type { Settings } from '../config.ts';
import { openEmbeddedStore } from '../store/embedded/store.ts';
import type { Store } from '../store/port.ts';

/** The document store that the settings choose. @throws Problem STORE_OPEN */
export async function openStore({ store, dataDir }: Pick<Settings, 'store' | 'dataDir'>, clock: Clock): Promise<Store> {
  const { kind, url, database } = store;
  if (kind !== 'mongodb' || url === null) return openEmbeddedStore({ dir: join(dataDir, 'store'), clock });
  // Only who uses it waits for the driver to load, and has it in memory.
  const { openMongoStore } = await import('../store/mongo/store.ts');
  return openMongoStore({ url, database, clock });
}
