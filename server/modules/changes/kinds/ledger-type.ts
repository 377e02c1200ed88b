import { defineArtefactKind } from '../define-kind.ts';
import type { ArtefactKind } from '../define-kind.ts';
import { namedObject } from './checks.ts';
import type { KindChecks } from './checks.ts';

/** 台账类型: one definition of `ledgers/`, by its id. Whether the records fit it, its consumer tells when it follows. */
export const ledgerTypeKind = (checks: KindChecks = {}): ArtefactKind =>
  defineArtefactKind({
    kind: 'ledger-type',
    label: { zh: '台账类型', en: 'Record type' },
    parse: namedObject,
    validate: async (type, id, world) => (await checks.check?.(type, id, world)) ?? [],
    risk: () => 'middle',
  });
