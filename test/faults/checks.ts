import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openEmbeddedStore } from '#server/store/embedded/store.ts';
import { openHistory, type OpenHistory } from '#server/store/history/history.ts';
import { verifyAudit } from '#server/store/audit/verify.ts';
import type { Doc, Store } from '#server/store/port.ts';
import type { EngineEvent } from '#server/engines/workflow/port.ts';
import { COMMAND_TAGS, ENDED, commandOf, type Acknowledged } from './load.ts';
import type { Fall } from './programs.ts';

/** What was found in the data folder, for the report. */
export interface Found {
  alarmTransitions: number;
  rises: number;
  instances: number;
  completedTasks: number;
  commands: Record<string, number>;
  longestGap: number;
  auditEntries: number;
}

const DAY = 86_400_000;
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
/** Lists only what breaks a rule, so that a failure shows it and a success prints nothing. */
const none = (broken: readonly unknown[], what: string): void => expect(broken.slice(0, 10), what).toEqual([]);
const doubled = (values: readonly string[]): string[] => values.filter((value, i) => values.indexOf(value) !== i);

async function checkSamples(history: OpenHistory, acknowledged: Acknowledged): Promise<void> {
  for (const [tag, samples] of Map.groupBy(acknowledged.samples, (sample) => sample.tag)) {
    const times = samples.map((sample) => sample.at);
    const from = times.reduce((a, b) => Math.min(a, b));
    const to = times.reduce((a, b) => Math.max(a, b));
    const [series] = await history.read([tag], from, to + 1);
    const stored = new Map(series?.at.map((at, i) => [at, series.value[i]]));
    expect(stored.size, `${tag}: each time once`).toBe(series?.at.length);
    none(
      samples.filter(({ at, value }) => stored.get(at) !== value).map((sample) => ({ ...sample, stored: stored.get(sample.at) })),
      `${tag}: acknowledged samples that are lost or changed`,
    );
  }
}

/** Cycle of the stations, ms, and how many of them may be missed besides the time that a program was down. */
const CYCLE = 10_000;
const MISSED = 3;

/** The way of the flow runtime: no gap but where a program was down, nothing twice, counters never fall. @returns the longest gap, ms */
async function checkCycle(history: OpenHistory, falls: readonly Fall[], from: number, to: number): Promise<number> {
  const [beat, total] = await history.read(['STA001.HB', 'STA001.1HE_T'], from, to);
  if (!beat || !total) throw new Error('STA001 has no history');
  for (const series of [beat, total]) expect(new Set(series.at).size, `${series.tag}: each time once`).toBe(series.at.length);
  const good = beat.at.filter((_, i) => beat.quality[i] === 'good');
  expect(good.length, 'heartbeats were read').toBeGreaterThan(3);
  const gaps = good.slice(1).map((at, i) => {
    const before = good[i] ?? at;
    const down = falls.reduce((sum, fall) => sum + Math.max(0, Math.min(at, fall.backAt) - Math.max(before, fall.at)), 0);
    return { before, at, gap: at - before, down };
  });
  none(
    gaps.filter(({ gap, down }) => gap > down + MISSED * CYCLE),
    'STA001.HB: a gap longer than the programs were down',
  );
  const totals = total.value.map(number).filter((value) => !Number.isNaN(value));
  none(
    totals.filter((value, i) => i > 0 && value < (totals[i - 1] ?? 0)),
    'STA001.1HE_T: a counter that fell',
  );
  return gaps.reduce((longest, { gap }) => Math.max(longest, gap), 0);
}

/** What the device was set to only rises, as the load asked for it: a command that is executed twice or late would turn it back. */
async function checkDevice(history: OpenHistory, from: number, to: number): Promise<void> {
  for (const series of await history.read(COMMAND_TAGS, from, to)) {
    const order = series.value.flatMap((value) => commandOf(number(value)) ?? []);
    expect(order.length, `${series.tag}: a command has reached the device`).toBeGreaterThan(0);
    none(
      order.filter((n, i) => i > 0 && n < (order[i - 1] ?? 0)),
      `${series.tag}: an older setpoint came back`,
    );
  }
}

async function checkCommands(store: Store, acknowledged: Acknowledged): Promise<Record<string, number>> {
  const docs = await store.all('commands', {});
  const byId = new Map(docs.map((doc) => [doc._id, doc]));
  none(
    acknowledged.commands.filter(({ id }) => !byId.has(id)),
    'acknowledged commands that are lost',
  );
  none(doubled(docs.map((doc) => String(doc['key']))), 'commands that are there twice');
  none(doubled(acknowledged.commands.map(({ id }) => id)), 'two keys that got the same command');
  none(
    docs.filter((doc) => !ENDED.includes(String(doc['state']))).map((doc) => [doc._id, doc['state']]),
    'commands without an end',
  );
  const states = (doc: Doc): string[] =>
    Array.isArray(doc['transitions']) ? doc['transitions'].map((one: { state: string }) => one.state) : [];
  none(
    docs.filter((doc) => states(doc).filter((state) => state === 'sent').length > 1 || doubled(states(doc)).length > 0).map(states),
    'commands that were sent or ended twice',
  );
  const count: Record<string, number> = {};
  for (const doc of docs) count[String(doc['state'])] = (count[String(doc['state'])] ?? 0) + 1;
  return count;
}

interface Step {
  readonly alarm: string;
  readonly n: number;
  readonly from: string;
  readonly to: string;
  readonly occurrence: number;
  readonly at: number;
  readonly action: unknown;
}
const stepOf = (doc: Doc): Step => ({
  alarm: String(doc['alarm']),
  n: number(doc['n']),
  from: String(doc['from']),
  to: String(doc['to']),
  occurrence: number(doc['occurrence']),
  at: number(doc['at']),
  action: doc['action'],
});

/** @returns every transition */
async function checkAlarms(store: Store, acknowledged: Acknowledged): Promise<Step[]> {
  const steps = (await store.all('alarmTransitions', {})).map(stepOf);
  for (const [alarm, unordered] of Map.groupBy(steps, (step) => step.alarm)) {
    const chain = unordered.toSorted((a, b) => a.n - b.n);
    none(
      chain.filter((step, i) => {
        const before = chain[i - 1] ?? { n: 0, to: 'normal', occurrence: 0 };
        const rise = step.to === 'unack' && step.occurrence === before.occurrence + 1;
        return step.n !== before.n + 1 || step.from !== before.to || (step.occurrence !== before.occurrence && !rise);
      }),
      `${alarm}: transitions lost, doubled or out of order`,
    );
  }
  const stored = new Set(steps.map((step) => `${step.alarm}#${step.occurrence}#${step.to}#${step.at}`));
  none(
    [...acknowledged.rises.values()].filter(
      ({ alarm, occurrence, raisedAt }) => !stored.has(`${alarm}#${occurrence}#unack#${Date.parse(raisedAt)}`),
    ),
    'rises that people saw and that are gone',
  );
  none(
    acknowledged.alarms.filter(
      ({ id, occurrence }) =>
        steps.filter((step) => step.alarm === id && step.occurrence === occurrence && step.action === 'acknowledge').length !== 1,
    ),
    'acknowledgements that are lost or doubled',
  );
  return steps;
}

function engineLog(dataDir: string): EngineEvent[] {
  const db = new DatabaseSync(join(dataDir, 'workflow.db'), { readOnly: true });
  try {
    return db
      .prepare('select events from log order by first')
      .all()
      .flatMap((row): EngineEvent[] => JSON.parse(String(row['events'])));
  } finally {
    db.close();
  }
}

/** Alarm to process to task: each once. @returns instances and completed user tasks */
async function checkProcesses(
  store: Store,
  dataDir: string,
  steps: readonly Step[],
  acknowledged: Acknowledged,
): Promise<{ instances: number; completedTasks: number }> {
  const log = engineLog(dataDir);
  none(
    log.filter((event, i) => i > 0 && event.position <= (log[i - 1]?.position ?? 0)).map((event) => event.position),
    'positions of the log that are there twice',
  );
  const created = log.filter((event) => event.kind === 'process' && event.intent === 'INSTANCE_CREATED');
  const rises = steps.filter((step) => step.to === 'unack' && step.alarm.endsWith('.MK_FI.hh'));
  expect(created.map((event) => String(event.detail['businessKey'])).toSorted(), 'one instance for each rise of an alarm').toEqual(
    rises.map((step) => `${step.alarm}#${step.occurrence}`).toSorted(),
  );
  const ends = log.filter((event) => event.kind === 'element' && event.intent === 'ELEMENT_COMPLETED');
  none(doubled(ends.map((event) => event.elementKey)), 'elements that were completed twice');
  const completed = log.filter((event) => event.kind === 'job' && event.intent === 'COMPLETED').map((event) => String(event.detail['key']));
  none(doubled(completed), 'jobs that were completed twice');
  none(
    acknowledged.tasks.filter(({ key }) => !completed.includes(key)),
    'acknowledged task completions that are lost',
  );
  const rows = new Map((await store.all('instances', {})).map((doc) => [doc._id, doc]));
  const ended = new Set(ends.filter((event) => event.elementKey === event.instance).map((event) => event.instance));
  none(
    created.filter((event) => rows.get(event.instance)?.['state'] !== (ended.has(event.instance) ? 'completed' : 'active')),
    'instances that the list shows otherwise than the log',
  );
  const tasks = new Map((await store.all('tasks', {})).map((doc) => [doc._id, doc]));
  none(
    acknowledged.tasks.filter(({ key }) => tasks.get(key)?.['state'] !== 'completed'),
    'completed tasks that the list shows otherwise',
  );
  return { instances: created.length, completedTasks: completed.filter((key) => tasks.has(key)).length };
}

/** Holds the data folder of a stopped system to everything that was acknowledged. */
export async function checkAll(
  dataDir: string,
  acknowledged: Acknowledged,
  falls: readonly Fall[],
  span: { readonly from: number; readonly to: number },
): Promise<Found> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  await using history = await openHistory({ dir: dataDir, clock, log });
  await using store = await openEmbeddedStore({ dir: join(dataDir, 'store') });
  await checkSamples(history, acknowledged);
  const longestGap = await checkCycle(history, falls, span.from, span.to);
  await checkDevice(history, span.from - DAY, span.to);
  const commands = await checkCommands(store, acknowledged);
  const steps = await checkAlarms(store, acknowledged);
  const processes = await checkProcesses(store, dataDir, steps, acknowledged);
  const audit = await verifyAudit(dataDir);
  expect(audit.firstBad, 'the audit chain verifies').toBeUndefined();
  expect(audit.ok, 'the audit chain verifies').toBe(true);
  const rises = steps.filter((step) => step.to === 'unack').length;
  return { alarmTransitions: steps.length, rises, ...processes, commands, longestGap, auditEntries: audit.entries };
}
