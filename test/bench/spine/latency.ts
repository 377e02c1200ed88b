import type { Person } from '../../e2e/client.ts';
import { percentile, sleep } from '../measure.ts';
import { isRecord } from './json.ts';
import { NotSeen, type Live } from './live.ts';

/** A sample of the plant itself that is newer than ours hides it: such a trial tells nothing and is left out. */
const LIMIT = 3000;
const LEFT_OUT_AT_MOST = 0.05;
const METERS = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `STA00${n}.UNT01.USR001.UHE_T`);
/** Few: bringing an alarm back to normal costs ten requests, which are not what is measured. */
const STATIONS = ['STA002', 'STA004', 'STA006'];

export const TOPICS = [...METERS.map((tag) => `tag:${tag}`), 'alarms'];

/** Posts samples by the interface for scripts. */
export class Poster {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async post(tag: string, value: number | boolean, at = Date.now()): Promise<void> {
    const answer = await fetch(`${this.#url}/api/samples`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ samples: [[tag, at, value, 'good']] }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`samples refused: ${answer.status} ${text}`);
  }
}

/** A newer value of the tag may stand for ours: the socket sends the newest. */
const showsTag =
  (tag: string, at: number) =>
  ({ tags }: Readonly<Record<string, unknown>>): boolean =>
    Array.isArray(tags) && tags.some((row) => Array.isArray(row) && row[0] === tag && Number(row[1]) >= at);

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
  readonly leftOut: number;
}

/** Trials in lanes of their own, at random moments, until the time is over. @throws Error if too many tell nothing */
async function trials(names: readonly string[], seconds: number, trial: (name: string, n: number) => Promise<number>): Promise<Latency> {
  const taken: number[] = [];
  let leftOut = 0;
  const until = performance.now() + seconds * 1000;
  const lane = async (name: string): Promise<void> => {
    for (let n = 1; performance.now() < until; n += 1) {
      try {
        taken.push(await trial(name, n));
      } catch (error) {
        if (!(error instanceof NotSeen)) throw error;
        leftOut += 1;
      }
    }
  };
  await Promise.all(names.map(lane));
  if (leftOut > LEFT_OUT_AT_MOST * taken.length) throw new Error(`${leftOut} of ${taken.length + leftOut} trials were never seen`);
  return { p50: percentile(taken, 50), p95: percentile(taken, 95), count: taken.length, leftOut };
}

/** From the request that carries a sample to its value on the web socket, ms; eight tags at once. */
export const sampleToBrowser = (live: Live, poster: Poster, seconds: number): Promise<Latency> =>
  trials(METERS, seconds, async (tag, n) => {
    // Any moment between two flushes of the socket.
    await sleep(Math.random() * 300);
    const at = Date.now();
    const began = performance.now();
    const [shown] = await Promise.all([live.next(showsTag(tag, at), LIMIT, tag), poster.post(tag, 1_000_000 + n, at)]);
    return shown - began;
  });

const showsAlarm =
  (id: string, states: readonly string[]) =>
  ({ alarm }: Readonly<Record<string, unknown>>): boolean =>
    isRecord(alarm) && alarm['id'] === id && states.includes(String(alarm['state']));

/** Back to normal: returned, acknowledged, reset; what the state of the moment does not need is refused, and that is right. */
async function calm(person: Person, poster: Poster, station: string): Promise<void> {
  const alarm = `/api/alarms/${station}.stopped`;
  for (let tries = 0; tries < 50; tries += 1) {
    const now: unknown = await person.send('GET', alarm);
    if (!isRecord(now)) throw new Error(`${alarm} answers ${JSON.stringify(now)}`);
    if (now['state'] === 'normal') return;
    await poster.post(`${station}.STOPPED`, false);
    const steps: readonly (readonly [string, object | undefined])[] = [
      ['acknowledge', { occurrence: now['occurrence'] }],
      ['reset', undefined],
    ];
    for (const [action, body] of steps) {
      const answer = await person.raw('POST', `${alarm}/${action}`, body);
      const text = await answer.text();
      if (!answer.ok && answer.status !== 409) throw new Error(`${alarm}/${action}: ${answer.status} ${text}`);
    }
  }
  throw new Error(`${station}: the alarm does not come back to normal`);
}

/**
 * From the request that carries `STOPPED = true` to the alarm on the web socket, ms. The alarm `stopped` has no delay; it is durable before
 * it is told.
 */
export async function alarmToStrip(live: Live, poster: Poster, person: Person, seconds: number): Promise<Latency> {
  const latency = await trials(STATIONS, seconds, async (station) => {
    await calm(person, poster, station);
    await sleep(Math.random() * 300);
    const began = performance.now();
    const [shown] = await Promise.all([
      live.next(showsAlarm(`${station}.stopped`, ['unack']), LIMIT, `${station}.stopped`),
      poster.post(`${station}.STOPPED`, true),
    ]);
    return shown - began;
  });
  await Promise.all(STATIONS.map((station) => calm(person, poster, station)));
  return latency;
}
