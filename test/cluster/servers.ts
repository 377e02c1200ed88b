import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { FERRETDB, hasFerretdb, startFerretdb } from './ferretdb/ferretdb.ts';

export interface ServerUnderTest {
  readonly name: string;
  /** Why it cannot be used here. */
  readonly missing: string | undefined;
  readonly start: () => Promise<AsyncDisposable & { readonly url: string }>;
}

const real = process.env.MONGO_URL;

/** FerretDB always, and the MongoDB that MONGO_URL names. */
export const SERVERS: readonly ServerUnderTest[] = [
  { name: FERRETDB, missing: hasFerretdb() ? undefined : 'needs Go to build FerretDB', start: startFerretdb },
  ...(real === undefined
    ? []
    : [
        {
          name: 'MongoDB of MONGO_URL',
          missing: undefined,
          start: () => Promise.resolve({ url: real, [Symbol.asyncDispose]: () => Promise.resolve() }),
        },
      ]),
];

/** The name of a new database. */
export const freshDatabase = (): string => `nuanliu_test_${randomBytes(6).toString('hex')}`;

export async function dropDatabase(url: string, name: string): Promise<void> {
  const client = await MongoClient.connect(url);
  await client.db(name).dropDatabase();
  await client.close();
}
