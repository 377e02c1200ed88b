import type { TaskDetail, TaskSummary } from '#contract/tasks';
import type { Risk } from '#domain/command/types.ts';
import type { Text } from '#domain/text.ts';
import type { Directory } from '../../people.ts';
import type { AlarmService, Caller, ProcessImage, Processes, TagDictionary } from '../../services.ts';
import { HEADERS, excluded } from './row.ts';
import type { TaskRow } from './row.ts';

export interface TaskServices {
  readonly processes: Processes;
  readonly directory: Directory;
  readonly dictionary: TagDictionary;
  readonly image: Pick<ProcessImage, 'get'>;
  readonly alarms: Pick<AlarmService, 'view'>;
}

type Scalar = string | number | boolean | null;
const iso = (at: number): string => new Date(at).toISOString();
const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const both = (text: string): Text => ({ zh: text, en: text });
const RISKS: readonly Risk[] = ['low', 'middle', 'high'];

/** May the caller see and work it at all: it is assigned to them or offered to one of their roles. */
export const concerns = (row: TaskRow, caller: Caller): boolean =>
  row.assignee === caller.id || row.completedBy === caller.id || row.groups.some((group) => caller.roles.some((role) => role === group));

/** Why the caller may not complete it now. */
export function blockedFor(row: TaskRow, caller: Caller): string | undefined {
  if (row.state !== 'open') return 'TASK_CLOSED';
  if (!concerns(row, caller)) return 'TASK_NOT_YOURS';
  if (row.assignee !== undefined && row.assignee !== caller.id) return 'TASK_ASSIGNED';
  return excluded(row) === caller.id ? 'TASK_SAME_PERSON' : undefined;
}

interface Write {
  readonly tag: string;
  readonly value: Scalar;
}
/** Writes that completing the task may lead to. */
function proposedWrites(row: TaskRow): Write[] {
  const name = row.headers[HEADERS.writes];
  const value = name === undefined ? undefined : new Map(Object.entries(row.variables)).get(name);
  return (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
    typeof each === 'object' && each !== null && 'tag' in each && 'value' in each && typeof each.tag === 'string' && isScalar(each.value)
      ? [{ tag: each.tag, value: each.value }]
      : [],
  );
}

export function summaryOf(row: TaskRow, caller: Caller, services: TaskServices): TaskSummary {
  const { directory, dictionary } = services;
  const texts = services.processes.texts(row.process, row.version);
  const person = (id: string): { id: string; name: string } => ({ id, name: directory.user(id)?.name ?? id });
  const label = (element: string): Text => texts?.labels.get(element) ?? both(element);
  const clocks = row.clocks.map((clock) => ({
    element: clock.element,
    label: label(clock.element),
    startedAt: iso(clock.startedAt),
    at: iso(clock.at),
    interrupting: clock.interrupting,
  }));
  const due = clocks.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];
  const risks = proposedWrites(row).flatMap((write) => dictionary.gate.get(write.tag)?.risk ?? []);
  const risk = RISKS.findLast((each) => risks.includes(each));
  const { alarm, occurrence } = row.variables;
  const view = typeof alarm === 'string' ? services.alarms.view(alarm) : undefined;
  const blocked = row.state === 'open' ? blockedFor(row, caller) : undefined;
  return {
    key: row._id,
    instance: row.instance,
    process: row.process,
    processLabel: texts?.label ?? both(row.process),
    version: row.version,
    element: row.element,
    label: label(row.element),
    state: row.state,
    since: iso(row.since),
    groups: row.groups,
    ver: row.ver ?? 1,
    ...(row.asset === undefined ? {} : { where: { asset: row.asset, label: dictionary.asset(row.asset)?.label ?? both(row.asset) } }),
    ...(row.assignee === undefined ? {} : { assignee: person(row.assignee) }),
    ...(due ? { due } : {}),
    ...(risk ? { risk } : {}),
    ...(blocked === undefined ? {} : { blocked }),
    ...(typeof alarm === 'string' && typeof occurrence === 'number'
      ? { alarm: { id: alarm, occurrence, ...(view ? { priority: view.priority, label: view.label } : {}) } }
      : {}),
    ...(row.completedBy === undefined ? {} : { completedBy: person(row.completedBy) }),
    ...(row.completedAt === undefined ? {} : { completedAt: iso(row.completedAt) }),
  };
}

/** Values that the form begins with: same-named variables for read-only fields, suggestions for the others. */
function initialValues(
  row: TaskRow,
  fields: readonly { readonly key: string; readonly readonly?: boolean; readonly options?: readonly { readonly value: string }[] }[],
): Record<string, Scalar> {
  const variables = new Map(Object.entries(row.variables));
  const suggested = new Map(
    (row.headers[HEADERS.suggest] ?? '').split(',').map((pair) => {
      const [field = '', name = ''] = pair.split('=');
      return [field.trim(), variables.get(name.trim())];
    }),
  );
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = field.readonly === true ? variables.get(field.key) : suggested.get(field.key);
      const fits = field.options === undefined || field.options.some((option) => option.value === value);
      return isScalar(value) && value !== null && fits ? [[field.key, value]] : [];
    }),
  );
}

export async function detailOf(row: TaskRow, caller: Caller, services: TaskServices): Promise<TaskDetail> {
  const { dictionary, image, directory } = services;
  const texts = services.processes.texts(row.process, row.version);
  const form = row.formKey === undefined ? undefined : texts?.forms.get(row.formKey);
  const summary = summaryOf(row, caller, services);
  const { alarm, tag, value, limit } = row.variables;
  const view = typeof alarm === 'string' ? services.alarms.view(alarm) : undefined;
  const measured = typeof tag === 'string' ? dictionary.tag(tag) : undefined;
  const proposer = excluded(row);
  return {
    ...summary,
    ...(form ? { form } : {}),
    values: row.state === 'open' ? initialValues(row, form?.fields ?? []) : (row.values ?? {}),
    writes: proposedWrites(row).map((write) => {
      const definition = dictionary.tag(write.tag);
      const rule = dictionary.gate.get(write.tag);
      const sample = image.get(write.tag);
      return {
        tag: write.tag,
        label: definition?.label ?? both(write.tag),
        unit: definition?.unit ?? '',
        decimals: definition?.decimals ?? 2,
        before: sample?.quality === 'bad' ? null : (sample?.value ?? null),
        beforeQuality: sample?.quality ?? 'bad',
        after: write.value,
        ...(rule ? { risk: rule.risk, persons: rule.persons } : {}),
      };
    }),
    ...(proposer === undefined ? {} : { proposedBy: { id: proposer, name: directory.user(proposer)?.name ?? proposer } }),
    clocks: row.clocks.map((clock) => ({
      element: clock.element,
      label: texts?.labels.get(clock.element) ?? both(clock.element),
      startedAt: iso(clock.startedAt),
      at: iso(clock.at),
      interrupting: clock.interrupting,
    })),
    ...(view
      ? {
          guidance: {
            cause: view.cause,
            consequence: view.consequence,
            response: view.response,
            ...(view.responseTime === undefined ? {} : { responseTime: view.responseTime }),
          },
        }
      : {}),
    ...(measured && isScalar(value ?? null)
      ? {
          measured: {
            tag: measured.id,
            label: measured.label,
            unit: measured.unit,
            value: isScalar(value) ? value : null,
            ...(typeof limit === 'number' ? { limit } : {}),
          },
        }
      : {}),
    timeline: [...(await services.processes.timeline(row.instance))],
  };
}
