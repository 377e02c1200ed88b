import { once } from 'node:events';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { isProblem } from '#domain/errors.ts';
import { createBackup, type BackupResult } from './create.ts';

/*
 * One backup as a program: a child of the server that gets its order over IPC, answers, and ends. A thread would not do: whoever opens and
 * closes a database's file takes the locks of the whole process off it (POSIX), also those of the server's own connections.
 * It finishes its work when the server is gone meanwhile.
 */
const Order = Compile(
  Type.Object({ dataDir: Type.String(), folder: Type.String(), recipients: Type.Array(Type.String()), now: Type.Number() }),
);
const Failure = Type.Object({ code: Type.Union([Type.String(), Type.Null()]), error: Type.String() });
export type BackupAnswer = { readonly result: BackupResult } | Static<typeof Failure>;

async function answer(): Promise<BackupAnswer> {
  try {
    const [order] = await once(process, 'message');
    if (!Order.Check(order)) throw new Error('the order was not understood');
    return { result: await createBackup(order) };
  } catch (error) {
    return { code: isProblem(error) ? error.code : null, error: error instanceof Error ? error.message : String(error) };
  }
}

const told = await answer();
if (process.connected) process.send?.(told, () => process.disconnect());
