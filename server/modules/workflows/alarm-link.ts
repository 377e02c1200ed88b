import type { AlarmTransition, AlarmView } from '#domain/alarm/types.ts';
import { EngineRefusal } from '../../engines/workflow/port.ts';
import type { WorkflowEngine } from '../../engines/workflow/port.ts';
import type { Bus } from '../../bus.ts';
import type { AlarmService, Log } from '../../services.ts';
import type { Store } from '../../store/port.ts';
import { INSTANCES, parseRow } from './row.ts';

/** How long a return to normal waits for an instance that has not come so far. */
const NORMAL_TTL = 24 * 3_600_000;
const RETURNED = new Set(['normal', 'rtn-unack', 'latched-unack', 'latched-acked']);
const STANDING = new Set(['unack', 'acked']);
const RECONCILE_EVERY = 30_000;

const keyOf = (alarm: string, occurrence: number): string => `${alarm}#${occurrence}`;

/**
 * Alarms start processes and tell them that they are normal again. Both are idempotent (business key, message id), so what a crash cut off
 * is simply done again from the alarms as they stand.
 */
export class AlarmLink {
  readonly #options: {
    readonly engine: WorkflowEngine;
    readonly alarms: Pick<AlarmService, 'current' | 'view'>;
    readonly bus: Bus;
    readonly store: Store;
    readonly log: Log;
  };
  #stop: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly engine: WorkflowEngine;
    readonly alarms: Pick<AlarmService, 'current' | 'view'>;
    readonly bus: Bus;
    readonly store: Store;
    readonly log: Log;
  }) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const failed = (error: unknown): void =>
      this.#options.log.error({ error: String(error) }, 'an alarm could not be handed to its process; it is tried again within 30 s');
    this.#stop = this.#options.bus.on('alarm', (transition) => {
      this.#took(transition).catch(failed);
    });
    this.#timer = setInterval(() => {
      this.reconcile().catch(failed);
    }, RECONCILE_EVERY);
    this.#timer.unref();
    await this.reconcile().catch(failed);
  }

  close(): void {
    this.#stop?.();
    clearInterval(this.#timer);
  }

  /** Everything that should have been started or told, from the present state. */
  async reconcile(): Promise<void> {
    for (const view of this.#options.alarms.current()) if (STANDING.has(view.state)) await this.#start(view);
    for (const doc of await this.#options.store.all(INSTANCES, { state: { $in: ['active', 'incident'] }, alarm: { $exists: true } })) {
      const row = parseRow(doc);
      if (row.alarm === undefined || row.occurrence === undefined) continue;
      const view = this.#options.alarms.view(row.alarm);
      if (view && (view.occurrence > row.occurrence || RETURNED.has(view.state))) await this.#normal(row.alarm, row.occurrence);
    }
  }

  async #took(transition: AlarmTransition): Promise<void> {
    const view = this.#options.alarms.view(transition.alarm);
    if (transition.to === 'unack' && view) await this.#start(view, transition.occurrence);
    else if (RETURNED.has(transition.to) && view?.starts !== undefined) await this.#normal(transition.alarm, transition.occurrence);
  }

  async #start(view: AlarmView, occurrence = view.occurrence): Promise<void> {
    if (view.starts === undefined) return;
    const alarmKey = keyOf(view.id, occurrence);
    try {
      const { key, existing } = await this.#options.engine.start(
        view.starts,
        {
          alarm: view.id,
          occurrence,
          alarmKey,
          asset: view.asset,
          raisedAt: new Date(view.raisedAt ?? view.at).toISOString(),
          value: view.value ?? null,
          priority: view.priority,
          startedBy: 'system',
          ...(view.tag === undefined ? {} : { tag: view.tag }),
          ...(view.limit === undefined ? {} : { limit: view.limit }),
          ...(view.revision === undefined ? {} : { rule: view.revision }),
        },
        alarmKey,
      );
      if (!existing) this.#options.log.info({ alarm: alarmKey, process: view.starts, instance: key }, 'an alarm started a process');
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      this.#options.log.error({ alarm: alarmKey, process: view.starts, error: error.message }, 'the process of an alarm cannot be started');
    }
  }

  async #normal(alarm: string, occurrence: number): Promise<void> {
    const key = keyOf(alarm, occurrence);
    try {
      await this.#options.engine.publish({ name: 'alarm-normal', key, id: key, ttl: NORMAL_TTL });
    } catch (error) {
      if (!(error instanceof EngineRefusal && error.code === 'ALREADY_EXISTS')) throw error;
    }
  }
}
