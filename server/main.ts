import { once } from 'node:events';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { isProblem, Problem } from '#domain/errors.ts';
import { resolveSettings, SETTINGS_EXIT } from './config.ts';
import type { startServer, StartOptions } from './start-server.ts';

const Hello = Compile(
  Type.Object({
    settings: Type.Unknown(),
    adminPassword: Type.Optional(Type.String()),
    simulator: Type.Optional(Type.Object({ user: Type.String(), password: Type.String() })),
  }),
);

/** The starter's first message: settings and secrets, over the IPC channel. */
async function greeted(): Promise<StartOptions> {
  if (!process.send) throw new Error('server/main.ts is started by `npm start` or `npm run serve`');
  const [message] = await once(process, 'message');
  if (!Hello.Check(message)) throw new Error('the first message of the starter was not understood');
  const { settings, adminPassword, simulator } = message;
  return {
    settings: resolveSettings(settings),
    ...(adminPassword === undefined ? {} : { adminPassword }),
    ...(simulator ? { simulator } : {}),
  };
}

/** Rules and processes are TypeScript: one that does not load is a broken input, and starting again would not help. */
async function loaded(): Promise<{ readonly startServer: typeof startServer }> {
  try {
    return await import('./start-server.ts');
  } catch (error) {
    if (isProblem(error)) throw error;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Problem('PROGRAM_INVALID', 500, detail, { cause: error });
  }
}

/** The server as a program: starts, tells the starter, stops on SIGTERM, SIGINT or when the starter is gone. */
async function main(): Promise<void> {
  const stop = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('disconnect', () => resolve());
    // Ctrl C reaches every program of the terminal's group: the starter decides.
    process.on('SIGINT', () => undefined);
  });
  const greeting = greeted();
  const { startServer } = await loaded();
  const server = await startServer(await greeting);
  const { url, editorUrl, adminPassword, refused } = server;
  process.send?.({ ready: { url, editorUrl, refused, ...(adminPassword === undefined ? {} : { adminPassword }) } });
  await stop;
  await server[Symbol.asyncDispose]();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const place = isProblem(error) && error.place ? ` (${Object.values(error.place).join(', ')})` : '';
  process.stderr.write(
    `server: ${isProblem(error) ? `${error.code}: ${error.message}${place}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(isProblem(error) ? SETTINGS_EXIT : 1);
}
