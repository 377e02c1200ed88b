#!/usr/bin/env node
// Starts the command line on the Node that this project pins. Plain JavaScript: it has to run on whatever Node the host has.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './pinned-node.js';

const windows = process.platform === 'win32';
const args = process.argv.slice(2);
const node = pinnedNode();

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
