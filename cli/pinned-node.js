// Finds the Node that this project pins. Plain JavaScript: it has to run on whatever Node the host has.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = [24, 21];
const require = createRequire(import.meta.url);
const windows = process.platform === 'win32';
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** The binary that npm installed for this machine, or undefined. `node_modules/.bin/node` is not always there: npm 10 leaves it out. */
function installed() {
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
  return existsSync(modules)
    ? `暖流需要 Node ${want}（本机：${here}），随项目锁定的 Node 没有装上。请执行：npm install --include=optional\n` +
        `或安装 Node ${want} 以上版本后重试。\n` +
        `Nuanliu needs Node ${want} (here: ${here}); the Node pinned by this project is not installed. Run: npm install --include=optional\n` +
        `or install Node ${want} or newer and try again.\n`
    : '还没有安装依赖。请先执行：npm install\nThe dependencies are not installed. Run first: npm install\n';
}

/** Path of the Node to run on; says what to do and ends the process with 2 if there is none. */
export function pinnedNode() {
  const node = existsSync(modules) ? (installed() ?? (hostIsEnough() ? process.execPath : undefined)) : undefined;
  if (node !== undefined) return node;
  process.stderr.write(explain());
  return process.exit(2);
}
