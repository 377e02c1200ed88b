import type { Db } from 'mongodb';
import type { Store } from '../port.ts';

export interface ServerKind {
  readonly capabilities: Store['capabilities'];
  /** Majority reads need a replica set. */
  readonly replicated: boolean;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Asks the server what it is. Transactions and change streams are of a replica set or a router of shards; FerretDB has neither. */
export async function probe(db: Db): Promise<ServerKind> {
  const hello = await db.admin().command({ hello: 1 });
  const build = await db.admin().command({ buildInfo: 1 });
  const set = text(hello['setName']);
  const replicated = set !== undefined || hello['msg'] === 'isdbgrid';
  const real = build['ferretdbVersion'] === undefined && build['ferretdb'] === undefined;
  const server = real ? mongoName(text(build['version']), set, replicated) : ferretName(text(build['ferretdbVersion']));
  return { capabilities: { transactions: real && replicated, changeStream: real && replicated, ttl: real, server }, replicated };
}

function mongoName(version: string | undefined, set: string | undefined, replicated: boolean): string {
  const shape = set === undefined ? (replicated ? 'shards' : 'one server') : `replica set ${set}`;
  return `MongoDB ${version ?? ''} (${shape})`;
}

/** FerretDB in another program, as in our tests, does not know its version. */
const ferretName = (version: string | undefined): string =>
  version === undefined || version === 'unknown' ? 'FerretDB' : `FerretDB ${version.replace(/^v/, '')}`;
