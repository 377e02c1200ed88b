import { demoPlant } from '#plants/demo.ts';
import { plantRecords } from '#plants/demo-records.ts';
import type { Settings } from '../config.ts';
import { sheets } from '../engines/sheets/sheets.ts';
import { ensureSecret } from '../keys.ts';
import { ledgersModule } from '../modules/ledgers/module.ts';
import type { Deployments } from '../services.ts';
import type { Assembly } from './assembly.ts';

/** Ledgers: their types follow the deployments; the demo begins with the records of its plant. */
export async function assembleLedgers(assembly: Assembly, settings: Settings, deployments: Deployments): Promise<void> {
  await assembly.run(ledgersModule, {
    deployments,
    sheets,
    fieldSecrets: [ensureSecret(settings.dataDir, 'ledger-fields')],
    ...(settings.demo ? { seed: { name: demoPlant.id, records: plantRecords(demoPlant) } } : {}),
  });
}
