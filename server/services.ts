import type { FormView, TimelineEntry } from '#contract/tasks';
import type { AlarmDefinition } from '#domain/alarm/definition.ts';
import type { AlarmAction } from '#domain/alarm/engine.ts';
import type { Refusal } from '#domain/alarm/state.ts';
import type { AlarmTransition, AlarmView, Priority } from '#domain/alarm/types.ts';
import type { Command, GateRule } from '#domain/command/types.ts';
import type { Cell } from '#domain/ledger/cell.ts';
import type { RoleId, Right } from '#domain/role.ts';
import type { Sample, TagId, Value, Quality } from '#domain/sample.ts';
import type { Asset, TagDefinition } from '#domain/tag.ts';
import type { Text } from '#domain/text.ts';
import type { Clock, Millis } from '#domain/time.ts';

/** Who asks: a person, a script's token, a flow runtime, the platform itself, or nobody known (public routes only; no rights). */
export interface Caller {
  readonly kind: 'user' | 'token' | 'runtime' | 'system' | 'anonymous';
  /** Stable id: user name, token name, runtime name, or the job that acts. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly RoleId[];
  readonly rights: ReadonlySet<Right>;
  readonly session?: string;
  readonly ip?: string;
}

/** 过程映像: the last value of every tag. */
export interface ProcessImage {
  get(tag: TagId): Sample | undefined;
  /** Takes a batch in order; older samples than the present one go to history only. Emits `samples` on the bus. */
  apply(samples: readonly Sample[]): void;
}

/** Columnar series; gaps are values of quality bad with a null value. */
export interface Series {
  readonly tag: TagId;
  readonly at: readonly Millis[];
  readonly value: readonly Value[];
  readonly quality: readonly Quality[];
  /** Present if some of it are 10-minute means, because the samples were deleted after their time. */
  readonly tier?: 'rollup';
}

/** Statistics of one bucket of one tag, enough for every aggregate that needs no order of samples. Bad and null samples count only in `bad`. */
export interface BucketSummary {
  readonly n: number;
  readonly bad: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly first: number | null;
  readonly firstAt: Millis;
  readonly last: number | null;
  readonly lastAt: Millis;
}

/** 历史: stored samples. `append` resolves after the durable commit; (tag, at) twice is stored once. */
export interface History {
  append(
    samples: readonly Sample[],
    source?: { readonly runtime: string; readonly seq: number },
  ): Promise<{ readonly stored: number; readonly duplicates: number }>;
  /** Last stored sequence of a runtime: what came up to it is durable. */
  lastSeq(runtime: string): number;
  /** At most `points` points a tag, min and max kept per pixel; without `points` raw. Bounds inclusive/exclusive. */
  read(
    tags: readonly TagId[],
    from: Millis,
    to: Millis,
    options?: { readonly points?: number; readonly signal?: AbortSignal },
  ): Promise<Series[]>;
  /** Per tag one summary for each bucket [edges[i], edges[i+1]); empty buckets have n = 0. Uses headers and rollups where the edges allow it, else decodes; off the main thread. */
  summarise(
    tags: readonly TagId[],
    edges: readonly Millis[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly (readonly BucketSummary[])[]>;
  /** Raw samples of one tag in ascending pieces (at most about 50,000 samples each), off the main thread: for exports and for aggregates that need the order. */
  scan(tag: TagId, from: Millis, to: Millis, options?: { readonly signal?: AbortSignal }): AsyncIterable<Series>;
  /** Latest stored sample of each tag, for the start. */
  latest(): Iterable<Sample>;
}

export interface AuditEntry {
  readonly actor: string;
  readonly actorName: string;
  readonly roles: readonly string[];
  readonly event: string;
  readonly object: string;
  readonly action: string;
  readonly result: 'done' | 'refused' | 'failed';
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string;
  readonly session?: string;
  readonly ip?: string;
  readonly requestId?: string;
}

/** 审计: the hash-chained log; resolves with the entry's number after it is durable. */
export interface Audit {
  append(entry: AuditEntry): Promise<number>;
}

export interface TagDictionary {
  tag(id: TagId): TagDefinition | undefined;
  asset(id: string): Asset | undefined;
  readonly tags: readonly TagDefinition[];
  readonly assets: readonly Asset[];
  readonly gate: ReadonlyMap<TagId, GateRule>;
}

export interface AlarmService {
  current(): readonly AlarmView[];
  view(id: string): AlarmView | undefined;
}

/** Why a transition was made, with the values at that moment; stored with it for the trace. */
export interface StoredTransition extends AlarmTransition {
  readonly n: number;
  readonly priority: Priority;
  readonly asset: string;
  readonly cause: 'sample' | 'stale' | 'delay' | 'shelf' | 'action' | 'definition';
  readonly action?: string;
  readonly by?: { readonly id: string; readonly name: string };
  readonly reason?: string;
  readonly truthSince?: Millis;
  readonly value?: Value;
  readonly limit?: number;
  readonly values: readonly Sample[];
  /** Hash of the definition's revision. */
  readonly revision: string;
}

/** 报警: the live engine with its actions; every promise resolves after the durable commit. */
export interface Alarms extends AlarmService {
  /** Undefined when it was done, else why not (alarms.md 5). */
  act(action: AlarmAction, by: { readonly id: string; readonly name: string }, reason?: string): Promise<Refusal | undefined>;
  /** The deployed definition of an alarm, with the hash of its revision. */
  definition(alarm: string): { readonly hash: string; readonly definition: AlarmDefinition } | undefined;
  /** Transitions of one occurrence, in order. */
  steps(alarm: string, occurrence: number): Promise<readonly StoredTransition[]>;
  /** Stored rises (transitions to `unack`) that pass a filter of the store, each with all transitions of its occurrence, in order. */
  occurrences(plan: {
    readonly filter: Readonly<Record<string, unknown>>;
    readonly sort: Readonly<Record<string, 1 | -1>>;
    readonly read: number;
  }): Promise<readonly { readonly _id: string; readonly at: Millis; readonly steps: readonly StoredTransition[] }[]>;
}

/** Timers are passed in, so that tests run in virtual time; `after` gives back how to cancel. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

export interface CommandRequest {
  readonly tag: TagId;
  readonly value: number | boolean;
  readonly reason: string;
  /** Milliseconds after which it must not be sent any more; default 30,000. */
  readonly expiresIn?: number;
  readonly submitter: Caller;
  /** Present when another person has already approved (a process); must differ from the submitter. */
  readonly approver?: Caller;
  /** The same key twice is the same command. */
  readonly idempotencyKey?: string;
  readonly instance?: string;
}

/** The one way to a device for persons, processes and scripts. */
export interface Commands {
  submit(request: CommandRequest): Promise<Command>;
  get(id: string): Promise<Command | undefined>;
  /** Resolves when the command is in an end state (confirmed, failed, refused, expired, unknown). */
  ended(id: string, signal?: AbortSignal): Promise<Command>;
}

/** What the flow runtime answers to a command. */
export interface CommandOutcome {
  readonly id: string;
  readonly state: 'confirmed' | 'failed' | 'unknown';
  readonly code?: string;
  readonly detail?: string;
  readonly readBack?: Value;
  readonly at: Millis;
}

/** The server's end of the link to the flow runtimes. */
export interface RuntimeLink {
  readonly runtimes: () => readonly {
    readonly runtime: string;
    readonly online: boolean;
    readonly lastSeen: Millis;
    readonly deployment: number;
  }[];
  /**
   * Sends over the broker, or over the control channel when the broker is down. Rejects with Problem TAG_NOT_OWNED, RUNTIME_OFFLINE or
   * COMMAND_EXPIRED if it certainly has not left; any other rejection leaves the outcome unknown.
   */
  sendCommand(command: {
    readonly id: string;
    readonly tag: TagId;
    readonly value: number | boolean;
    readonly expires: Millis;
    readonly deployment: number;
  }): Promise<CommandOutcome>;
  /** One-key stop: never queued, sent by the control channel to every runtime that owns the devices. */
  stop(
    targets: readonly string[],
    action: 'stop' | 'reset',
    signal: AbortSignal,
  ): Promise<
    readonly { readonly target: string; readonly result: 'done' | 'failed' | 'unknown'; readonly detail: string; readonly ms: number }[]
  >;
}

export interface TaskChange {
  readonly key: string;
  readonly kind: 'created' | 'changed' | 'completed' | 'cancelled';
}
export interface InstanceChange {
  readonly key: string;
  readonly process: string;
  readonly state: 'active' | 'completed' | 'terminated' | 'incident';
}

/** Texts and forms of one version of a process, by the ids that its model uses. */
export interface ProcessTexts {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
  readonly label: Text;
  readonly labels: ReadonlyMap<string, Text>;
  readonly forms: ReadonlyMap<string, FormView>;
}

/** 流程实例 as other modules see them. Given by the module `workflows`. */
export interface Processes {
  /** Present and former versions; undefined for one that was never deployed here. */
  texts(process: string, version: number): ProcessTexts | undefined;
  /** Every step of an instance with who, when, values; empty if there is none. */
  timeline(instance: string): Promise<readonly TimelineEntry[]>;
}

/** Collection of user tasks (a projection of the engine's log): `_id` is the job's key, `instance` the instance's. */
export const TASKS = 'tasks';

/** 发布: what runs is what the newest deployment names (artefacts.md). */
export interface Deployments {
  /** Number of the newest deployment. */
  readonly n: number;
  /** Content of the revision that the pointer names, with its hash; undefined if the artefact is not deployed. */
  deployed(kind: string, id: string): { readonly hash: string; readonly content: unknown } | undefined;
  list(kind: string): readonly { readonly id: string; readonly hash: string; readonly content: unknown }[];
  /** A consumer follows the pointer: called now and after each move with what differs; its report of hashes is kept. */
  follow(
    kind: string,
    consumer: string,
    apply: (
      changed: readonly { readonly id: string; readonly hash: string; readonly content: unknown }[],
      removed: readonly string[],
      n: number,
    ) => Promise<void>,
  ): Promise<void>;
  /** Writes revisions and moves the pointer in one step (author and approver are checked by the caller's route). */
  deploy(change: {
    readonly artefacts: readonly { readonly kind: string; readonly id: string; readonly content: unknown }[];
    /** Artefacts that the pointer shall name no more; their revisions are kept. */
    readonly remove?: readonly { readonly kind: string; readonly id: string }[];
    readonly author: string;
    readonly approver?: string;
    readonly message: string;
  }): Promise<{ readonly n: number }>;
}

/** Messages to people: in the app and, as mail, to files (or an SMTP relay later). */
export interface Messenger {
  send(message: {
    readonly template: string;
    readonly to: readonly string[];
    readonly data: Readonly<Record<string, unknown>>;
    readonly link?: string;
    readonly key: string;
  }): Promise<void>;
}

/** Handlebars reports and messages; subject and HTML in both languages. */
export interface Templates {
  /** @throws Problem TEMPLATE_UNKNOWN */
  render(id: string, data: Readonly<Record<string, unknown>>): { readonly subject: Text; readonly html: Text };
}

/** What decision rules answer: events of json-rules-engine in order. */
export interface Decisions {
  decide(
    rule: string,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[]>;
}

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface Ids {
  /** A sortable unique id. */
  next(): string;
  /** Random bytes as URL-safe text. */
  secret(bytes: number): string;
}

export interface Ambient {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** 编排: the flow host as the flows module sees it. */
export interface FlowHost {
  /** One-use entry to the flow editor for this caller. @throws Problem FLOW_EDITOR_DOWN */
  ticket(
    caller: Caller,
    link?: string,
  ): { readonly url: string; readonly origin: string; readonly mayEdit: boolean; readonly expires: Millis };
  /** The runtime that this host starts; `waiting` = backing off after a crash. */
  runtime(): {
    readonly runtime: string;
    readonly state: 'starting' | 'running' | 'waiting' | 'stopped';
    readonly restarts: number;
    readonly detail: string;
  };
}

/** One row of a spreadsheet; `n` is its number there, the first being 1. */
export interface SheetRow {
  readonly n: number;
  readonly cells: readonly Cell[];
}

/** 表格文件: reading and writing spreadsheets, row by row. */
export interface Sheets {
  /** Rows that hold anything, of the first sheet. @throws Problem LEDGER_SHEET */
  read(format: 'csv' | 'xlsx', bytes: Uint8Array): AsyncIterable<SheetRow>;
  write(format: 'csv' | 'xlsx', name: string, rows: AsyncIterable<readonly Cell[]>): AsyncIterable<string | Uint8Array>;
}
