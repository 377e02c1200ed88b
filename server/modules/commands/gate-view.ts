import { checkWrite } from '#domain/command/gate.ts';
import type { GateVerdict } from '#domain/command/gate.ts';
import { modeOf } from '#domain/command/mode.ts';
import type { GateRule, Mode } from '#domain/command/types.ts';
import type { TagId, Value } from '#domain/sample.ts';
import type { Clock, Millis } from '#domain/time.ts';
import type { Caller, ProcessImage, TagDictionary } from '../../services.ts';

export interface GateWorld {
  readonly dictionary: TagDictionary;
  readonly image: ProcessImage;
  readonly clock: Clock;
  /** The server's own latch of the one-key stop, by the id of a station. */
  readonly stopped?: ((asset: string) => boolean) | undefined;
  /** True while a control node writes the tag cyclically. */
  readonly automatic?: ((tag: TagId) => boolean) | undefined;
}

/** A value older than this many cycles is not trusted for a mode or a permissive; at least a minute, as the link may lag. */
const STALE_CYCLES = 6;
const STALE_LEAST = 60_000;

/** What the gate looks at, taken from the process image, the dictionary and the latch of the one-key stop. */
export class Gate {
  readonly #world: GateWorld;

  constructor(world: GateWorld) {
    this.#world = world;
  }

  rule(tag: TagId): GateRule | undefined {
    return this.#world.dictionary.gate.get(tag);
  }

  /** The last good or uncertain value, whatever its age: a setpoint that is subscribed to comes only when it changes. */
  value(tag: TagId): Value | undefined {
    const sample = this.#world.image.get(tag);
    return sample && sample.quality !== 'bad' ? sample.value : undefined;
  }

  #fresh(tag: TagId): Value | undefined {
    const sample = this.#world.image.get(tag);
    const every = (this.#world.dictionary.tag(tag)?.every ?? 0) * 1000;
    const stale = !sample || this.#world.clock.now() - sample.at > Math.max(STALE_CYCLES * every, STALE_LEAST);
    return stale ? undefined : this.value(tag);
  }

  mode(tag: TagId): Mode | undefined {
    const rule = this.rule(tag);
    const register = rule?.mode && this.#fresh(rule.mode.tag);
    return typeof register === 'number' ? modeOf(register) : undefined;
  }

  /** The station (or any asset above the tag) is latched by the one-key stop. */
  stopped(tag: TagId): boolean {
    for (let id = this.#world.dictionary.tag(tag)?.asset; id !== undefined; id = this.#world.dictionary.asset(id)?.parent) {
      if (this.#world.stopped?.(id)) return true;
    }
    return false;
  }

  check(request: {
    readonly tag: TagId;
    readonly value: number | boolean;
    readonly lastWriteAt?: Millis | undefined;
    readonly persons: readonly string[];
    readonly roleOk: boolean;
    readonly alone: boolean;
  }): GateVerdict {
    const found = this.rule(request.tag);
    // Before the second person has spoken everything else is checked already.
    const rule = found && request.alone ? { ...found, persons: 1 as const } : found;
    const latched = this.stopped(request.tag);
    return checkWrite({
      rule,
      value: request.value,
      writer: 'command',
      present: this.value(request.tag),
      mode: rule?.mode && this.#fresh(rule.mode.tag),
      permissive: (tag) => (latched && tag.endsWith('.STOPPED') ? true : this.#fresh(tag)),
      lastWriteAt: request.lastWriteAt,
      now: this.#world.clock.now(),
      persons: request.persons,
      roleOk: request.roleOk,
      automatic: this.#world.automatic?.(request.tag) ?? false,
    });
  }
}

/** Only a person counts as the second one, never in the session of the first. */
export const isSecondPerson = (submitter: Pick<Caller, 'id' | 'session'>, approver: Caller): boolean =>
  approver.kind === 'user' && approver.id !== submitter.id && (approver.session === undefined || approver.session !== submitter.session);
