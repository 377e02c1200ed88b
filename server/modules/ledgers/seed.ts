import { Problem } from '#domain/errors.ts';
import { checkRecord } from '#domain/ledger/record.ts';
import type { ModuleContext } from '../../define-module.ts';
import type { Records } from './records.ts';
import { collectionOf, isEntry } from './stored.ts';

const SEEDS = 'ledgerSeeds';

/** A record that the program brings along. */
export interface SeedRecord {
  readonly type: string;
  readonly code: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Brings records into empty ledgers, once in the life of an installation: what people delete later stays deleted.
 * @throws Problem LEDGER_RECORD_INVALID if what is shipped does not fit its type
 */
export async function seedRecords(context: ModuleContext, records: Records, name: string, list: readonly SeedRecord[]): Promise<number> {
  const { store, clock, log } = context;
  if (await store.get(SEEDS, name)) return 0;
  let seeded = 0;
  for (const id of new Set(list.map((one) => one.type))) {
    const type = records.catalogue.need(id);
    if ((await store.count(collectionOf(id), {})) > 0) continue;
    const docs = list
      .filter((one) => one.type === id)
      .map(({ code, values: input }) => {
        const { values, faults } = checkRecord(type, input);
        const [fault] = faults;
        if (fault) throw new Problem('LEDGER_RECORD_INVALID', 500, `shipped record ${id}/${code}: ${fault.field} ${fault.text.en}`);
        return records.newDoc(type, code, values, { by: { id: 'system', name: 'system' }, source: `seed ${name}` });
      });
    await store.insert(collectionOf(id), docs);
    await records.catchUp(docs.flatMap((doc) => (isEntry(doc['_last']) ? [doc['_last']] : [])));
    seeded += docs.length;
  }
  await store.insert(SEEDS, [{ _id: name, at: clock.now(), records: seeded }]);
  log.info({ records: seeded, seed: name }, 'records are seeded');
  return seeded;
}
