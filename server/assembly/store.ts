import { join } from 'node:path';
import type { Clock } from '#domain/time.ts';
import type { Settings } from '../config.ts';
import { openEmbeddedStore } from '../store/embedded/store.ts';
import { openMongoStore } from '../store/mongo/store.ts';
import type { Store } from '../store/port.ts';

/** The document store that the settings choose. @throws Problem STORE_OPEN */
export function openStore({ store, dataDir }: Pick<Settings, 'store' | 'dataDir'>, clock: Clock): Promise<Store> {
  const { kind, url, database } = store;
  return kind === 'mongodb' && url !== null
    ? openMongoStore({ url, database, clock })
    : openEmbeddedStore({ dir: join(dataDir, 'store'), clock });
}
