import type { Millis } from '#domain/time.ts';
import type { EngineEvent, Variables } from '../port.ts';
import type { Database } from './database.ts';
import { evaluateFeel, toJson } from './feel.ts';
import type { Evaluated } from './feel.ts';
import { elementOf } from './graph.ts';
import type { Expression, Graph, GraphElement, Mapping } from './graph.ts';
import { find, visible } from './instance.ts';
import type { ElementInstance, IncidentType, Instance } from './instance.ts';
import { applyMappings } from './mapping.ts';

/** What is done next, first in first out, as Zeebe's follow-up commands are. */
export type FollowUp =
  | { readonly op: 'activate'; readonly instance: Instance; readonly element: string; readonly scope: number; readonly key: number }
  | { readonly op: 'resume' | 'complete' | 'terminate' | 'terminate-children'; readonly instance: Instance; readonly key: number }
  | {
      readonly op: 'correlate';
      readonly instance: Instance;
      readonly subscription: number;
      readonly message: number;
      readonly variables: Variables;
    };

/** Called before each evaluation; false = this evaluation did not end once and is not tried again. */
export interface Guard {
  enter(): boolean;
  leave(): void;
}

/** A failure that becomes an incident of the element. */
export interface Fault {
  readonly type: IncidentType;
  readonly message: string;
}
export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && 'type' in value && 'message' in value;

const PARTITION_BASE = 2 ** 51;
const typeName = (value: unknown): string =>
  value === null || value === undefined
    ? 'NULL'
    : Array.isArray(value)
      ? 'ARRAY'
      : typeof value === 'object'
        ? 'OBJECT'
        : typeof value === 'string'
          ? 'STRING'
          : typeof value === 'number'
            ? 'NUMBER'
            : 'BOOLEAN';

/** What one command reads and writes: keys, events, variables and expressions; the behaviours are built on it. */
export class Step {
  readonly db: Database;
  readonly now: Millis;
  readonly queue: FollowUp[] = [];
  readonly events: EngineEvent[] = [];
  readonly #guard: Guard;
  #position: number;
  #sequence: number;

  constructor(db: Database, now: Millis, guard: Guard) {
    this.db = db;
    this.now = now;
    this.#guard = guard;
    this.#position = Number(db.meta('position') ?? 0);
    this.#sequence = Number(db.meta('sequence') ?? 0);
  }

  /** Keys are partition << 51 | sequence; this engine is partition 1. */
  newKey(): number {
    this.#sequence += 1;
    return PARTITION_BASE + this.#sequence;
  }

  /** Writes the log record of the command; call once, at its end. */
  finish(command: unknown): void {
    this.db.setMeta('sequence', String(this.#sequence));
    const [first] = this.events;
    if (!first) return;
    this.db.setMeta('position', String(this.#position));
    this.db.append(first.position, this.#position, this.now, command, this.events);
  }

  emit(
    kind: EngineEvent['kind'],
    intent: string,
    where: { process: string; version: number; instance: number; element: string; key: number },
    detail: Variables = {},
  ): void {
    this.#position += 1;
    this.events.push({
      position: this.#position,
      at: this.now,
      kind,
      intent,
      instance: String(where.instance),
      process: where.process,
      version: where.version,
      element: where.element,
      elementKey: String(where.key),
      detail,
    });
  }
  tell(kind: EngineEvent['kind'], intent: string, instance: Instance, at: ElementInstance, detail: Variables = {}): void {
    this.emit(
      kind,
      intent,
      { process: instance.process, version: instance.version, instance: instance.key, element: at.element, key: at.key },
      detail,
    );
  }

  graph(instance: Instance): Graph {
    return this.db.definition(instance.definition).graph;
  }
  element(instance: Instance, id: string): GraphElement {
    return elementOf(this.graph(instance), id);
  }

  setLocal(instance: Instance, at: ElementInstance, name: string, value: unknown): void {
    const json = toJson(value);
    const known = at.variables.has(name);
    if (known && JSON.stringify(at.variables.get(name)) === JSON.stringify(json)) return;
    at.variables.set(name, json);
    this.tell('variables', known ? 'UPDATED' : 'CREATED', instance, at, { name, value: json });
  }
  /** Each variable goes to the nearest scope that has it, else to the process. */
  merge(instance: Instance, from: ElementInstance, variables: Iterable<readonly [string, unknown]>): void {
    for (const [name, value] of variables) {
      let scope = from;
      while (scope.scope !== 0 && !scope.variables.has(name)) {
        const parent = find(instance, scope.scope);
        if (!parent) break;
        scope = parent;
      }
      this.setLocal(instance, scope, name, value);
    }
  }

  evaluate(source: string, instance: Instance, key: number, also?: ReadonlyMap<string, unknown>): Evaluated {
    const context = Object.fromEntries([...visible(instance, key), ...(also ?? [])]);
    if (!this.#guard.enter()) return { ok: false, message: 'the evaluation did not end in time and was stopped' };
    try {
      return evaluateFeel(source, context);
    } finally {
      this.#guard.leave();
    }
  }

  /** Text of an expression that must give a text. */
  evaluateText(spec: Expression, instance: Instance, key: number): string | Fault {
    if ('text' in spec) return spec.text;
    const result = this.evaluate(spec.feel, instance, key);
    if (!result.ok) return { type: 'EXTRACT_VALUE_ERROR', message: `failed to evaluate expression '${spec.feel}': ${result.message}` };
    const value = toJson(result.value);
    if (typeof value !== 'string')
      return {
        type: 'EXTRACT_VALUE_ERROR',
        message: `Expected result of the expression '${spec.feel}' to be 'STRING', but was '${typeName(value)}'.`,
      };
    return value;
  }
  evaluateNumber(spec: Expression, instance: Instance, key: number): number | Fault {
    if ('text' in spec) return Number(spec.text);
    const result = this.evaluate(spec.feel, instance, key);
    if (!result.ok) return { type: 'EXTRACT_VALUE_ERROR', message: `failed to evaluate expression '${spec.feel}': ${result.message}` };
    if (typeof result.value !== 'number')
      return {
        type: 'EXTRACT_VALUE_ERROR',
        message: `Expected result of the expression '${spec.feel}' to be 'NUMBER', but was '${typeName(toJson(result.value))}'.`,
      };
    return result.value;
  }
  evaluateBoolean(source: string, instance: Instance, key: number): boolean | Fault {
    const result = this.evaluate(source, instance, key);
    if (!result.ok) return { type: 'EXTRACT_VALUE_ERROR', message: `failed to evaluate expression '${source}': ${result.message}` };
    if (typeof result.value !== 'boolean')
      return {
        type: 'EXTRACT_VALUE_ERROR',
        message: `Expected result of the expression '${source}' to be 'BOOLEAN', but was '${typeName(toJson(result.value))}'.`,
      };
    return result.value;
  }
  /** A message's correlation key: text or number. */
  evaluateKey(spec: Expression, instance: Instance, key: number): string | Fault {
    if ('text' in spec) return spec.text;
    const result = this.evaluate(spec.feel, instance, key);
    const value = result.ok ? toJson(result.value) : undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    return {
      type: 'EXTRACT_VALUE_ERROR',
      message: `Failed to extract the correlation key for '${spec.feel}': The value must be either a string or a number, but was '${result.ok ? typeName(value) : result.message}'.`,
    };
  }

  /** Values of mappings, or the fault. */
  map(mappings: readonly Mapping[], instance: Instance, key: number): ReadonlyMap<string, unknown> | Fault {
    const seen = visible(instance, key);
    const result = applyMappings(
      mappings,
      (source, also) => this.evaluate(source, instance, key, also),
      (name) => seen.get(name),
    );
    return result.ok ? result.values : { type: 'IO_MAPPING_ERROR', message: result.message };
  }
  applyInputs(instance: Instance, at: ElementInstance, mappings: readonly Mapping[]): Fault | undefined {
    if (mappings.length === 0) return undefined;
    const values = this.map(mappings, instance, at.key);
    if (isFault(values)) return values;
    for (const [name, value] of values) this.setLocal(instance, at, name, value);
    return undefined;
  }
}
