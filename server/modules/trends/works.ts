import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { isProblem, Problem } from '#domain/errors.ts';
import type { Millis } from '#domain/time.ts';
import type { ModuleContext } from '../../define-module.ts';

const COLLECTION = 'work';
/** How long a finished work and its file are kept, ms. */
const KEPT = 86_400_000;
/** A file that is not whole yet. */
const PART = '.part';
/** Works that wait or run at once. */
const OPEN_LIMIT = 20;

const WorkDoc = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  owner: Type.String(),
  state: Type.Enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  progress: Type.Number(),
  /** Name under which the file is downloaded. */
  name: Type.String(),
  media: Type.String(),
  created: Type.Integer(),
  ended: Type.Optional(Type.Integer()),
  size: Type.Optional(Type.Integer()),
  code: Type.Optional(Type.String()),
});
const workDoc = Compile(WorkDoc);
type WorkDoc = Static<typeof WorkDoc>;

/** 长任务: something that writes one file and takes its time. */
export interface Work extends Readonly<WorkDoc> {}

/** Writes the file; tells how far it is (0 to 1); ends when the signal says so. */
export type Job = (path: string, progress: (share: number) => void, signal: AbortSignal) => Promise<void>;

/** Runs one after the other, keeps what became of them for a day, also over a restart. */
export class Works {
  readonly #context: ModuleContext;
  readonly #folder: string;
  readonly #ended: (work: Work) => Promise<void>;
  readonly #works = new Map<string, Work>();
  readonly #stops = new Map<string, AbortController>();
  #queue: Promise<void> = Promise.resolve();

  /** @param ended told of every work that is done, failed or cancelled, before anybody sees it so */
  constructor(context: ModuleContext, folder: string, ended: (work: Work) => Promise<void>) {
    this.#context = context;
    this.#folder = folder;
    this.#ended = ended;
  }

  /** What a stop of the server interrupted has failed; what is left of it goes. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const doc of await this.#context.store.all(COLLECTION, {})) {
      const work = workDoc.Parse(doc);
      this.#works.set(work._id, work);
      if (work.ended === undefined) await this.#end(work._id, { state: 'failed', code: 'WORK_INTERRUPTED' });
    }
    await this.sweep();
  }

  /** @throws Problem WORK_UNKNOWN, also for the work of somebody else */
  get(id: string, owner: string): Work {
    const work = this.#works.get(id);
    if (!work || work.owner !== owner) throw new Problem('WORK_UNKNOWN', 404, `there is no work ${id}`);
    return work;
  }

  /** @throws Problem WORK_FULL */
  async begin(start: { readonly owner: string; readonly name: string; readonly media: string }, job: Job): Promise<Work> {
    if (this.#stops.size >= OPEN_LIMIT) throw new Problem('WORK_FULL', 429, `${OPEN_LIMIT} works are waiting or running already`);
    const { ids, clock, store } = this.#context;
    const work: Work = { _id: ids.next(), ver: 1, ...start, state: 'queued', progress: 0, created: clock.now() };
    const stop = new AbortController();
    this.#stops.set(work._id, stop);
    await store.insert(COLLECTION, [{ ...work }]);
    this.#works.set(work._id, work);
    this.#queue = this.#queue.then(() => this.#run(work._id, job, stop.signal));
    return work;
  }

  /** Ends a running work; of one that is over the file goes. */
  async cancel(id: string, owner: string): Promise<void> {
    this.get(id, owner);
    const stop = this.#stops.get(id);
    if (stop) stop.abort();
    else await this.#forget(id);
  }

  /** The finished file. @throws Problem WORK_UNKNOWN, WORK_NOT_DONE */
  async file(id: string, owner: string): Promise<{ readonly work: Work; readonly stream: AsyncIterable<Uint8Array> }> {
    const work = this.get(id, owner);
    if (work.state !== 'done') throw new Problem('WORK_NOT_DONE', 409, `the work is ${work.state}`);
    const handle = await open(this.#path(id));
    return { work, stream: handle.createReadStream() };
  }

  /** Removes what is older than a day, and files that no work knows. */
  async sweep(): Promise<void> {
    const before: Millis = this.#context.clock.now() - KEPT;
    for (const work of this.#works.values()) if (work.ended !== undefined && work.ended < before) await this.#forget(work._id);
    for (const file of await readdir(this.#folder)) {
      const isKnown = file.endsWith(PART) ? this.#stops.has(file.slice(0, -PART.length)) : this.#works.has(file);
      if (!isKnown) await rm(join(this.#folder, file));
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.values()) stop.abort();
    await this.#queue;
  }

  readonly #path = (id: string): string => join(this.#folder, id);

  async #run(id: string, job: Job, signal: AbortSignal): Promise<void> {
    const part = this.#path(id) + PART;
    try {
      signal.throwIfAborted();
      this.#change(id, { state: 'running' });
      await job(part, (progress) => this.#change(id, { progress }), signal);
      signal.throwIfAborted();
      await rename(part, this.#path(id));
      const { size } = await stat(this.#path(id));
      await this.#end(id, { state: 'done', progress: 1, size });
    } catch (error) {
      await rm(part, { force: true });
      if (!signal.aborted) this.#context.log.error({ err: error, work: id }, 'a work failed');
      const code = isProblem(error) ? error.code : 'INTERNAL';
      await this.#end(id, signal.aborted ? { state: 'cancelled' } : { state: 'failed', code });
    } finally {
      this.#stops.delete(id);
    }
  }

  #change(id: string, part: Partial<WorkDoc>): Work | undefined {
    const work = this.#works.get(id);
    if (!work) return undefined;
    const next = { ...work, ...part };
    this.#works.set(id, next);
    return next;
  }

  async #end(id: string, part: Partial<WorkDoc>): Promise<void> {
    const work = this.#works.get(id);
    if (!work) return;
    const next: Work = { ...work, ...part, ended: this.#context.clock.now() };
    await this.#ended(next);
    const { _id, ver: _ver, ...fields } = next;
    await this.#context.store.update(COLLECTION, { _id }, { $set: fields });
    this.#works.set(id, next);
  }

  async #forget(id: string): Promise<void> {
    this.#works.delete(id);
    await this.#context.store.remove(COLLECTION, { _id: id });
    await rm(this.#path(id), { force: true });
  }
}
