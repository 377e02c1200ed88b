import { isProblem } from '#domain/errors.ts';
import { ROLES } from '#domain/role.ts';
import type { RoleId } from '#domain/role.ts';
import { parseDuration } from '#domain/time.ts';
import type { Clock } from '#domain/time.ts';
import type { JobContext, JobDefinition } from '#workflows/define.ts';
import { EngineRefusal } from '../../engines/workflow/port.ts';
import type { Job, WorkflowEngine } from '../../engines/workflow/port.ts';
import type { Directory } from '../../people.ts';
import type { Commands, Decisions, History, Log, Messenger, ProcessImage, TagDictionary } from '../../services.ts';

/** What jobs reach through their context. */
export interface JobServices {
  readonly engine: WorkflowEngine;
  readonly commands: Commands;
  readonly decisions: Decisions;
  readonly messenger: Messenger;
  readonly history: Pick<History, 'read'>;
  readonly image: Pick<ProcessImage, 'get'>;
  readonly dictionary: TagDictionary;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the command's id before its end is awaited, so that the instance's timeline knows it. */
  onCommand(instance: string, command: string): Promise<void>;
}

/** Waits between two tries of a job, ms. */
const BACK_OFF = [1000, 5000, 15_000];

interface ModelledError extends Error {
  readonly code: string;
  readonly variables: Readonly<Record<string, unknown>>;
}
const isModelled = (error: unknown): error is ModelledError =>
  error instanceof Error && error.name === 'BpmnError' && 'code' in error && typeof error.code === 'string' && 'variables' in error;
const isGone = (error: unknown): boolean =>
  error instanceof EngineRefusal && (error.code === 'NOT_FOUND' || error.code === 'INVALID_STATE');

function commandHands(services: JobServices, job: Job): JobContext['commands'] {
  return {
    async write({ tag, value, reason, submitter, approver }) {
      const [asks, approves] = [
        services.directory.callerOf(submitter),
        approver === undefined ? undefined : services.directory.callerOf(approver),
      ];
      if (!asks || (approver !== undefined && !approves))
        return { id: '', state: 'refused', code: 'USER_UNKNOWN', detail: `user ${asks ? approver : submitter} is not there any more` };
      try {
        // The job's key makes it one command, however often the job is tried.
        const { id } = await services.commands.submit({
          tag,
          value,
          reason,
          submitter: asks,
          idempotencyKey: `job:${job.key}`,
          instance: job.instance,
          ...(approves ? { approver: approves } : {}),
        });
        await services.onCommand(job.instance, id);
        const ended = await services.commands.ended(id);
        const state = ended.state === 'waiting' || ended.state === 'queued' || ended.state === 'sent' ? 'unknown' : ended.state;
        return {
          id,
          state,
          ...(ended.code === undefined ? {} : { code: ended.code }),
          ...(ended.detail === undefined ? {} : { detail: ended.detail }),
          ...(ended.readBack === undefined ? {} : { readBack: ended.readBack }),
        };
      } catch (error) {
        if (isProblem(error) && error.status < 500) return { id: '', state: 'refused', code: error.code, detail: error.message };
        throw error;
      }
    },
  };
}

const isRole = (id: string): id is RoleId => ROLES.some((role) => role.id === id);

function contextOf(services: JobServices, job: Job): JobContext {
  const { dictionary, directory } = services;
  return {
    job: { key: job.key, instance: job.instance, process: job.process, element: job.element, retries: job.retries },
    clock: services.clock,
    commands: commandHands(services, job),
    decisions: services.decisions,
    messages: {
      send: async (template, to, data) =>
        services.messenger.send({ template, to, data, key: `job:${job.key}`, link: `/instances/${job.instance}` }),
    },
    readings: {
      now: (tag) => services.image.get(tag),
      past: async (tag, from, to, points) => {
        const [series] = await services.history.read([tag], from, to, points === undefined ? {} : { points });
        return (series?.at ?? []).map((at, index) => ({ at, value: series?.value[index] ?? null }));
      },
    },
    plant: { tag: (id) => dictionary.tag(id), gate: (id) => dictionary.gate.get(id), assetLabel: (id) => dictionary.asset(id)?.label },
    people: { user: (id) => directory.user(id), withRole: (role) => (isRole(role) ? directory.withRole(role) : []) },
  };
}

async function workOne(services: JobServices, definition: JobDefinition, job: Job): Promise<void> {
  const { engine, log } = services;
  try {
    const variables = await definition.run(job.variables, contextOf(services, job));
    await engine.completeJob(job.key, variables);
  } catch (error) {
    if (isGone(error)) {
      log.info({ job: job.key, type: job.type }, 'a job had gone when its work was done');
      return;
    }
    try {
      if (isModelled(error)) await engine.throwError(job.key, { code: error.code, message: error.message, variables: error.variables });
      else {
        log.warn({ job: job.key, type: job.type, instance: job.instance, error: String(error) }, 'a job failed');
        const backoff = BACK_OFF[Math.max(0, BACK_OFF.length - job.retries)] ?? 1000;
        await engine.failJob(job.key, {
          retries: Math.max(0, job.retries - 1),
          message: error instanceof Error ? error.message : String(error),
          backoff,
        });
      }
    } catch (refused) {
      if (!isGone(refused)) throw refused;
    }
  }
}

/** Works every job type; the returned function stops taking new jobs. */
export function workJobs(services: JobServices, definitions: readonly JobDefinition[]): () => void {
  const stops = definitions.map((definition) => {
    const timeout = parseDuration(definition.timeout);
    if (timeout === undefined) throw new Error(`job ${definition.type}: "${definition.timeout}" is no duration`);
    return services.engine.work(definition.type, timeout, async (job) => workOne(services, definition, job));
  });
  return () => {
    for (const stop of stops) stop();
  };
}
