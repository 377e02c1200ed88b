import type { Alarms, StoredTransition } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { ALARM_TRANSITIONS, parseTransition } from './stored.ts';

const inOrder = (steps: readonly StoredTransition[]): readonly StoredTransition[] => steps.toSorted((a, b) => a.n - b.n);

/** Reads the stored transitions. */
export class AlarmArchive {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async open(): Promise<void> {
    await this.#store.ensureIndex(ALARM_TRANSITIONS, ['key']);
    await this.#store.ensureIndex(ALARM_TRANSITIONS, ['at']);
  }

  async steps(alarm: string, occurrence: number): Promise<readonly StoredTransition[]> {
    return inOrder((await this.#store.all(ALARM_TRANSITIONS, { key: `${alarm}#${occurrence}` })).map(parseTransition));
  }

  async occurrences(plan: Parameters<Alarms['occurrences']>[0]): ReturnType<Alarms['occurrences']> {
    const filter = { $and: [{ to: 'unack' }, plan.filter] };
    const rises = await this.#store.all(ALARM_TRANSITIONS, filter, { sort: plan.sort, limit: plan.read });
    const keyed = rises.map((doc) => ({ _id: doc._id, rise: parseTransition(doc) }));
    const keyOf = ({ alarm, occurrence }: StoredTransition): string => `${alarm}#${occurrence}`;
    const keys = keyed.map(({ rise }) => keyOf(rise));
    const steps = keys.length === 0 ? [] : (await this.#store.all(ALARM_TRANSITIONS, { key: { $in: keys } })).map(parseTransition);
    const byKey = Map.groupBy(steps, keyOf);
    return keyed.map(({ _id, rise }) => ({ ...rise, _id, steps: inOrder(byKey.get(keyOf(rise)) ?? [rise]) }));
  }
}
