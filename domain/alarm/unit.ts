import { parseDuration } from '../time.ts';
import type { Millis } from '../time.ts';
import type { Truth } from './condition.ts';
import { kindOf, priorityOf } from './definition.ts';
import type { AlarmDefinition, Level, NamedConditions } from './definition.ts';
import { compileOver, sourceOf } from './source.ts';
import type { CellOf, TruthSource } from './source.ts';
import { initialState, settle, shown } from './state.ts';
import type { MachineState } from './state.ts';
import type { EngineSample } from './tag-cell.ts';
import type { Timer } from './timers.ts';
import type { AlarmState, Priority } from './types.ts';
import type { WindowState } from './window.ts';

/** What made a transition happen. */
export interface Why {
  readonly kind: 'sample' | 'stale' | 'delay' | 'shelf' | 'action' | 'definition';
  readonly action?: string;
}

/** Stored form of one alarm; everything that is not a sample. */
export interface AlarmRecord {
  readonly id: string;
  readonly machine: MachineState;
  readonly truth: boolean;
  readonly truthSince?: Millis;
  readonly evaluated: boolean;
  /** Newest sample time that it has seen. */
  readonly seen?: Millis;
  readonly delayDue?: Millis;
  readonly staleDue?: Millis;
  readonly limit?: number;
  readonly window?: WindowState;
}

/** What an alarm needs of its engine. */
export interface AlarmHost {
  setTimer(timer: Timer, due: Millis | undefined): void;
  transition(alarm: AlarmUnit, from: AlarmState, to: AlarmState, at: Millis, why: Why): void;
  /** Something to store has changed. */
  touched(alarm: AlarmUnit): void;
}

const SAMPLE: Why = { kind: 'sample' };

/** One alarm: raw truth, delays and the machine, over one source of truth. */
export class AlarmUnit {
  readonly id: string;
  readonly definition: AlarmDefinition;
  readonly level: Level | undefined;
  readonly priority: Priority;
  readonly source: TruthSource;
  readonly suppressTags: readonly string[];
  readonly #suppress: (() => Truth) | undefined;
  readonly #host: AlarmHost;
  readonly #onDelay: number;
  readonly #offDelay: number;
  readonly #stale: number | undefined;
  readonly timers: { readonly stale: Timer; readonly delay: Timer; readonly shelf: Timer };
  machine: MachineState = initialState();
  /** Shown state after the last event. */
  state: AlarmState = 'normal';
  truth = false;
  truthSince: Millis | undefined;
  evaluated = false;
  seen: Millis | undefined;
  /** Samples up to here were evaluated before a restart: they only fill windows again. */
  skipUntil = Number.NEGATIVE_INFINITY;

  constructor(
    definition: AlarmDefinition,
    at: { readonly id: string; readonly level?: Level },
    named: NamedConditions,
    cell: CellOf,
    host: AlarmHost,
  ) {
    this.id = at.id;
    this.definition = definition;
    this.level = at.level;
    this.priority = priorityOf(definition, at.level);
    this.source = sourceOf(definition, at.level, named, cell);
    const suppress = definition.suppressWhen ? compileOver(definition.suppressWhen, definition, named, cell) : undefined;
    this.suppressTags = suppress?.tags ?? [];
    this.#suppress = suppress?.evaluate;
    this.#host = host;
    this.#onDelay = parseDuration(definition.onDelay ?? '0s') ?? 0;
    this.#offDelay = parseDuration(definition.offDelay ?? '0s') ?? 0;
    this.#stale = kindOf(definition) === 'stale' ? parseDuration(definition.stale ?? '') : undefined;
    const timer = (fire: (at: Millis) => void): Timer => ({ due: undefined, order: 0, queued: undefined, fire });
    this.timers = {
      stale: timer((due) => this.#onStale(due)),
      delay: timer((due) => this.#onDelayed(due)),
      shelf: timer((due) => this.#onShelfEnd(due)),
    };
  }

  get latch(): boolean {
    return this.definition.latch ?? false;
  }

  /** A sample of a tag that the source or `suppressWhen` names; the cell has it already. */
  sample(sample: EngineSample, at: Millis, source: boolean, suppress: boolean): void {
    if (sample.at <= this.skipUntil) {
      if (source) this.prime(sample.at);
      return;
    }
    let changed = false;
    if (suppress) changed = this.#updateSuppress();
    if (source) {
      if (this.seen === undefined || sample.at > this.seen) this.seen = sample.at;
      const truth = this.source.sample(this.truth, sample.at);
      if (this.#stale !== undefined) this.#host.setTimer(this.timers.stale, at + this.#stale);
      if (this.#observe(truth, at)) changed = true;
    }
    if (changed) this.settle(at, SAMPLE);
  }

  /** A sample that was evaluated before a restart: only the window and staleness take it. */
  prime(at: Millis): void {
    this.source.sample(this.truth, at);
    if (this.#stale === undefined || this.truth) return;
    this.#host.setTimer(this.timers.stale, Math.max(this.timers.stale.due ?? at, at + this.#stale));
  }

  /** A changed limit or definition: as a sample of the last good values would be; while bad only with `hold`. */
  again(at: Millis, why: Why): void {
    let changed = this.#updateSuppress();
    const present = this.source.again?.(this.truth, false);
    const held = this.evaluated && (this.definition.onBad ?? 'hold') === 'hold';
    const truth = present ?? (held ? this.source.again?.(this.truth, true) : undefined);
    if (truth !== undefined && this.#observe(truth, at)) changed = true;
    if (changed) this.settle(at, why);
  }

  /** Arms staleness of a definition that came while the tag was known already. */
  armStale(arrived: Millis | undefined, now: Millis): void {
    if (this.#stale !== undefined && arrived !== undefined && !this.truth)
      this.#host.setTimer(this.timers.stale, Math.max(now, arrived + this.#stale));
  }

  /** Lets the machine follow; tells of at most one transition. */
  settle(at: Millis, why: Why): void {
    const from = this.state;
    const to = settle(this.machine, from, this.latch);
    this.state = to;
    this.#host.touched(this);
    if (from !== to) this.#host.transition(this, from, to, at, why);
  }

  #updateSuppress(): boolean {
    if (!this.#suppress) return false;
    const suppressed = this.#suppress() === true;
    if (suppressed === this.machine.suppressed) return false;
    this.machine.suppressed = suppressed;
    return true;
  }

  /** Takes a truth, undefined = bad quality. True if the machine may have to follow. */
  #observe(truth: Truth, at: Millis): boolean {
    if (truth !== undefined && truth === this.truth && truth === this.machine.active && this.evaluated) return false;
    let next = truth;
    if (next === undefined) {
      if (!this.evaluated) return false;
      const onBad = this.definition.onBad ?? 'hold';
      if (onBad === 'hold') {
        if (this.timers.delay.due !== undefined) {
          this.#host.setTimer(this.timers.delay, undefined);
          this.#host.touched(this);
        }
        return false;
      }
      next = onBad === 'trip';
    }
    if (!this.evaluated) {
      this.evaluated = true;
      this.#host.touched(this);
    }
    return this.#setTruth(next, at);
  }

  #setTruth(truth: boolean, at: Millis): boolean {
    const { delay } = this.timers;
    if (truth !== this.truth) {
      this.truth = truth;
      this.truthSince = at;
      this.#host.touched(this);
    }
    if (truth === this.machine.active) {
      if (delay.due !== undefined) this.#host.setTimer(delay, undefined);
      return false;
    }
    if (delay.due !== undefined) return false;
    const wait = truth ? this.#onDelay : this.#offDelay;
    if (wait > 0) {
      this.#host.setTimer(delay, at + wait);
      this.#host.touched(this);
      return false;
    }
    this.machine.active = truth;
    return true;
  }

  #onStale(due: Millis): void {
    if (this.#setTruth(true, due)) this.settle(due, { kind: 'stale' });
  }

  #onDelayed(due: Millis): void {
    this.machine.active = this.truth;
    this.settle(due, { kind: 'delay' });
  }

  #onShelfEnd(due: Millis): void {
    delete this.machine.shelvedUntil;
    this.settle(due, { kind: 'shelf' });
  }

  /** A source has bad quality now, or is not known yet. */
  get bad(): boolean {
    return this.source.again !== undefined && this.source.again(this.truth, false) === undefined;
  }

  /** Stored form; without `window` the samples have to be given again after a restart. */
  dump(window: boolean): AlarmRecord {
    const { delay, stale } = this.timers;
    return {
      id: this.id,
      machine: { ...this.machine },
      truth: this.truth,
      evaluated: this.evaluated,
      ...(this.truthSince === undefined ? {} : { truthSince: this.truthSince }),
      ...(this.seen === undefined ? {} : { seen: this.seen }),
      ...(delay.due === undefined ? {} : { delayDue: delay.due }),
      ...(stale.due === undefined ? {} : { staleDue: stale.due }),
      ...(this.source.override === undefined ? {} : { limit: this.source.override }),
      ...(window && this.source.dump ? { window: this.source.dump() } : {}),
    };
  }

  load(record: AlarmRecord): void {
    this.machine = { ...record.machine };
    this.state = shown(this.machine);
    this.truth = record.truth;
    this.truthSince = record.truthSince;
    this.evaluated = record.evaluated;
    this.seen = record.seen;
    if (record.limit !== undefined && this.source.limit) this.source.override = record.limit;
    if (record.window) this.source.load?.(record.window);
    this.#host.setTimer(this.timers.delay, record.delayDue);
    this.#host.setTimer(this.timers.stale, this.#stale === undefined ? undefined : record.staleDue);
    this.#host.setTimer(this.timers.shelf, this.machine.shelvedUntil);
  }
}
