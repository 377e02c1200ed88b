import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isProblem, Problem } from '#domain/errors.ts';
import { hostClock } from '#server/ambient.ts';
import { openEmbeddedMovable } from '#server/store/embedded/movable.ts';
import { lockFolder, SERVER_LOCK } from '#server/store/folder-lock.ts';
import { moveDocuments } from '#server/store/migrate/move.ts';
import type { Movable } from '#server/store/migrate/movable.ts';
import { openMongoMovable } from '#server/store/mongo/store.ts';
import type { Output } from './cases.ts';

interface Order {
  readonly data: string;
  readonly database: string;
  readonly url: string;
  /** From the data folder to the server, or back. */
  readonly toServer: boolean;
}

const isUrl = (text: string): boolean => /^mongodb(?:\+srv)?:\/\//.test(text);

function parse(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Order {
  const { values } = parseArgs({
    args: [...args],
    options: {
      to: { type: 'string' },
      from: { type: 'string' },
      data: { type: 'string', default: './data' },
      database: { type: 'string', default: env['NUANLIU_MONGO_DATABASE'] ?? 'nuanliu' },
    },
  });
  const { to = '', from, data, database } = values;
  const toServer = to === 'mongodb' || isUrl(to);
  if (!toServer && to !== 'embedded')
    throw new Error('migrate: --to mongodb://..., --to mongodb (address in NUANLIU_MONGO_URL) or --to embedded');
  const url = (toServer ? (isUrl(to) ? to : undefined) : from) ?? env['NUANLIU_MONGO_URL'] ?? '';
  if (!isUrl(url)) throw new Error('migrate: the address of the server is needed: NUANLIU_MONGO_URL, --to or --from mongodb://...');
  if (toServer && !existsSync(join(data, 'store', 'docs.db')))
    throw new Error(`${join(data, 'store')}: there is no store; --data names the folder`);
  return { data, database, url, toServer };
}

/**
 * `nuanliu migrate`: copies every document between the data folder and a server of the MongoDB protocol and compares each.
 * Exit code: 0 moved and compared, 1 a document differs, 2 it could not be done.
 */
export async function migrate(
  args: readonly string[],
  out: Output,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  try {
    const { data, database, url, toServer } = parse(args, env);
    using _lock = lockFolder(data, SERVER_LOCK, 'a server runs on this data folder; stop it first');
    await using server = await openMongoMovable({ url, database, clock: hostClock });
    await using folder: Movable = openEmbeddedMovable(join(data, 'store'));
    const [source, target] = toServer ? [folder, server] : [server, folder];
    out.line(`${source.name} -> ${target.name}`);
    const { collections, documents, sha256 } = await moveDocuments(source, target, (collection, done, of) =>
      out.line(`${collection} ${done}/${of}`),
    );
    out.line(`${documents} documents of ${collections} collections are the same on both, sha256 ${sha256}`);
    out.line(
      toServer ? 'now set store.kind to mongodb, or NUANLIU_MONGO_URL' : 'now set store.kind to embedded, without NUANLIU_MONGO_URL',
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    out.error(`${isProblem(error) ? `${error.code}: ` : ''}${error.message}`);
    return error instanceof Problem && error.code === 'MIGRATE_DIFFERS' ? 1 : 2;
  }
}
