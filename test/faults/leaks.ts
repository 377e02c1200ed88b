import type { Person } from '../e2e/client.ts';
import { pause } from './programs.ts';

/** A fault in the simulator; it vanishes when the simulator is killed. */
export interface Fault {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
}

/** The simulator's own API. */
export class Faults {
  /** Faults put in, by kind. */
  readonly made = new Map<string, number>();
  readonly #url: string;

  constructor(simulatorUrl: string) {
    this.#url = simulatorUrl;
  }

  async list(): Promise<Fault[]> {
    const plant: unknown = await (await fetch(`${this.#url}/plant`)).json();
    return typeof plant === 'object' && plant !== null && 'faults' in plant && Array.isArray(plant.faults) ? plant.faults : [];
  }

  async value(tag: string): Promise<unknown> {
    const plant: unknown = await (await fetch(`${this.#url}/plant`)).json();
    if (typeof plant !== 'object' || plant === null || !('tags' in plant) || typeof plant.tags !== 'object' || plant.tags === null)
      return undefined;
    return new Map(Object.entries(plant.tags)).get(tag);
  }

  async add(kind: string, target: string, size?: number): Promise<void> {
    const body = JSON.stringify({ kind, target, ...(size === undefined ? {} : { size }) });
    const answer = await fetch(`${this.#url}/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (!answer.ok) throw new Error(`fault ${kind} of ${target}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
    this.made.set(kind, (this.made.get(kind) ?? 0) + 1);
  }

  async remove(id: string): Promise<void> {
    await (await fetch(`${this.#url}/faults/${id}`, { method: 'DELETE' })).body?.cancel();
  }
}

const LEAKING = [
  'STA001.UNT02',
  'STA002.UNT01',
  'STA003.UNT01',
  'STA003.UNT02',
  'STA005.UNT01',
  'STA005.UNT02',
  'STA006.UNT02',
  'STA008.UNT02',
];
const alarmOf = (unit: string): string => `${unit}.MK_FI.hh`;

/**
 * Leaks of several units, each until its alarm has risen, then mended until the alarm has returned, and again: alarms, processes and tasks
 * come and go all the time. What a killed simulator has forgotten is put in again.
 */
export async function driveLeaks(faults: Faults, person: Person, signal: AbortSignal): Promise<void> {
  const waiting = new Map<string, number>();
  for (; !signal.aborted; await pause(1000)) {
    try {
      const answer = await person.raw('GET', `/api/alarms?filter=id:in:${LEAKING.map(alarmOf).join(',')}`);
      if (!answer.ok) {
        await answer.body?.cancel();
        continue;
      }
      const list: { items: { id: string; occurrence: number; active: boolean }[] } = JSON.parse(await answer.text());
      const alarms = new Map(list.items.map((item) => [item.id, item]));
      const active = await faults.list();
      for (const unit of LEAKING) {
        const alarm = alarms.get(alarmOf(unit));
        if (!alarm) continue;
        const leak = active.find((fault) => fault.kind === 'leak-secondary' && fault.target === unit);
        const want = waiting.get(unit) ?? alarm.occurrence + 1;
        waiting.set(unit, want);
        if (alarm.occurrence < want && !leak) await faults.add('leak-secondary', unit, 2.6);
        if (alarm.occurrence >= want && leak) await faults.remove(leak.id);
        if (alarm.occurrence >= want && !leak && !alarm.active) waiting.delete(unit);
      }
    } catch (error) {
      // fetch failed: the server or the simulator is down just now.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}
