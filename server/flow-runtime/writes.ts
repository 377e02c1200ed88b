import { checkWrite, type GateVerdict } from '#domain/command/gate.ts';
import type { GateRule } from '#domain/command/types.ts';
import type { TagId } from '#domain/sample.ts';
import type { Clock } from '#domain/time.ts';
import type { GatedWrite, StopHandler, WriteHandler, WriteOutcome } from '#nodes/context.ts';
import type { StopResult } from '../flow-host/control-wire.ts';
import type { CommandMessage } from '../link/wire.ts';
import type { CommandOutcome } from '../services.ts';
import type { DiskQueue } from './disk-queue.ts';
import type { Image } from './image.ts';

/** A control node that has written within this time owns the tag. */
const AUTOMATIC_FOR = 60_000;
const STOP_WITHIN = 8000;

interface Given {
  readonly image: Image;
  readonly queue: Pick<DiskQueue, 'beginCommand' | 'endCommand'>;
  readonly rule: (tag: TagId) => GateRule | undefined;
  readonly clock: Clock;
}

/** The only way from this runtime to a device: commands that the server let through, outputs of control nodes, and the stop. */
export class Writes {
  readonly #given: Given;
  readonly #owners = new Map<TagId, WriteHandler>();
  readonly #stops = new Map<string, StopHandler>();
  readonly #busy = new Map<TagId, Promise<unknown>>();
  readonly #lastWrite = new Map<TagId, number>();
  readonly #lastOutput = new Map<TagId, number>();

  constructor(given: Given) {
    this.#given = given;
  }

  get owns(): string[] {
    return [...this.#owners.keys()].toSorted();
  }

  get stops(): string[] {
    return [...this.#stops.keys()].toSorted();
  }

  own(tags: readonly TagId[], handler: WriteHandler, signal: AbortSignal): void {
    for (const tag of tags) this.#owners.set(tag, handler);
    signal.addEventListener('abort', () => {
      for (const tag of tags) if (this.#owners.get(tag) === handler) this.#owners.delete(tag);
    });
  }

  registerStop(asset: string, handler: StopHandler, signal: AbortSignal): void {
    this.#stops.set(asset, handler);
    signal.addEventListener('abort', () => {
      if (this.#stops.get(asset) === handler) this.#stops.delete(asset);
    });
  }

  #judge(tag: TagId, value: number, writer: 'command' | 'output'): { readonly verdict: GateVerdict; readonly rule: GateRule | undefined } {
    const { image, clock } = this.#given;
    const rule = this.#given.rule(tag);
    const now = clock.now();
    const verdict = checkWrite({
      rule,
      value,
      writer,
      now,
      present: image.fresh(tag)?.value,
      mode: rule?.mode ? image.fresh(rule.mode.tag)?.value : undefined,
      permissive: (id) => image.fresh(id)?.value,
      // A command's rate was checked where it was submitted; retries of the transport must not be refused here.
      lastWriteAt: writer === 'output' ? this.#lastWrite.get(tag) : undefined,
      automatic: now - (this.#lastOutput.get(tag) ?? Number.NEGATIVE_INFINITY) < AUTOMATIC_FOR,
      // Persons and rights were checked by the server, the only one that can send a command here.
      persons: Array.from({ length: rule?.persons ?? 0 }, (_, i) => String(i)),
      roleOk: true,
    });
    return { verdict, rule };
  }

  /** One write at a time for each tag, in order. */
  async #perform(write: GatedWrite, handler: WriteHandler, timeout: number): Promise<WriteOutcome> {
    const before = this.#busy.get(write.tag) ?? Promise.resolve();
    const work = before.then(() => {
      this.#lastWrite.set(write.tag, this.#given.clock.now());
      return handler(write, AbortSignal.timeout(timeout));
    });
    this.#busy.set(
      write.tag,
      work.catch(() => undefined),
    );
    try {
      return await work;
    } catch (error) {
      return { state: 'unknown', code: 'WRITE_FAULT', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async output(tag: TagId, value: number): Promise<{ readonly verdict: GateVerdict; readonly outcome?: WriteOutcome }> {
    const { verdict, rule } = this.#judge(tag, value, 'output');
    const handler = this.#owners.get(tag);
    if (!verdict.ok || !rule) return { verdict };
    if (!handler) return { verdict, outcome: { state: 'failed', code: 'TAG_NOT_OWNED', detail: `no node owns ${tag}` } };
    this.#lastOutput.set(tag, this.#given.clock.now());
    return { verdict, outcome: await this.#perform({ tag, value, origin: 'output', rule }, handler, rule.readBack.timeout + 5000) };
  }

  /** The same id twice has one effect and gets the same answer; a command whose end was lost in a crash is `unknown`, never done again. */
  async command(command: CommandMessage): Promise<CommandOutcome | undefined> {
    const { queue, clock } = this.#given;
    const begun = queue.beginCommand(command.id, clock.now());
    if (begun === 'begun') {
      if (this.#running.has(command.id)) return undefined;
      return this.#end({
        id: command.id,
        state: 'unknown',
        code: 'RUNTIME_RESTARTED',
        detail: 'the flow runtime restarted while it was written',
        at: clock.now(),
      });
    }
    if (begun !== 'new') return begun;
    this.#running.add(command.id);
    try {
      return this.#end({ id: command.id, at: clock.now(), ...(await this.#execute(command)) });
    } finally {
      this.#running.delete(command.id);
    }
  }

  readonly #running = new Set<string>();

  #end(outcome: CommandOutcome): CommandOutcome {
    const ended = { ...outcome, at: this.#given.clock.now() };
    this.#given.queue.endCommand(ended);
    return ended;
  }

  async #execute(command: CommandMessage): Promise<WriteOutcome> {
    const value = Number(command.value);
    if (command.expires <= this.#given.clock.now())
      return { state: 'failed', code: 'COMMAND_EXPIRED', detail: 'it expired before it arrived' };
    const handler = this.#owners.get(command.tag);
    if (!handler) return { state: 'failed', code: 'TAG_NOT_OWNED', detail: `no node owns ${command.tag}` };
    const { verdict, rule } = this.#judge(command.tag, value, 'command');
    if (!verdict.ok || !rule)
      return { state: 'failed', code: verdict.ok ? 'GATE_NOT_LISTED' : verdict.code, detail: verdict.ok ? '' : verdict.detail.zh };
    return this.#perform({ tag: command.tag, value, origin: 'command', rule }, handler, rule.readBack.timeout + 5000);
  }

  /** One-key stop: all stations at the same time, each straight at its device; targets that are not here are left out. */
  async stop(targets: readonly string[], action: 'stop' | 'reset'): Promise<StopResult[]> {
    const mine = targets.flatMap((target) => {
      const handler = this.#stops.get(target);
      return handler ? [{ target, handler }] : [];
    });
    return Promise.all(
      mine.map(async ({ target, handler }): Promise<StopResult> => {
        const started = this.#given.clock.monotonic();
        const ended = (result: StopResult['result'], detail: string): StopResult => ({
          target,
          result,
          detail,
          ms: Math.round(this.#given.clock.monotonic() - started),
        });
        try {
          const { result, detail } = await handler(action, AbortSignal.timeout(STOP_WITHIN));
          return ended(result, detail);
        } catch (error) {
          return ended('unknown', error instanceof Error ? error.message : String(error));
        }
      }),
    );
  }
}
