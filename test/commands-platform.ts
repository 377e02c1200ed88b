import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus } from '#server/bus.ts';
import { alarmKind } from '#server/modules/changes/kinds/rules.ts';
import { changesModule } from '#server/modules/changes/module.ts';
import { commandsModule } from '#server/modules/commands/module.ts';
import { stopModule } from '#server/modules/stop/module.ts';
import { tokensModule } from '#server/modules/tokens/module.ts';
import { createToken, listTokens, revokeToken } from '#server/modules/users/tokens.ts';
import type { AuditEntry } from '#server/services.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { FakeLink, Plant, dictionary, quiet } from './command-kit.ts';
import { startKit } from './edge-kit.ts';
import type { Kit } from './edge-kit.ts';

export interface CommandsPlatform extends AsyncDisposable {
  readonly kit: Kit;
  readonly plant: Plant;
  readonly link: FakeLink;
  readonly audited: readonly AuditEntry[];
}

/** Commands, stop, artefacts and tokens behind the real edge, on the real store; answers are checked against the contracts. */
export async function startCommandsPlatform(): Promise<CommandsPlatform> {
  await using stack = new AsyncDisposableStack();
  const plant = new Plant();
  const link = new FakeLink(plant.time);
  const audited: AuditEntry[] = [];
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-commands-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const store = stack.use(await openEmbeddedStore({ dir }));
  let serial = 0;
  const context = {
    store,
    audit: { append: (entry: AuditEntry) => Promise.resolve(audited.push(entry)) },
    bus: new Bus(() => undefined),
    clock: plant.time,
    ids: { next: () => `id${String((serial += 1)).padStart(6, '0')}`, secret: () => '' },
    log: quiet,
  };
  link.stop = (targets) => Promise.resolve(targets.map((target) => ({ target, result: 'done', detail: 'latched', ms: 12 })));
  const stop = await stopModule.start({ ...context, link, dataFolder: dir, dictionary });
  stack.defer(async () => stop[Symbol.asyncDispose]?.());
  const remote = { consumer: 'runtime/afar', kind: 'alarm', at: 0 };
  const changes = await changesModule.start({
    ...context,
    kinds: [alarmKind()],
    remoteReports: () => {
      const deployed = changes.deployments.deployed('alarm', 'boiler/supply');
      return [{ ...remote, n: changes.deployments.n, hashes: new Map(deployed ? [['alarm/boiler/supply', deployed.hash]] : []) }];
    },
  });
  await changes.seedShipped([{ kind: 'alarm', id: 'boiler/supply', content: { id: 'boiler/supply', limit: 95 } }]);
  const image = { get: (tag: string) => plant.values.get(tag), apply: () => undefined };
  const needs = { dictionary, image, link, deployments: changes.deployments, timers: plant.time, stopped: stop.stops.latched };
  const commands = await commandsModule.start({ ...context, ...needs });
  stack.defer(async () => commands[Symbol.asyncDispose]?.());
  await plant.time.advance(1000);
  await changes.deployments.deploy({
    artefacts: [{ kind: 'alarm', id: 'boiler/supply', content: { id: 'boiler/supply', limit: 92 } }],
    author: 'chen.siyuan',
    approver: 'zhao.lixin',
    message: 'earlier',
  });
  const tokens = await tokensModule.start({
    ...context,
    tokens: {
      create: (token) => createToken(kit.context, token),
      revoke: (name, by) => revokeToken(kit.context, name, by),
      list: () => listTokens(kit.context.store),
    },
  });
  const kit: Kit = stack.use(
    await startKit({
      modules: [
        { name: 'commands', contract: commandsModule.contract, ...commands },
        { name: 'stop', contract: stopModule.contract, ...stop },
        { name: 'changes', contract: changesModule.contract, ...changes },
        { name: 'tokens', contract: tokensModule.contract, ...tokens },
      ],
    }),
  );
  const owned = stack.move();
  return { kit, plant, link, audited, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
