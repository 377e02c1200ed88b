import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Python with pymodbus and asyncua. */
const PYTHON = process.env.PEER_PYTHON ?? 'python3';

/** True when the Python of the peers has a module. */
export const hasModule = (name: string): boolean => spawnSync(PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
/** True when a program can be started. */
export const hasProgram = (name: string): boolean => spawnSync(name, ['--help'], { stdio: 'ignore' }).error === undefined;

/** What a program printed and its exit code; stopped after 20 s. */
export async function run(program: string, args: readonly string[], input?: string): Promise<{ code: number | null; out: string }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 20_000 });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
}

/** Runs a script beside this file and parses the JSON that it prints last. */
export async function script(name: string, ...args: readonly string[]): Promise<unknown> {
  const { code, out } = await run(PYTHON, [fileURLToPath(new URL(name, import.meta.url)), ...args]);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${out}`);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '');
}
