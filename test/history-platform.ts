import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SEASON } from '#domain/history/buckets.ts';
import type { Sample } from '#domain/sample.ts';
import { demoPlant } from '#plants/demo.ts';
import { Bus } from '#server/bus.ts';
import { createTagDictionary } from '#server/modules/tags/dictionary.ts';
import { trendsModule } from '#server/modules/trends/module.ts';
import { createToken } from '#server/modules/users/tokens.ts';
import type { AuditEntry } from '#server/services.ts';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { openHistory, type OpenHistory } from '#server/store/history/history.ts';
import { startKit, type Kit } from './edge-kit.ts';

export interface HistoryPlatform extends AsyncDisposable {
  readonly kit: Kit;
  readonly history: OpenHistory;
  /** Folder of the data, as the server has one. */
  readonly dir: string;
  readonly audited: readonly AuditEntry[];
  /** Secret of a new service token. */
  token(name: string, ...rights: readonly string[]): Promise<string>;
}

/** The trends module on a real history and store behind the real edge; answers are checked against the contract. */
export async function startHistoryPlatform(samples: readonly Sample[]): Promise<HistoryPlatform> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-history-platform-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const clock = { now: () => Date.UTC(2026, 0, 12, 8), monotonic: () => performance.now() };
  const history = stack.use(await openHistory({ dir, clock, log }));
  await history.append(samples);
  const audited: AuditEntry[] = [];
  let serial = 0;
  const running = await trendsModule.start({
    history,
    dictionary: createTagDictionary(demoPlant),
    season: DEFAULT_SEASON,
    dataFolder: dir,
    store: stack.use(await openEmbeddedStore({ dir: join(dir, 'store'), clock })),
    bus: new Bus(() => undefined),
    audit: { append: (entry: AuditEntry) => Promise.resolve(audited.push(entry)) },
    clock,
    ids: { next: () => `id${String((serial += 1)).padStart(6, '0')}`, secret: () => '' },
    log,
  });
  stack.defer(async () => running[Symbol.asyncDispose]?.());
  const kit = stack.use(await startKit({ modules: [{ name: 'trends', contract: trendsModule.contract, handlers: running.handlers }] }));
  const moved = stack.move();
  return {
    kit,
    history,
    dir,
    audited,
    token: async (name, ...rights) => (await createToken(kit.context, { name, rights, expiresIn: 30 * 86_400_000, by: 'admin' })).secret,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
