import { once } from 'node:events';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { isProblem } from '#domain/errors.ts';
import { resolveSettings, SETTINGS_EXIT } from './config.ts';
import { startServer, type StartOptions } from './start-server.ts';

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

/** The server as a program: starts, tells the starter, stops on SIGTERM, SIGINT or when the starter is gone. */
async function main(): Promise<void> {
  const stop = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('disconnect', () => resolve());
    // Ctrl C reaches every program of the terminal's group: the starter decides.
    process.on('SIGINT', () => undefined);
  });
  const server = await startServer(await greeted());
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
