import type { Person } from '../e2e/client.ts';
import { pause } from './programs.ts';

/** What the platform has acknowledged: each must be there afterwards, once. */
export interface Acknowledged {
  readonly samples: { readonly tag: string; readonly at: number; readonly value: number }[];
  readonly commands: { readonly id: string; readonly key: string; readonly tag: string }[];
  readonly tasks: { readonly key: string; readonly element: string }[];
  readonly alarms: { readonly id: string; readonly occurrence: number }[];
  /** Rises that people were shown. */
  readonly rises: Map<string, { readonly alarm: string; readonly occurrence: number; readonly raisedAt: string }>;
  /** Requests that had to be sent again because a program was down. */
  repeats: number;
}

export const nothingYet = (): Acknowledged => ({ samples: [], commands: [], tasks: [], alarms: [], rises: new Map(), repeats: 0 });

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly out: Acknowledged;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly attempts: number;
}

const POLL = 200;

/** Sends the same again until there is an answer: while a program is down there is none. A refusal is an answer. */
async function untilAnswered(load: Pick<Load, 'signal' | 'out'>, ask: () => Promise<Response>): Promise<Answer | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      const answer = await ask();
      const body = await answer.text();
      if (answer.status < 500) return { status: answer.status, body, attempts };
    } catch (error) {
      // fetch failed or the body broke off: the server is down.
      if (!(error instanceof TypeError)) throw error;
    }
    if (load.signal.aborted) return undefined;
    load.out.repeats += 1;
    await pause(POLL);
  }
}

const isOk = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300;

const byToken = ({ token }: Load, key?: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  ...(key === undefined ? {} : { 'idempotency-key': key }),
});

async function sendBatch(load: Load, batch: Acknowledged['samples']): Promise<void> {
  const body = JSON.stringify({ samples: batch.map(({ tag, at, value }) => [tag, at, value, 'good']) });
  const answer = await untilAnswered(load, () => fetch(`${load.url}/api/samples`, { method: 'POST', headers: byToken(load), body }));
  if (!answer) return;
  if (!isOk(answer)) throw new Error(`samples refused: ${answer.status} ${answer.body}`);
  // At that very millisecond the flow had stored one of its own: the first counts, ours is not acknowledged.
  if (answer.attempts === 1 && JSON.parse(answer.body).duplicates > 0) return;
  load.out.samples.push(...batch);
}

const PAST_TAGS = ['STA002.UNT01.USR001.UHE_T', 'STA002.UNT01.USR002.UHE_T', 'STA003.UNT02.USR001.UHE_T', 'STA005.UNT01.USR002.UHE_T'];
const PRESENT_TAGS = ['STA008.UNT01.USR001.UHE_T', 'STA008.UNT01.USR002.UHE_T', 'STA008.UNT02.USR001.UHE_T'];

/** Batches of 40 samples of yesterday, one batch after the other: what a gateway that was offline sends. */
export async function sendOldSamples(load: Load): Promise<void> {
  let at = Date.now() - 86_400_000;
  for (let n = 0; !load.signal.aborted; n += 1) {
    const batch = Array.from({ length: 40 }, (_, i) => ({
      tag: PAST_TAGS[(n + i) % PAST_TAGS.length] ?? '',
      at: (at += 7),
      value: n * 40 + i,
    }));
    await sendBatch(load, batch);
  }
}

/** One sample of each of three tags, now. */
export async function sendNewSamples(load: Load): Promise<void> {
  for (let n = 0, last = 0; !load.signal.aborted; n += 1) {
    last = Math.max(last + 1, Date.now());
    const at = last;
    await sendBatch(
      load,
      PRESENT_TAGS.map((tag, i) => ({ tag, at, value: n * 3 + i })),
    );
  }
}

export const COMMAND_TAGS = ['STA002.UNT02.CP_SP', 'STA004.UNT01.CP_SP', 'STA004.UNT02.CP_SP', 'STA006.UNT01.CP_SP'];
/** Value of the n-th command of a tag; it only rises, so that one that is executed twice or late turns the setpoint back. Hz */
const valueOf = (n: number): number => Number((35.05 + n / 10).toFixed(2));
const LAST_VALUE = 49;
/** Which command a value on the device stems from; undefined: not from this load. */
export function commandOf(value: number): number | undefined {
  const n = (value - 35.05) * 10;
  return n > -0.2 && Math.abs(n - Math.round(n)) < 0.2 ? Math.round(n) : undefined;
}

/** Setpoint commands of one tag, each with its own idempotency key, the next when the one before has ended and the gate's rate allows it. */
export async function sendCommands(load: Load, tag: string): Promise<void> {
  for (let n = 0; !load.signal.aborted && valueOf(n) < LAST_VALUE; n += 1) {
    const value = valueOf(n);
    for (;;) {
      const gate = await untilAnswered(load, () => fetch(`${load.url}/api/gate/${tag}?value=${value}`, { headers: byToken(load) }));
      if (!gate || load.signal.aborted) return;
      if (isOk(gate) && JSON.parse(gate.body).refusal === undefined) break;
      await pause(POLL);
    }
    const key = `${tag}-${n}`;
    const body = JSON.stringify({ tag, value, reason: `load ${n}` });
    const answer = await untilAnswered(load, () =>
      fetch(`${load.url}/api/commands`, { method: 'POST', headers: byToken(load, key), body }),
    );
    if (!answer) return;
    // The gate may have closed meanwhile (a device that does not answer): refused, and said so.
    if (!isOk(answer)) continue;
    const { id } = JSON.parse(answer.body);
    load.out.commands.push({ id, key, tag });
    await untilEnded(load, id);
  }
}

export const ENDED = ['confirmed', 'failed', 'refused', 'expired', 'unknown'];

async function untilEnded(load: Load, id: string): Promise<void> {
  while (!load.signal.aborted) {
    const answer = await untilAnswered(load, () => fetch(`${load.url}/api/commands/${id}`, { headers: byToken(load) }));
    if (answer && isOk(answer) && ENDED.includes(JSON.parse(answer.body).state)) return;
    await pause(POLL);
  }
}

interface TaskView {
  readonly key: string;
  readonly element: string;
  readonly where?: { readonly asset: string };
}

/** What a persona answers to a task, the same for the same task. */
function answerOf({ key, element, where }: TaskView): Record<string, string | number> | undefined {
  const choice = Number(key.slice(-3)) % 4;
  if (element === 'confirm') {
    if (where?.asset === 'STA007.UNT02') return { seen: 'leak at the branch', action: 'close-valve' };
    return choice === 0 ? { seen: 'nothing', action: 'none' } : { seen: 'leak', action: 'setpoint', setpoint: 44 + choice };
  }
  if (element === 'approve') return choice === 0 ? { approved: 'no', comment: 'look again' } : { approved: 'yes' };
  if (element === 'handleFailure') return { next: choice === 0 ? 'propose' : 'by-hand', handling: 'seen to' };
  return undefined;
}

/** Completes every task that the persona may complete, with a fixed idempotency key a task. */
export async function completeTasks(person: Person, load: Load): Promise<void> {
  for (; !load.signal.aborted; await pause(POLL)) {
    const list = await untilAnswered(load, () => person.raw('GET', '/api/tasks?filter=state:eq:open'));
    if (!list) return;
    if (!isOk(list)) throw new Error(`tasks: ${list.status} ${list.body}`);
    const items: TaskView[] = JSON.parse(list.body).items;
    for (const task of items) {
      const variables = answerOf(task);
      if (variables === undefined) continue;
      const headers = { 'idempotency-key': `task-${task.key}` };
      const done = await untilAnswered(load, () => person.raw('POST', `/api/tasks/${task.key}/complete`, { variables }, headers));
      if (done && isOk(done)) load.out.tasks.push({ key: task.key, element: task.element });
    }
  }
}

/** Acknowledges every alarm and remembers each rise that the history of alarms shows. */
export async function watchAlarms(person: Person, load: Load): Promise<void> {
  for (; !load.signal.aborted; await pause(POLL * 5)) {
    const shown = await untilAnswered(load, () => person.raw('GET', '/api/alarms/occurrences?limit=50'));
    if (!shown) return;
    for (const { alarm, occurrence, raisedAt } of JSON.parse(shown.body).items)
      load.out.rises.set(`${alarm}#${occurrence}`, { alarm, occurrence, raisedAt });
    const list = await untilAnswered(load, () => person.raw('GET', '/api/alarms?filter=state:in:unack,rtn-unack,latched-unack'));
    if (!list) return;
    for (const { id, occurrence } of JSON.parse(list.body).items) {
      const headers = { 'idempotency-key': `ack-${id}-${occurrence}` };
      const done = await untilAnswered(load, () => person.raw('POST', `/api/alarms/${id}/acknowledge`, { occurrence }, headers));
      // Nobody else acknowledges: `already` is our own first try, whose answer was lost.
      if (done && (isOk(done) || (done.attempts > 1 && done.body.includes('ALARM_ALREADY')))) load.out.alarms.push({ id, occurrence });
    }
  }
}
