import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BROKER = 'mosquitto';
const PASSWORDS = 'mosquitto_passwd';

export const hasProgram = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;

/** A port that was free a moment ago; mosquitto cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** Stops and starts it again, on the same port. */
  restart(between?: () => Promise<void>): Promise<void>;
}

/** A real mosquitto with the access rules that wire.ts asks of an external broker. Users: server, edge; password = name. */
export async function startMosquitto(): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-mosquitto-'));
  const port = await freePort();
  const file = (name: string): string => join(dir, name);
  await writeFile(file('passwords'), '', { mode: 0o600 });
  for (const user of ['server', 'edge']) spawnSync(PASSWORDS, ['-b', file('passwords'), user, user]);
  await writeFile(
    file('acl'),
    'user server\ntopic readwrite nl/v1/#\npattern write nl/v1/%u/batch\npattern write nl/v1/%u/cmdack\npattern write nl/v1/%u/hello\npattern read nl/v1/%u/ack\npattern read nl/v1/%u/cmd\npattern read nl/v1/%u/deployment\n',
    { mode: 0o600 },
  );
  await writeFile(
    file('conf'),
    `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${file('passwords')}\nacl_file ${file('acl')}\nuser root\n`,
  );
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const started = spawn(BROKER, ['-v', '-c', file('conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    for await (const chunk of started.stderr) if (String(chunk).includes('running')) break;
    started.stderr.on('error', () => undefined);
  };
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    async restart(between) {
      await stop();
      await between?.();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(dir, { recursive: true });
    },
  };
}
