import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { typeFaults } from '#domain/ledger/check-type.ts';
import { ledgerTypes } from '#ledgers/index.ts';
import { Bus } from '#server/bus.ts';
import { sheets } from '#server/engines/sheets/sheets.ts';
import { ledgerTypeKind } from '#server/modules/changes/kinds/ledger-type.ts';
import { changesModule } from '#server/modules/changes/module.ts';
import { parseLedgerType } from '#server/modules/ledgers/catalogue.ts';
import { ledgersModule, type LedgersNeeds } from '#server/modules/ledgers/module.ts';
import type { AuditEntry } from '#server/services.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { quiet } from './command-kit.ts';
import { startKit, type Kit } from './edge-kit.ts';
import { VirtualTime } from './memory-store.ts';

export interface LedgerPlatform extends AsyncDisposable {
  readonly kit: Kit;
  readonly audited: AuditEntry[];
  readonly time: VirtualTime;
  /** Every byte that the store has on the disk. */
  onDisk(): Promise<Buffer>;
  /** Deploys a type past the drafts. */
  deploy(type: LedgerType): Promise<void>;
}

/** Ledgers and artefacts behind the real edge, on the real store; answers are checked against the contracts. */
export async function startLedgers(
  more: { readonly types?: readonly LedgerType[]; readonly seed?: LedgersNeeds['seed'] } = {},
): Promise<LedgerPlatform> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-ledgers-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const store = stack.use(await openEmbeddedStore({ dir }));
  const time = new VirtualTime();
  const audited: AuditEntry[] = [];
  let serial = 0;
  const context = {
    store,
    audit: { append: (entry: AuditEntry) => Promise.resolve(audited.push(entry)) },
    bus: new Bus(() => undefined),
    clock: time,
    ids: { next: () => `id${String((serial += 1)).padStart(6, '0')}`, secret: () => '' },
    log: quiet,
  };
  const kind = ledgerTypeKind({
    check: (content, _id, world) => typeFaults(parseLedgerType(content), new Set(world.list('ledger-type').map((one) => one.id))),
  });
  const changes = await changesModule.start({ ...context, kinds: [kind] });
  await changes.seedShipped((more.types ?? ledgerTypes).map((type) => ({ kind: 'ledger-type', id: type.id, content: type })));
  const needs = { deployments: changes.deployments, sheets, fieldSecrets: ['a secret of the test'] } as const;
  const ledgers = await ledgersModule.start({ ...context, ...needs, ...(more.seed ? { seed: more.seed } : {}) });
  const kit = stack.use(
    await startKit({
      modules: [
        { name: 'ledgers', contract: ledgersModule.contract, ...ledgers },
        { name: 'changes', contract: changesModule.contract, ...changes },
      ],
    }),
  );
  const owned = stack.move();
  return {
    kit,
    audited,
    time,
    onDisk: async () => {
      const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
      return Buffer.concat(await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name)))));
    },
    deploy: async (type) => {
      const artefacts = [{ kind: 'ledger-type', id: type.id, content: type }];
      await changes.deployments.deploy({ artefacts, author: 'chen.siyuan', approver: 'zhao.min', message: 'test' });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
