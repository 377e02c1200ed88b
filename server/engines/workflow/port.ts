import type { Millis } from '#domain/time.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** A job that a worker is given; user tasks are jobs of type `io.camunda.zeebe:userTask`. */
export interface Job {
  readonly key: string;
  readonly type: string;
  readonly instance: string;
  readonly process: string;
  readonly element: string;
  readonly retries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly variables: Variables;
  readonly createdAt: Millis;
}

/** One line of the engine's log, in order: the trace, the audit trail and the source of every projection. */
export interface EngineEvent {
  readonly position: number;
  readonly at: Millis;
  readonly kind: 'element' | 'flow' | 'job' | 'incident' | 'variables' | 'timer' | 'message' | 'process';
  readonly intent: string;
  readonly instance: string;
  readonly process: string;
  readonly version: number;
  readonly element: string;
  readonly elementKey: string;
  readonly detail: Variables;
}

export class ModelRejected extends Error {
  /** Element ids with the reason, in Zeebe's wording. */
  readonly problems: readonly { readonly element: string; readonly message: string }[];
  constructor(resource: string, problems: readonly { readonly element: string; readonly message: string }[]) {
    super(`${resource}: ${problems.map((p) => `${p.element}: ${p.message}`).join('; ')}`);
    this.name = 'ModelRejected';
    this.problems = problems;
  }
}

/** Business refusals carry gRPC's code as Zeebe answers it. */
export class EngineRefusal extends Error {
  readonly code: 'NOT_FOUND' | 'ALREADY_EXISTS' | 'INVALID_ARGUMENT' | 'INVALID_STATE';
  constructor(code: EngineRefusal['code'], message: string) {
    super(message);
    this.name = 'EngineRefusal';
    this.code = code;
  }
}

/** A model as it was deployed; every version is kept. */
export interface DeployedModel {
  readonly process: string;
  readonly version: number;
  readonly hash: string;
  readonly name: string;
  readonly xml: string;
}

interface StartResult {
  readonly key: string;
  readonly existing: boolean;
}

/** The engine behind tasks and processes: embedded by default, Zeebe at scale. Every promise resolves after a durable commit. */
export interface WorkflowEngine {
  /** @throws ModelRejected; then nothing of the call is deployed. The same content again is the same version. */
  deploy(
    resources: readonly { readonly name: string; readonly xml: string }[],
  ): Promise<readonly { readonly process: string; readonly version: number; readonly hash: string }[]>;
  /** The same business key twice is the same instance. */
  start(process: string, variables: Variables, businessKey?: string): Promise<StartResult>;
  publish(message: {
    readonly name: string;
    readonly key: string;
    readonly variables?: Variables;
    readonly ttl?: number;
    readonly id?: string;
  }): Promise<void>;
  completeJob(key: string, variables: Variables): Promise<void>;
  failJob(key: string, failure: { readonly retries: number; readonly message: string; readonly backoff?: number }): Promise<void>;
  throwError(key: string, error: { readonly code: string; readonly message: string; readonly variables?: Variables }): Promise<void>;
  resolveIncident(key: string, options?: { readonly retries?: number }): Promise<void>;
  setVariables(scope: string, variables: Variables): Promise<void>;
  cancel(instance: string): Promise<void>;
  /** Activatable jobs are handed to the handler; they are handed out again after `timeout` or a restart (at least once). */
  work(type: string, timeout: number, handler: (job: Job) => Promise<void>): () => void;
  /** Events after `position`, first the stored ones, then live; at least once, in order. */
  follow(position: number, listener: (events: readonly EngineEvent[]) => void): () => void;
  jobs(filter: { readonly instance?: string; readonly type?: string }): Promise<readonly Job[]>;
  /** All versions, oldest first. */
  models(): Promise<readonly DeployedModel[]>;
  [Symbol.asyncDispose](): Promise<void>;
}
