import type { LedgerType } from '#domain/ledger/definition.ts';

/** Keeps a record type as data and checks its shape at compile time; the schema of the contract checks it when it is deployed. */
export const defineLedger = (type: LedgerType): LedgerType => type;
