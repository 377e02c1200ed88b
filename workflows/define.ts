import type { Static, TSchema } from 'typebox';
import { Parse } from 'typebox/value';
import type { GateRule } from '#domain/command/types.ts';
import type { Sample, TagId, Value } from '#domain/sample.ts';
import type { TagDefinition } from '#domain/tag.ts';
import type { Text } from '#domain/text.ts';
import type { Clock, Duration, Millis } from '#domain/time.ts';

/** What a process may do to a device: submit a command and learn its end. */
interface CommandHands {
  /**
   * Resolves when the command has ended; the same job gets the same command again, never a second one.
   * `submitter` and `approver` are user ids.
   */
  write(request: {
    readonly tag: TagId;
    readonly value: number | boolean;
    readonly reason: string;
    readonly submitter: string;
    readonly approver?: string;
  }): Promise<{
    readonly id: string;
    readonly state: 'confirmed' | 'failed' | 'refused' | 'expired' | 'unknown';
    readonly code?: string;
    readonly detail?: string;
    readonly readBack?: Value;
  }>;
}
/** Asks a decision rule of `rules/`: its events in order. */
interface DecisionHands {
  decide(
    rule: string,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[]>;
}
/** Messages to people, once for each job: `to` are user ids. */
interface MessageHands {
  send(template: string, to: readonly string[], data: Readonly<Record<string, unknown>>): Promise<void>;
}
export interface Readings {
  /** Last value of a tag. */
  now(tag: TagId): Sample | undefined;
  /** Stored values in [from, to), at most `points`. */
  past(tag: TagId, from: Millis, to: Millis, points?: number): Promise<readonly { readonly at: Millis; readonly value: Value }[]>;
}
interface Plant {
  tag(id: TagId): TagDefinition | undefined;
  gate(id: TagId): GateRule | undefined;
  assetLabel(id: string): Text | undefined;
}
interface People {
  user(id: string): { readonly id: string; readonly name: string } | undefined;
  withRole(role: string): readonly { readonly id: string; readonly name: string }[];
}

/** What a job may use; nothing else reaches it. */
export interface JobContext {
  readonly job: {
    readonly key: string;
    readonly instance: string;
    readonly process: string;
    readonly element: string;
    readonly retries: number;
  };
  readonly clock: Clock;
  readonly commands: CommandHands;
  readonly decisions: DecisionHands;
  readonly messages: MessageHands;
  readonly readings: Readings;
  readonly plant: Plant;
  readonly people: People;
}

/** A modelled failure: an error event with this code catches it. Anything else that a job throws is retried, then an incident. */
export class BpmnError extends Error {
  readonly code: string;
  readonly variables: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, variables: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'BpmnError';
    this.code = code;
    this.variables = variables;
  }
}

/** A job type as the platform runs it; `run` gets the job's variables unparsed. */
export interface JobDefinition {
  readonly type: string;
  readonly label: Text;
  readonly input: TSchema;
  /** After this it is given to a worker again; longer than the job can take. */
  readonly timeout: Duration;
  run(input: unknown, context: JobContext): Promise<Readonly<Record<string, unknown>>>;
}

/** Keeps the input's type for `run`, which gets the variables parsed; variables that do not fit are a fault like any other. */
export function defineJob<S extends TSchema>(definition: {
  readonly type: string;
  readonly label: Text;
  readonly input: S;
  readonly timeout: Duration;
  run(input: Static<S>, context: JobContext): Promise<Readonly<Record<string, unknown>>>;
}): JobDefinition {
  return { ...definition, run: async (input, context) => definition.run(Parse(definition.input, input), context) };
}

export interface ProcessDefinition {
  readonly id: string;
  readonly label: Text;
  readonly bpmn: URL;
  /** Variables that it starts with. */
  readonly variables: TSchema;
  /** Texts of every named element; the Chinese one stands in the diagram. */
  readonly labels: Readonly<Record<string, Text>>;
  readonly jobs: readonly JobDefinition[];
  /** Form key -> form-js JSON file. */
  readonly forms: Readonly<Record<string, URL>>;
  /** People may start it with this form; the starter's id becomes the variable `starter` names. */
  readonly startForm?: { readonly key: string; readonly starter: string };
}

export const defineProcess = (definition: ProcessDefinition): ProcessDefinition => definition;

export { checkForm, parseForm } from './form.ts';
export { parseContent } from './content.ts';
export type { ProcessContent } from './content.ts';
