import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { AlarmEngine } from '#domain/alarm/engine.ts';
import type { AlarmAction } from '#domain/alarm/engine.ts';
import { parseDefinition } from '#domain/alarm/parse.ts';
import type { Refusal } from '#domain/alarm/state.ts';
import type { AlarmTransition, AlarmView } from '#domain/alarm/types.ts';
import type { AlarmUnit, Why } from '#domain/alarm/unit.ts';
import type { Sample, Value } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Bus } from '../../bus.ts';
import type { Alarms, Deployments, History, Log, ProcessImage, StoredTransition, TagDictionary, Timers } from '../../services.ts';
import type { NewDoc, Store } from '../../store/port.ts';
import { AlarmArchive } from './archive.ts';
import { recall } from './recall.ts';
import { ALARM_CHECKPOINT, ALARM_STATES, checkpointId, parseAlarmDoc, parseCheckpoint, parseRecord } from './stored.ts';
import type { AlarmDoc, Checkpoint, Notes } from './stored.ts';
import { notesAfter, viewOf } from './view.ts';
import type { Actor } from './view.ts';
import { AlarmWriter } from './writer.ts';

export interface LiveAlarmsOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly deployments: Deployments;
  readonly history: Pick<History, 'read'>;
  readonly image: ProcessImage;
  readonly dictionary: Pick<TagDictionary, 'tag'>;
  /**
   * After a restart samples are gathered this long, ms, and then taken in order of their time, so that what the flow runtimes
   * had queued meanwhile is not seen after timers that it would have stopped. Default 5000; a first start does not wait.
   */
  readonly settle?: number;
}

/** No alarm transition needs a checkpoint more often. */
const CHECKPOINT_MS = 10_000;
/** Node's longest timer. */
const LONGEST = 2_147_000_000;
const NAMED = new Map();

interface Deployed {
  readonly definition: AlarmDefinition;
  readonly hash: string;
}

/** The live shell of the pure alarm engine: real time, durable state, the bus. */
export class LiveAlarms implements Alarms {
  readonly #options: LiveAlarmsOptions;
  readonly #engine: AlarmEngine;
  readonly #writer: AlarmWriter;
  readonly #archive: AlarmArchive;
  readonly #definitions = new Map<string, Deployed>();
  readonly #notes = new Map<string, Notes>();
  readonly #before = new Map<string, AlarmDoc>();
  readonly #started = Promise.withResolvers<void>();
  #held: Sample[] | undefined = [];
  #checkpoint: Checkpoint | undefined;
  #base: { readonly wall: Millis; readonly monotonic: number };
  /** Newest sample time that was evaluated. */
  #seen = 0;
  #left: readonly StoredTransition[] = [];
  #stopCheckpoint: (() => void) | undefined;
  #actor: Actor | undefined;
  #wake: { readonly due: Millis; readonly cancel: () => void } | undefined;
  #stops: (() => void)[] = [];

  private constructor(options: LiveAlarmsOptions) {
    this.#options = options;
    this.#archive = new AlarmArchive(options.store);
    this.#base = { wall: options.clock.now(), monotonic: options.clock.monotonic() };
    this.#engine = new AlarmEngine({
      transition: (transition, alarm, why) => this.#onTransition(transition, alarm, why),
      touched: (alarm) => this.#writer.touch(alarm.id),
    });
    this.#writer = new AlarmWriter({
      ...options,
      source: {
        document: (id, outbox) => this.#document(id, outbox),
        checkpoint: () => ({ now: Math.max(this.#engine.now, this.#checkpoint?.now ?? 0), seen: Math.min(this.#seen, this.#now()) }),
        durable: (transitions) => {
          for (const transition of transitions) this.#tell(transition);
        },
      },
    });
  }

  /** Restores every alarm; nothing is evaluated or told before `begin`. */
  static async open(options: LiveAlarmsOptions): Promise<LiveAlarms> {
    const live = new LiveAlarms(options);
    await live.#archive.open();
    for await (const doc of options.store.find(ALARM_STATES, {})) live.#before.set(doc._id, parseAlarmDoc(doc));
    live.#left = [...live.#before.values()].flatMap((doc) => doc.outbox).toSorted((a, b) => a.at - b.at);
    live.#checkpoint = parseCheckpoint(await options.store.get(ALARM_CHECKPOINT, checkpointId));
    await options.deployments.follow('alarm', 'alarm-engine', async (changed, removed) => live.#deploy(changed, removed));
    return live;
  }

  /**
   * Call it when every listener is on the bus. Delivers what a crash left in an outbox, evaluates the stored samples that the last run
   * did not, and takes live samples from then on.
   */
  async begin(): Promise<void> {
    const { bus, image, timers, log } = this.#options;
    this.#stops.push(bus.on('samples', (samples) => this.#take(samples)));
    await this.#deliverOutboxes();
    const checkpoint = this.#checkpoint;
    if (!checkpoint) {
      this.#held?.unshift(...[...this.#engine.tags].flatMap((tag) => image.get(tag) ?? []));
      this.#release();
      return;
    }
    this.#base = { wall: Math.max(this.#options.clock.now(), checkpoint.now), monotonic: this.#options.clock.monotonic() };
    this.#seen = checkpoint.seen;
    const { known, missed } = await recall(this.#engine, checkpoint, this.#now(), this.#options);
    for (const sample of known) this.#engine.prime(sample);
    this.#held?.unshift(...missed);
    log.info({ alarms: this.#notes.size, samples: missed.length }, 'alarms restored');
    const wait = this.#options.settle ?? 5000;
    if (wait > 0) this.#stops.push(timers.after(wait, () => this.#release()));
    else this.#release();
  }

  /** What the last run had made durable but not told. */
  async #deliverOutboxes(): Promise<void> {
    for (const transition of this.#left) {
      this.#writer.add(transition);
      this.#writer.touch(transition.alarm);
    }
    if (this.#left.length > 0) await this.#writer.flushed();
    this.#left = [];
  }

  /** Ends the gathering: what came meanwhile, in order of its time. */
  #release(): void {
    const held = (this.#held ?? []).toSorted((a, b) => a.at - b.at);
    this.#held = undefined;
    this.#evaluate(held);
    for (const alarm of this.#engine.alarms()) alarm.skipUntil = Number.NEGATIVE_INFINITY;
    this.#started.resolve();
    this.#keepCheckpoints();
    this.#arm();
  }

  #keepCheckpoints(): void {
    void this.#writer.flushed();
    this.#stopCheckpoint = this.#options.timers.after(CHECKPOINT_MS, () => this.#keepCheckpoints());
  }

  /** Event time: the wall clock at the start, moved on by the monotonic one. */
  #now(): Millis {
    return this.#base.wall + Math.round(this.#options.clock.monotonic() - this.#base.monotonic);
  }

  #take(samples: readonly Sample[]): void {
    if (this.#held) this.#held.push(...samples);
    else {
      this.#evaluate(samples);
      this.#arm();
    }
  }

  #evaluate(samples: readonly Sample[]): void {
    const engine = this.#engine;
    const now = this.#now();
    for (const sample of samples) {
      if (sample.at > this.#seen) this.#seen = sample.at;
      engine.sample(sample, Math.max(engine.now, Math.min(sample.at, now)));
    }
    this.#writer.kick();
  }

  /** Sets one host timer to the next due time of all alarms. */
  #arm(): void {
    const due = this.#engine.nextDue();
    if (due === this.#wake?.due) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (due === undefined) return;
    const cancel = this.#options.timers.after(Math.min(LONGEST, Math.max(0, due - this.#now())), () => {
      this.#wake = undefined;
      this.#engine.advance(this.#now());
      this.#writer.kick();
      this.#arm();
    });
    this.#wake = { due, cancel };
  }

  #deploy(changed: readonly { readonly id: string; readonly hash: string; readonly content: unknown }[], removed: readonly string[]): void {
    const parsed = changed.map(({ id, hash, content }) => ({ id, hash, definition: parseDefinition(content, '', NAMED) }));
    for (const id of removed) this.#definitions.delete(id);
    for (const { id, hash, definition } of parsed) this.#definitions.set(id, { definition, hash });
    const running = this.#held === undefined;
    if (running) this.#engine.advance(this.#now());
    const known = new Map([...this.#engine.alarms()].map((alarm) => [alarm.id, alarm]));
    this.#engine.define(
      [...this.#definitions.values()].map(({ definition }) => definition),
      NAMED,
    );
    for (const alarm of this.#engine.alarms()) if (!known.delete(alarm.id)) this.#revive(alarm, running);
    for (const alarm of known.values()) this.#retire(alarm);
    if (!running) return;
    this.#writer.kick();
    this.#arm();
  }

  /** An alarm whose definition was taken away: its occurrence number stays in the store. */
  #retire(alarm: AlarmUnit): void {
    const notes = this.#notes.get(alarm.id);
    if (notes) this.#before.set(alarm.id, { _id: alarm.id, ver: 0, record: parseRecord(alarm.dump(false)), notes, outbox: [] });
    this.#notes.delete(alarm.id);
    this.#writer.touch(alarm.id);
  }

  /** State from before the start; of an alarm that comes back later only its occurrence number goes on. */
  #revive(alarm: AlarmUnit, running: boolean): void {
    const doc = this.#before.get(alarm.id);
    this.#notes.set(alarm.id, doc?.notes ?? { n: 0, at: this.#now() });
    if (!doc) return;
    this.#before.delete(alarm.id);
    if (running) {
      alarm.machine.occurrence = doc.record.machine.occurrence;
      alarm.machine.acknowledged = true;
      return;
    }
    this.#engine.restore({ now: this.#checkpoint?.now ?? null, tags: [], alarms: [doc.record] });
    alarm.skipUntil = Math.max(doc.record.seen ?? Number.NEGATIVE_INFINITY, this.#checkpoint?.seen ?? Number.NEGATIVE_INFINITY);
  }

  #onTransition(transition: AlarmTransition, alarm: AlarmUnit, why: Why): void {
    const before = this.#notes.get(alarm.id) ?? { n: 0, at: transition.at };
    const actor = why.kind === 'action' ? this.#actor : undefined;
    const value = this.#valueOf(alarm);
    const limit = alarm.source.limit?.();
    const n = before.n + 1;
    this.#notes.set(alarm.id, notesAfter(before, transition, value, why.action, actor));
    this.#writer.add({
      ...transition,
      n,
      priority: alarm.priority,
      asset: this.#assetOf(alarm.definition),
      cause: why.kind,
      ...(why.action === undefined ? {} : { action: why.action }),
      ...actor,
      ...(alarm.truthSince === undefined ? {} : { truthSince: alarm.truthSince }),
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
      values: alarm.source.triggers.flatMap((tag) => this.#sampleOf(tag) ?? []),
      revision: this.#definitions.get(alarm.definition.id)?.hash ?? '',
    });
  }

  #sampleOf(tag: string): Sample | undefined {
    const cell = this.#engine.cell(tag);
    if (cell?.at === undefined) return undefined;
    const { value } = cell;
    return { tag, at: cell.at, value: typeof value === 'object' ? null : value, quality: cell.quality };
  }

  #valueOf(alarm: AlarmUnit): Value | undefined {
    const tag = alarm.definition.tag ?? alarm.source.triggers[0];
    return tag === undefined ? undefined : this.#sampleOf(tag)?.value;
  }

  #assetOf(definition: AlarmDefinition): string {
    if (definition.asset !== undefined) return definition.asset;
    return (definition.tag === undefined ? undefined : this.#options.dictionary.tag(definition.tag)?.asset) ?? '';
  }

  #document(id: string, outbox: readonly StoredTransition[]): NewDoc | undefined {
    const alarm = this.#engine.alarm(id);
    const notes = this.#notes.get(id);
    if (alarm && notes) return { _id: id, record: alarm.dump(false), notes, outbox };
    const before = this.#before.get(id);
    return before ? { _id: id, record: before.record, notes: before.notes, outbox } : undefined;
  }

  #tell(transition: StoredTransition): void {
    const { at, alarm, from, to, occurrence, n } = transition;
    this.#options.bus.emit('alarm', { at, alarm, from, to, occurrence, n });
  }

  async act(action: AlarmAction, by: Actor['by'], reason?: string): Promise<Refusal | undefined> {
    await this.#started.promise;
    this.#actor = { by, ...(reason === undefined ? {} : { reason }) };
    try {
      const refusal = this.#engine.act(action, Math.max(this.#engine.now, this.#now()));
      if (refusal !== undefined) return refusal;
    } finally {
      this.#actor = undefined;
      this.#arm();
      this.#writer.kick();
    }
    await this.#writer.flushed();
    return undefined;
  }

  definition(alarm: string): Deployed | undefined {
    const unit = this.#engine.alarm(alarm);
    return unit ? this.#definitions.get(unit.definition.id) : undefined;
  }

  steps(alarm: string, occurrence: number): Promise<readonly StoredTransition[]> {
    return this.#archive.steps(alarm, occurrence);
  }

  occurrences(plan: Parameters<Alarms['occurrences']>[0]): ReturnType<Alarms['occurrences']> {
    return this.#archive.occurrences(plan);
  }

  current(): readonly AlarmView[] {
    return [...this.#engine.alarms()].map((alarm) => this.#viewOf(alarm));
  }

  view(id: string): AlarmView | undefined {
    const alarm = this.#engine.alarm(id);
    return alarm ? this.#viewOf(alarm) : undefined;
  }

  #viewOf(alarm: AlarmUnit): AlarmView {
    const { definition } = alarm;
    const notes = this.#notes.get(alarm.id) ?? { n: 0, at: this.#base.wall };
    const tag = definition.tag === undefined ? undefined : this.#options.dictionary.tag(definition.tag);
    const revision = this.#definitions.get(definition.id)?.hash;
    return viewOf(alarm, notes, {
      asset: this.#assetOf(definition),
      ...(tag ? { unit: tag.unit } : {}),
      ...(revision === undefined ? {} : { revision }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#wake?.cancel();
    this.#stopCheckpoint?.();
    await this.#writer.close();
  }
}
