import { parentPort, workerData } from 'node:worker_threads';
import { ModelRejected } from '../port.ts';
import { compile } from './compile.ts';
import { Core } from './core.ts';
import type { EngineCommand, Outcome } from './core.ts';
import { cellOf } from './protocol.ts';
import type { Answer, Request, WorkerStart } from './protocol.ts';

/** The engine's thread: groups what has come into one commit, answers after it. */
if (!parentPort) throw new Error('this file runs as a worker thread');
const port = parentPort;
const start: WorkerStart = workerData;
const cell = cellOf(start.memory);
const MAX_GROUP = 256;

let command = 0;
let evaluation = 0;
const begin = (id: number): void => {
  command = id;
  evaluation = 0;
};
const core = new Core(start.file, {
  enter() {
    evaluation += 1;
    if (start.poison.some((each) => each.command === command && each.evaluation === evaluation)) return false;
    cell.culprit[0] = command;
    cell.culprit[1] = evaluation;
    Atomics.add(cell.state, 0, 1);
    return true;
  },
  leave() {
    // Not entered (poisoned) evaluations leave an even count as it is.
    if (Atomics.load(cell.state, 0) % 2 === 1) Atomics.add(cell.state, 0, 1);
  },
});

/** Answers that were committed but perhaps never arrived, because this thread was stopped. */
const remembered: { epoch?: string; answers?: [number, Outcome][] } = JSON.parse(core.db.meta('answers') ?? '{}');
const known = new Map(remembered.epoch === start.epoch ? remembered.answers : []);
let position = core.position();

const post = (answer: Answer): void => port.postMessage(answer);
function report(now: number): void {
  const before = position;
  position = core.position();
  const jobTypes = new Set<string>();
  if (position > before) {
    for (const event of core.events(before, Number.MAX_SAFE_INTEGER)) if (event.kind === 'job') jobTypes.add(String(event.detail['type']));
  }
  post({ position, nextDue: core.nextDue(now), jobTypes: [...jobTypes] });
}

/** Runs commands with their ids in one commit; the answers are part of it. */
function commit(now: number, batch: readonly { readonly id: number; readonly command: EngineCommand }[]): Outcome[] {
  return core.run(
    now,
    batch.map((each) => each.command),
    (outcomes) => {
      core.db.setMeta(
        'answers',
        JSON.stringify({ epoch: start.epoch, answers: outcomes.map((outcome, index) => [batch[index]?.id ?? 0, outcome]) }),
      );
    },
    (index) => begin(batch[index]?.id ?? 0),
  );
}

/** Each timer alone: one that fails must not hold up the others. */
function tick(now: number): void {
  for (const key of core.due(now)) {
    const [outcome] = commit(now, [{ id: -key, command: { do: 'timer', key } }]);
    // A timer that cannot fire is tried again in a minute, not in a tight loop.
    if (outcome && !outcome.ok) core.db.transaction(() => core.db.run('update timer set due = ? where key = ?', now + 60_000, key));
  }
}

function query(request: Request): unknown {
  const { ask } = request;
  switch (ask.kind) {
    case 'activatable':
      return ask.types.flatMap(({ type, limit }) => core.activatable(type, request.now, limit));
    case 'jobs':
      return core.jobs(ask.filter);
    case 'events':
      return core.events(ask.after, ask.limit);
    case 'definitions':
      return core.db.definitions().map((each) => ({
        process: each.graph.id,
        version: each.version,
        hash: each.graph.hash,
        name: each.graph.name,
        xml: core.db.xml(each.key),
      }));
    case 'tick':
      return tick(request.now);
    case 'close':
    case 'command':
    case 'deploy':
      break;
  }
  return undefined;
}

async function deploy(request: Request & { readonly ask: { readonly kind: 'deploy' } }): Promise<void> {
  try {
    const resources = await Promise.all(
      request.ask.resources.map(async (resource) => ({ ...resource, graphs: await compile(resource.name, resource.xml) })),
    );
    const [outcome] = commit(request.now, [{ id: request.id, command: { do: 'deploy', resources } }]);
    if (outcome) post({ id: request.id, outcome });
  } catch (error) {
    if (!(error instanceof ModelRejected)) throw error;
    post({
      id: request.id,
      outcome: { ok: false, error: error.message },
      rejected: { resource: request.ask.resources.map((each) => each.name).join(', '), problems: error.problems },
    });
  }
}

const waiting: Request[] = [];
let busy = false;

async function drain(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let first = waiting.shift(); first; first = waiting.shift()) {
    const repeated = known.get(first.id);
    if (repeated) post({ id: first.id, outcome: repeated });
    else if (first.ask.kind === 'close') {
      core.close();
      post({ id: first.id, outcome: { ok: true, value: undefined } });
      port.close();
      return;
    } else if (first.ask.kind === 'deploy') await deploy({ ...first, ask: first.ask });
    else if (first.ask.kind === 'command') {
      const group = [{ id: first.id, command: first.ask.command }];
      for (let [next] = waiting; next?.ask.kind === 'command' && group.length < MAX_GROUP && !known.has(next.id); [next] = waiting) {
        waiting.shift();
        group.push({ id: next.id, command: next.ask.command });
      }
      const outcomes = commit(first.now, group);
      for (const [index, outcome] of outcomes.entries()) post({ id: group[index]?.id ?? 0, outcome });
    } else post({ id: first.id, outcome: { ok: true, value: query(first) } });
    if (first.ask.kind === 'command' || first.ask.kind === 'deploy' || first.ask.kind === 'tick') report(first.now);
  }
  busy = false;
}

port.on('message', (request: Request) => {
  waiting.push(request);
  // What has already arrived joins the group; then one commit for all.
  setImmediate(() => void drain());
});
post({ position, nextDue: core.nextDue(0), jobTypes: [] });
