import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const python = process.env['PEER_PYTHON'] ?? 'python3';

/** A Python module that a peer needs is installed. */
export const hasModule = (name: string): boolean => spawnSync(python, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;

export interface Peer extends Disposable {
  readonly port: number;
  /** Tells the peer how to behave from now on; resolves when it has understood. */
  tell(line: string): Promise<string>;
  kill(): void;
}

/** Starts a script beside this file; its first line is the port it took, each further line answers one that it was told. */
export async function startPeer(script: string, args: readonly string[] = []): Promise<Peer> {
  const child: ChildProcess = spawn(python, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr?.on('data', (data) => errors.push(String(data)));
  child.setMaxListeners(0);
  const lines: string[] = [];
  const readers: ((line: string) => void)[] = [];
  if (!child.stdout) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reader = readers.shift();
    if (reader) reader(line);
    else lines.push(line);
  });
  const line = (): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const ready = lines.shift();
    if (ready !== undefined) resolve(ready);
    else readers.push(resolve);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${errors.join('')}`)));
    return promise;
  };
  const port = Number(await line());
  return {
    port,
    tell(text) {
      child.stdin?.write(`${text}\n`);
      return line();
    },
    kill: () => void child.kill('SIGKILL'),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
