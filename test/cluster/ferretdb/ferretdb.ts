import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasProgram } from '#server/link/peers/mosquitto.ts';

const here = import.meta.dirname;
const binary = join(here, '.build', 'ferretdb');
const changed = (file: string): number => statSync(file).mtimeMs;

/** As go.mod pins it; the server itself does not know its version when it is a library. */
export const FERRETDB = `FerretDB ${/FerretDB\/FerretDB v([\d.]+)/.exec(readFileSync(join(here, 'go.mod'), 'utf8'))?.[1] ?? ''}`;

/** Builds the server where it is missing or older than its source: minutes the first time, seconds with Go's own cache. @returns why it is not there */
export function buildFerretdb(): string | undefined {
  const inputs = ['main.go', 'go.mod', 'go.sum'].map((file) => join(here, file));
  if (existsSync(binary) && inputs.every((file) => changed(file) <= changed(binary))) return undefined;
  if (!hasProgram('go')) return 'needs Go 1.24 or newer';
  mkdirSync(join(here, '.build'), { recursive: true });
  process.stdout.write(`building ${FERRETDB} (minutes at the first time)\n`);
  const build = spawnSync('go', ['build', '-mod=readonly', '-tags', 'ferretdb_no_postgresql', '-o', binary, '.'], {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (build.status !== 0) throw new Error(`go build ended with ${String(build.status ?? build.signal ?? build.error)}`);
  return undefined;
}

/** False without Go and without a binary that was built before. */
export const hasFerretdb = (): boolean => existsSync(binary);

/** A FerretDB on a free port over a new folder; it ends with its pipe, so that nothing stays behind a test that was killed. */
export async function startFerretdb(): Promise<AsyncDisposable & { readonly url: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'nuanliu-ferretdb-'));
  const child = spawn(binary, ['127.0.0.1:0', `file:${dir}/`], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line]: unknown[] = await Promise.race([once(lines, 'line'), gone]);
  if (typeof line !== 'string') throw new Error(`FerretDB did not start (exit code ${String(line)})`);
  return {
    url: line,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await gone;
      await rm(dir, { recursive: true });
    },
  };
}
