// Runs a script of this project, or a tool of node_modules, on the pinned Node: node cli/pinned.js FILE ARGS
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { pinnedNode } from './pinned-node.js';

const node = pinnedNode();
// What the tool starts by the name `node` is the pinned one too.
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
const { status, signal, error } = spawnSync(node, process.argv.slice(2), { stdio: 'inherit', env });
if (error) process.stderr.write(`${node}: ${error.message}\n`);
process.exit(status ?? (signal ? 128 + (constants.signals[signal] ?? 0) : 2));
