import type { Millis } from '../time.ts';
import { alarmIds } from './definition.ts';
import type { AlarmDefinition, Json, NamedConditions } from './definition.ts';
import { acknowledge, reset, setOutOfService, shelve, unshelve } from './state.ts';
import type { Refusal } from './state.ts';
import { TagCell } from './tag-cell.ts';
import type { EngineSample, TagUse } from './tag-cell.ts';
import { TimerQueue } from './timers.ts';
import type { AlarmTransition } from './types.ts';
import { AlarmUnit } from './unit.ts';
import type { AlarmHost, AlarmRecord, Why } from './unit.ts';

export type AlarmAction =
  | { readonly kind: 'acknowledge'; readonly alarm: string; readonly occurrence: number }
  | { readonly kind: 'reset' | 'unshelve' | 'outOfService' | 'inService'; readonly alarm: string }
  | { readonly kind: 'shelve'; readonly alarm: string; readonly for?: number; readonly reason?: string }
  | { readonly kind: 'limit'; readonly alarm: string; readonly value: number };

type StoredTag = readonly [
  tag: string,
  at: Millis,
  arrived: Millis,
  value: Json,
  quality: EngineSample['quality'],
  lastGood: number | null,
];

/** Everything that a restart needs, plain JSON. */
export interface EngineSnapshot {
  /** Null before the first event. */
  readonly now: Millis | null;
  readonly tags: readonly StoredTag[];
  readonly alarms: readonly AlarmRecord[];
}

export interface EngineListener {
  /** In order; called before the event's method returns. */
  transition(transition: AlarmTransition, alarm: AlarmUnit, why: Why): void;
  /** The stored form of this alarm has changed. */
  touched?(alarm: AlarmUnit): void;
}

interface Group {
  readonly definition: AlarmDefinition;
  readonly named: NamedConditions;
  readonly alarms: readonly AlarmUnit[];
}

const KINDS_OF_TIMER = ['stale', 'delay', 'shelf'] as const;

/**
 * The alarm engine: fed by samples, actions and a clock, all in event time that never goes back.
 * The live shell and the replay use this same class, so that one recording gives one answer (alarms.md 3 to 5).
 */
export class AlarmEngine implements AlarmHost {
  readonly #listener: EngineListener;
  readonly #cells = new Map<string, TagCell>();
  readonly #uses = new Map<string, readonly TagUse<AlarmUnit>[]>();
  readonly #alarms = new Map<string, AlarmUnit>();
  readonly #queue = new TimerQueue();
  #groups = new Map<string, Group>();
  #now = Number.NEGATIVE_INFINITY;

  constructor(listener: EngineListener) {
    this.#listener = listener;
  }

  /** Time of the last event; -Infinity before the first. */
  get now(): Millis {
    return this.#now;
  }

  get tags(): Iterable<string> {
    return this.#uses.keys();
  }

  alarms(): Iterable<AlarmUnit> {
    return this.#alarms.values();
  }

  alarm(id: string): AlarmUnit | undefined {
    return this.#alarms.get(id);
  }

  cell(tag: string): TagCell | undefined {
    return this.#cells.get(tag);
  }

  /**
   * Makes exactly these definitions live, in this order. A definition that is the same object goes on untouched; a changed one
   * is built anew, keeps the state of its alarms and is evaluated at once. Definitions are parsed (`parseDefinitions`).
   */
  define(definitions: readonly AlarmDefinition[], named: NamedConditions = new Map()): void {
    const groups = new Map<string, Group>();
    const fresh: AlarmUnit[] = [];
    for (const definition of definitions) {
      const old = this.#groups.get(definition.id);
      if (old && old.definition === definition && old.named === named) groups.set(definition.id, old);
      else groups.set(definition.id, this.#build(definition, named, old, fresh));
    }
    this.#groups = groups;
    this.#alarms.clear();
    for (const group of groups.values()) for (const alarm of group.alarms) this.#alarms.set(alarm.id, alarm);
    this.#reindex();
    if (this.#now === Number.NEGATIVE_INFINITY) return;
    for (const alarm of fresh) {
      alarm.again(this.#now, { kind: 'definition' });
      alarm.armStale(this.#cells.get(alarm.definition.tag ?? '')?.arrived, this.#now);
    }
  }

  #build(definition: AlarmDefinition, named: NamedConditions, old: Group | undefined, fresh: AlarmUnit[]): Group {
    const alarms = alarmIds(definition).map((at) => new AlarmUnit(definition, at, named, (tag) => this.#cellOf(tag), this));
    for (const alarm of alarms) {
      const before = old?.alarms.find((one) => one.id === alarm.id);
      if (before) {
        const { limit: _limit, ...record } = before.dump(true);
        alarm.load(record);
      }
      fresh.push(alarm);
    }
    return { definition, named, alarms };
  }

  #cellOf(tag: string): TagCell {
    const known = this.#cells.get(tag);
    if (known) return known;
    const cell = new TagCell(tag);
    this.#cells.set(tag, cell);
    return cell;
  }

  /** Tag to alarms, and the order of timers: definition, then hh h l ll; of one alarm: stale, delay, shelf. */
  #reindex(): void {
    const uses = new Map<string, TagUse<AlarmUnit>[]>();
    this.#queue.clear();
    let order = 0;
    for (const alarm of this.#alarms.values()) {
      for (const tag of new Set([...alarm.source.triggers, ...alarm.suppressTags])) {
        const list = uses.get(tag) ?? [];
        list.push({ alarm, source: alarm.source.triggers.includes(tag), suppress: alarm.suppressTags.includes(tag) });
        uses.set(tag, list);
      }
      for (const kind of KINDS_OF_TIMER) {
        const timer = alarm.timers[kind];
        timer.order = order;
        timer.queued = undefined;
        order += 1;
        this.#queue.set(timer, timer.due);
      }
    }
    this.#uses.clear();
    for (const [tag, list] of uses) this.#uses.set(tag, list);
  }

  /** Takes one sample at its event time (`at`, its own time unless it came late). Timers due by then fire first. */
  sample(sample: EngineSample, at: Millis = sample.at): void {
    if (this.#queue.earliest <= at) this.advance(at);
    else if (at > this.#now) this.#now = at;
    const cell = this.#cells.get(sample.tag);
    if (!cell) return;
    cell.take(sample, this.#now);
    const uses = this.#uses.get(sample.tag);
    if (!uses) return;
    for (const use of uses) use.alarm.sample(sample, this.#now, use.source, use.suppress);
  }

  /** Gives back a sample that was evaluated before a restart: fills cells and windows, changes no truth. In order of time. */
  prime(sample: EngineSample): void {
    const cell = this.#cells.get(sample.tag);
    if (!cell) return;
    cell.take(sample, sample.at);
    for (const use of this.#uses.get(sample.tag) ?? []) if (use.source) use.alarm.prime(sample.at);
  }

  /** Fires every timer that is due up to and at `to`, in order, then the time is `to`. */
  advance(to: Millis): void {
    for (let timer = this.#queue.next(); timer && timer.due !== undefined && timer.due <= to; timer = this.#queue.next()) {
      const { due } = timer;
      this.#queue.take(timer);
      if (due > this.#now) this.#now = due;
      timer.fire(due);
    }
    if (to > this.#now) this.#now = to;
  }

  /** When `advance` has something to do next; undefined if never. */
  nextDue(): Millis | undefined {
    return this.#queue.next()?.due;
  }

  /** One action at `at`. Undefined when it was done, else why it was refused. */
  act(action: AlarmAction, at: Millis): Refusal | undefined {
    this.advance(at);
    const alarm = this.#alarms.get(action.alarm);
    if (!alarm) return 'unknown-alarm';
    const why: Why = { kind: 'action', action: action.kind };
    if (action.kind === 'limit') {
      if (!alarm.source.limit) return 'no-limit';
      alarm.source.override = action.value;
      if (alarm.evaluated) alarm.again(this.#now, why);
      this.touched(alarm);
      return undefined;
    }
    const refusal = this.#change(alarm, action);
    if (refusal !== undefined) return refusal;
    this.setTimer(alarm.timers.shelf, alarm.machine.shelvedUntil);
    if (action.kind === 'acknowledge' || action.kind === 'reset') this.#announce(alarm, why);
    else alarm.settle(this.#now, why);
    return undefined;
  }

  #change(alarm: AlarmUnit, action: Exclude<AlarmAction, { readonly kind: 'limit' }>): Refusal | undefined {
    const { machine, priority } = alarm;
    if (action.kind === 'acknowledge') return acknowledge(machine, action.occurrence);
    if (action.kind === 'reset') return reset(machine);
    if (action.kind === 'shelve') return shelve(machine, this.#now, { ...action, priority });
    if (action.kind === 'unshelve') return unshelve(machine);
    return setOutOfService(machine, action.kind === 'outOfService');
  }

  /** Acknowledge and reset have moved the machine themselves. */
  #announce(alarm: AlarmUnit, why: Why): void {
    const from = alarm.state;
    alarm.state = alarm.machine.base;
    this.touched(alarm);
    if (from !== alarm.state) this.transition(alarm, from, alarm.state, this.#now, why);
  }

  setTimer(timer: AlarmUnit['timers']['delay'], due: Millis | undefined): void {
    this.#queue.set(timer, due);
  }

  transition(alarm: AlarmUnit, from: AlarmTransition['from'], to: AlarmTransition['to'], at: Millis, why: Why): void {
    this.#listener.transition({ at, alarm: alarm.id, from, to, occurrence: alarm.machine.occurrence }, alarm, why);
  }

  touched(alarm: AlarmUnit): void {
    this.#listener.touched?.(alarm);
  }

  snapshot(): EngineSnapshot {
    const tags: StoredTag[] = [];
    for (const cell of this.#cells.values()) {
      if (cell.at !== undefined) tags.push([cell.tag, cell.at, cell.arrived ?? cell.at, cell.value, cell.quality, cell.lastGood ?? null]);
    }
    return {
      now: Number.isFinite(this.#now) ? this.#now : null,
      tags,
      alarms: [...this.#alarms.values()].map((alarm) => alarm.dump(true)),
    };
  }

  /** Takes up where a snapshot ended; call it after `define`, before the first event. Alarms that are not defined are left out. */
  restore(snapshot: EngineSnapshot): void {
    if (snapshot.now !== null && snapshot.now > this.#now) this.#now = snapshot.now;
    for (const [tag, at, arrived, value, quality, lastGood] of snapshot.tags) {
      const cell = this.#cells.get(tag);
      if (!cell) continue;
      cell.take({ tag, at, value, quality }, arrived);
      cell.lastGood = lastGood ?? undefined;
    }
    for (const record of snapshot.alarms) this.#alarms.get(record.id)?.load(record);
  }
}
