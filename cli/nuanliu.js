#!/usr/bin/env node
// Starts the command line on the Node that this project pins. Plain JavaScript: it has to run on whatever Node the host has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = [24, 21];
const require = createRequire(import.meta.url);
const windows = process.platform === 'win32';

/** The binary that npm installed for this machine, or undefined. */
function pinned() {
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    const file = join(folder, 'bin', windows ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function hostIsEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function explain() {
  const here = `Node ${process.versions.node}, ${process.platform}-${process.arch}`;
  const want = NEEDED.join('.');
  const root = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(
    existsSync(join(root, 'node_modules'))
      ? `暖流需要 Node ${want}（本机：${here}），随项目锁定的 Node 没有装上。请执行：npm install --include=optional\n` +
          `或安装 Node ${want} 以上版本后重试。\n` +
          `Nuanliu needs Node ${want} (here: ${here}); the Node pinned by this project is not installed. Run: npm install --include=optional\n` +
          `or install Node ${want} or newer and try again.\n`
      : '还没有安装依赖。请先执行：npm install\nThe dependencies are not installed. Run first: npm install\n',
  );
}

const args = process.argv.slice(2);
const node = pinned() ?? (hostIsEnough() ? process.execPath : undefined);
const root = fileURLToPath(new URL('..', import.meta.url));
if (node === undefined || !existsSync(join(root, 'node_modules'))) {
  explain();
  process.exit(2);
}

// `start` runs in a group of its own: Ctrl C of the terminal then reaches this launcher only (npm sends it once more), and goes on once.
// The channel tells it when this launcher is gone, however it ended.
const long = args[0] === 'start' && !windows;
const child = spawn(node, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('main.ts', import.meta.url)), ...args], {
  stdio: long ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  detached: long,
});

const REPEAT = 1000;
let last = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Short commands share the terminal's group and have the signal already.
    if (!long && signal === 'SIGINT' && process.stdin.isTTY) return;
    const now = performance.now();
    if (now - last < REPEAT) return;
    last = now;
    child.kill(signal);
  });
}
child.on('error', (error) => {
  process.stderr.write(`${node}: ${error.message}\n`);
  process.exit(2);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
