// Runs after `npm install`: builds the editor on the pinned Node, so that `npm start` shows it at once.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

if (existsSync(new URL('../editor/vite.config.ts', import.meta.url))) {
  const result = spawnSync('npm', ['run', '--silent', 'build:editor'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = result.status ?? 1;
}
