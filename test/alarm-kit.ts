import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain/canonical.ts';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import { parseDefinition } from '#domain/alarm/parse.ts';
import type { AlarmTransition } from '#domain/alarm/types.ts';
import type { Sample } from '#domain/sample.ts';
import { Bus } from '#server/bus.ts';
import { LiveAlarms } from '#server/engines/alarms/live.ts';
import { LiveImage } from '#server/engines/process-image/process-image.ts';
import type { Deployments, Series } from '#server/services.ts';
import { dictionary, quiet } from './command-kit.ts';
import { emptyDisk, MemoryStore, settle, VirtualTime } from './memory-store.ts';
import type { Disk, WriteHook } from './memory-store.ts';

/** The pointer, with what it names in memory. */
export class Pointer implements Deployments {
  n = 1;
  readonly #contents: Map<string, AlarmDefinition>;
  readonly #apply: Parameters<Deployments['follow']>[2][] = [];
  constructor(definitions: readonly AlarmDefinition[]) {
    this.#contents = new Map(definitions.map((one) => [one.id, one]));
  }
  #row(id: string, content: AlarmDefinition): { readonly id: string; readonly hash: string; readonly content: unknown } {
    return { id, hash: createHash('sha256').update(canonicalJson(content)).digest('hex'), content };
  }
  deployed(_kind: string, id: string): { readonly hash: string; readonly content: unknown } | undefined {
    const content = this.#contents.get(id);
    return content && this.#row(id, content);
  }
  list(): readonly { readonly id: string; readonly hash: string; readonly content: unknown }[] {
    return [...this.#contents].map(([id, content]) => this.#row(id, content));
  }
  follow(_kind: string, _consumer: string, apply: Parameters<Deployments['follow']>[2]): Promise<void> {
    this.#apply.push(apply);
    return apply(this.list(), [], this.n);
  }
  async move(changed: readonly AlarmDefinition[], removed: readonly string[] = []): Promise<void> {
    for (const one of changed) this.#contents.set(one.id, one);
    for (const id of removed) this.#contents.delete(id);
    this.n += 1;
    for (const apply of this.#apply)
      await apply(
        changed.map((one) => this.#row(one.id, one)),
        removed,
        this.n,
      );
  }
  async deploy(change: Parameters<Deployments['deploy']>[0]): Promise<{ readonly n: number }> {
    await this.move(change.artefacts.map(({ content }) => parseDefinition(content, '', new Map())));
    return { n: this.n };
  }
}

/** What survives a crash: documents and stored samples. The rest is one life of the server. */
export class World {
  readonly disk: Disk = emptyDisk();
  readonly time = new VirtualTime();
  readonly samples: Sample[] = [];
  readonly told: string[] = [];
  readonly pointer: Pointer;
  writes = 0;
  dieAt: number | undefined;
  dead = false;
  #life: { readonly live: LiveAlarms; readonly image: LiveImage; readonly bus: Bus } | undefined;

  constructor(definitions: readonly AlarmDefinition[]) {
    this.pointer = new Pointer(definitions);
  }

  readonly #hook: WriteHook = () => {
    this.writes += 1;
    if (this.writes === this.dieAt) this.dead = true;
    if (this.dead) throw new Error('the process is dead');
  };

  read(tags: readonly string[], from: number, to: number): Promise<Series[]> {
    const of = (tag: string): Series => {
      const rows = this.samples.filter((one) => one.tag === tag && one.at >= from && one.at < to);
      return { tag, at: rows.map((one) => one.at), value: rows.map((one) => one.value), quality: rows.map((one) => one.quality) };
    };
    return Promise.resolve(tags.map(of));
  }

  get live(): LiveAlarms {
    if (!this.#life) throw new Error('not started');
    return this.#life.live;
  }

  get bus(): Bus {
    if (!this.#life) throw new Error('not started');
    return this.#life.bus;
  }

  async start(wait = 0): Promise<void> {
    this.time.drop();
    this.dead = false;
    const bus = new Bus((error) => {
      throw error;
    });
    const image = new LiveImage(bus, this.samples.slice(-200));
    bus.on('alarm', (transition: AlarmTransition) => {
      const { at, alarm, from, to, occurrence, n } = transition;
      this.told.push(`${alarm}#${occurrence}#${to}#${n} ${from} ${at}`);
    });
    const live = await LiveAlarms.open({
      store: new MemoryStore(this.disk, this.#hook),
      bus,
      clock: this.time,
      timers: this.time,
      log: quiet,
      deployments: this.pointer,
      history: { read: (tags, from, to) => this.read(tags, from, to) },
      image,
      dictionary,
      settle: wait,
    });
    this.#life = { live, image, bus };
    await Promise.race([live.begin(), settle().then(settle)]);
  }

  /** Passes time; takes samples as the link does: first durable in history, then to the image. */
  async pass(seconds: number, samples: readonly (readonly [tag: string, value: number | null])[] = []): Promise<void> {
    await this.time.advance(seconds * 1000);
    if (samples.length === 0) return;
    const at = this.time.now();
    const batch = samples.map(([tag, value]): Sample => ({ tag, at, value, quality: value === null ? 'bad' : 'good' }));
    await this.deliver(batch);
  }

  async deliver(batch: readonly Sample[]): Promise<void> {
    this.samples.push(...batch);
    this.#life?.image.apply(batch);
    await settle();
  }

  stored(): string[] {
    const docs = [...(this.disk.docs.get('alarmTransitions')?.values() ?? [])];
    return docs.map((doc) => `${doc._id} ${String(doc['from'])} ${String(doc['at'])}`).toSorted();
  }
}
