import type { LedgerType } from '#domain/ledger/definition.ts';
import { boiler } from './boiler.ledger.ts';
import { building } from './building.ledger.ts';
import { chpUnit } from './chp-unit.ledger.ts';
import { community } from './community.ledger.ts';
import { dataContract } from './data-contract.ledger.ts';
import { enterprise } from './enterprise.ledger.ts';
import { gateway } from './gateway.ledger.ts';
import { heatFeeAccount } from './heat-fee-account.ledger.ts';
import { heatSource } from './heat-source.ledger.ts';
import { household } from './household.ledger.ts';
import { installationChecklist } from './installation-checklist.ledger.ts';
import { meterExchange } from './meter-exchange.ledger.ts';
import { networkNode } from './network-node.ledger.ts';
import { pipe } from './pipe.ledger.ts';
import { pump } from './pump.ledger.ts';
import { responsiblePerson } from './responsible-person.ledger.ts';
import { roomCollector } from './room-collector.ledger.ts';
import { selectionChecklist } from './selection-checklist.ledger.ts';
import { sensor } from './sensor.ledger.ts';
import { station } from './station.ledger.ts';
import { steamContract } from './steam-contract.ledger.ts';
import { steamCustomer } from './steam-customer.ledger.ts';
import { unit } from './unit.ledger.ts';

/** Every shipped record type (smart-heating 6.1.1.1 a, 5.1-5.3): revision 0 of the artefact `ledger-type/<id>`. */
export const ledgerTypes: readonly LedgerType[] = [
  enterprise,
  responsiblePerson,
  heatSource,
  boiler,
  chpUnit,
  pump,
  station,
  unit,
  community,
  building,
  household,
  roomCollector,
  sensor,
  gateway,
  networkNode,
  pipe,
  meterExchange,
  steamCustomer,
  steamContract,
  heatFeeAccount,
  dataContract,
  selectionChecklist,
  installationChecklist,
];
