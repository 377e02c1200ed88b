import type { TimelineEntry } from '#contract/tasks';
import type { Command } from '#domain/command/types.ts';
import type { Text } from '#domain/text.ts';
import { TASKS } from '../../services.ts';
import type { Alarms, Commands } from '../../services.ts';
import type { Doc } from '../../store/port.ts';
import { INSTANCE_COMMANDS } from './row.ts';
import type { InstanceRow } from './row.ts';
import { iso, labelOf, person, textField } from './views.ts';
import type { ViewServices } from './views.ts';

/** Elements whose stay is a step worth reading; gateways and events of the flow are not. */
const STEPS = new Set(['serviceTask', 'receiveTask', 'intermediateCatchEvent', 'subProcess']);

const ALARM_TEXTS: Readonly<Record<string, Text>> = {
  unack: { zh: '报警发生', en: 'Alarm raised' },
  acked: { zh: '报警确认', en: 'Alarm acknowledged' },
  'rtn-unack': { zh: '报警恢复，未确认', en: 'Alarm returned to normal, unacknowledged' },
  normal: { zh: '报警恢复', en: 'Alarm returned to normal' },
  'latched-unack': { zh: '报警恢复，锁定', en: 'Alarm returned, latched' },
  'latched-acked': { zh: '报警恢复，锁定', en: 'Alarm returned, latched' },
  shelved: { zh: '报警搁置', en: 'Alarm shelved' },
  suppressed: { zh: '报警抑制', en: 'Alarm suppressed' },
  'out-of-service': { zh: '报警停用', en: 'Alarm out of service' },
};

function processEntries(row: InstanceRow, services: ViewServices): TimelineEntry[] {
  const label = services.catalogue.texts(row.process, row.version)?.label ?? { zh: row.process, en: row.process };
  const version = `v${row.version} ${row.hash.slice(0, 12)}`;
  const entries: TimelineEntry[] = [
    {
      at: iso(row.startedAt),
      kind: 'process',
      state: 'done',
      title: { zh: `发起流程：${label.zh}`, en: `Process started: ${label.en}` },
      version,
      ...(row.startedBy === undefined || row.startedBy === 'system' ? {} : { who: person(services.directory, row.startedBy) }),
    },
  ];
  if (row.endedAt !== undefined) {
    const done = row.state === 'completed';
    entries.push({
      at: iso(row.endedAt),
      kind: 'process',
      state: done ? 'done' : 'cancelled',
      title: done ? { zh: '流程结束', en: 'Process ended' } : { zh: '流程终止', en: 'Process cancelled' },
      version,
    });
  }
  return entries;
}

function elementEntries(row: InstanceRow, services: ViewServices): TimelineEntry[] {
  const entry = services.catalogue.texts(row.process, row.version);
  const steps = row.elements
    .filter((each) => STEPS.has(each.type))
    .map((each): TimelineEntry => ({
      at: iso(each.endedAt ?? each.startedAt),
      kind: 'element',
      element: each.element,
      title: labelOf(entry, each.element),
      state: each.state === 'completed' ? 'done' : each.state === 'terminated' ? 'cancelled' : 'active',
    }));
  const fired = row.fired.map((each): TimelineEntry => ({
    at: iso(each.at),
    kind: 'timer',
    element: each.element,
    state: 'done',
    title: labelOf(entry, each.element),
  }));
  const incidents = row.incidents.flatMap((each): TimelineEntry[] => {
    const label = labelOf(entry, each.element);
    const base = { kind: 'incident', element: each.element, detail: `${each.type}: ${each.message}` } as const;
    return [
      { ...base, at: iso(each.at), state: 'failed', title: { zh: `流程异常：${label.zh}`, en: `Incident: ${label.en}` } },
      ...(each.resolvedAt === undefined
        ? []
        : [
            {
              ...base,
              at: iso(each.resolvedAt),
              state: 'done' as const,
              title: { zh: `异常已处理：${label.zh}`, en: `Incident resolved: ${label.en}` },
            },
          ]),
    ];
  });
  return [...steps, ...fired, ...incidents];
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Values that a person gave in a form, with the form's own labels and those of the chosen options. */
function formValues(task: Doc, row: InstanceRow, services: ViewServices): TimelineEntry['values'] {
  const fields = services.catalogue.texts(row.process, row.version)?.forms.get(textField(task, 'formKey'))?.fields ?? [];
  const values = new Map(typeof task['values'] === 'object' && task['values'] !== null ? Object.entries(task['values']) : []);
  return fields.flatMap((field) => {
    const value = values.get(field.key);
    if (!isScalar(value) || value === '') return [];
    const option = field.options?.find((each) => each.value === value);
    return [
      {
        name: field.key,
        label: field.label,
        value,
        ...(option ? { text: option.label } : {}),
        ...(field.unit === undefined ? {} : { unit: field.unit }),
      },
    ];
  });
}

async function taskEntries(row: InstanceRow, services: ViewServices): Promise<TimelineEntry[]> {
  const entry = services.catalogue.texts(row.process, row.version);
  return (await services.store.all(TASKS, { instance: row._id })).map((task): TimelineEntry => {
    const by = textField(task, 'completedBy') || textField(task, 'assignee');
    const at = typeof task['completedAt'] === 'number' ? task['completedAt'] : task['since'];
    const values = formValues(task, row, services);
    return {
      at: iso(typeof at === 'number' ? at : row.startedAt),
      kind: 'task',
      element: textField(task, 'element'),
      title: labelOf(entry, textField(task, 'element')),
      state: task['state'] === 'completed' ? 'done' : task['state'] === 'cancelled' ? 'cancelled' : 'active',
      ref: { kind: 'task', id: task._id },
      ...(by === '' ? {} : { who: person(services.directory, by) }),
      ...(values && values.length > 0 ? { values } : {}),
    };
  });
}

function commandEntries(command: Command, services: ViewServices): TimelineEntry[] {
  const tag = services.dictionary.tag(command.tag);
  const label = tag?.label ?? { zh: command.tag, en: command.tag };
  const value = (name: string, zh: string, en: string, given: unknown): NonNullable<TimelineEntry['values']> =>
    isScalar(given) ? [{ name, label: { zh, en }, value: given, unit: command.unit }] : [];
  const base = {
    kind: 'command',
    ref: { kind: 'command', id: command.id },
    ...(command.deployment === undefined ? {} : { version: `#${command.deployment}` }),
  } as const;
  const entries: TimelineEntry[] = [
    {
      ...base,
      at: iso(command.submittedAt),
      state: 'done',
      title: { zh: `提交控制命令：${label.zh}`, en: `Command submitted: ${label.en}` },
      who: person(services.directory, command.submitter),
      values: [...value('before', '现在', 'before', command.before), ...value('value', '目标', 'target', command.value)],
      ...(command.approver === undefined ? {} : { detail: `+ ${person(services.directory, command.approver).name}` }),
    },
  ];
  if (command.endedAt !== undefined) {
    const good = command.state === 'confirmed';
    entries.push({
      ...base,
      at: iso(command.endedAt),
      state: good ? 'done' : command.state === 'refused' ? 'refused' : 'failed',
      title: good
        ? { zh: `命令已执行，回读一致：${label.zh}`, en: `Command confirmed by read-back: ${label.en}` }
        : { zh: `命令未完成：${label.zh}`, en: `Command not confirmed: ${label.en}` },
      values: value('readBack', '回读', 'read-back', command.readBack),
      ...(good ? {} : { detail: [command.state, command.code, command.detail].filter((part) => part !== undefined).join(' · ') }),
    });
  }
  return entries;
}

async function alarmEntries(row: InstanceRow, services: ViewServices, alarms: Pick<Alarms, 'steps' | 'view'>): Promise<TimelineEntry[]> {
  const { alarm, occurrence } = row;
  if (alarm === undefined || occurrence === undefined) return [];
  const unit = alarms.view(alarm)?.unit;
  return (await alarms.steps(alarm, occurrence)).map((step): TimelineEntry => ({
    at: iso(step.at),
    kind: 'alarm',
    state: 'done',
    title: ALARM_TEXTS[step.to] ?? { zh: step.to, en: step.to },
    ref: { kind: 'alarm', id: alarm },
    version: step.revision.slice(0, 12),
    ...(step.by ? { who: person(services.directory, step.by.id) } : {}),
    ...(isScalar(step.value)
      ? { values: [{ name: 'value', label: { zh: '测量值', en: 'value' }, value: step.value, ...(unit === undefined ? {} : { unit }) }] }
      : {}),
    ...(step.reason === undefined ? {} : { detail: step.reason }),
  }));
}

/** What the timeline is made of besides the instance's row. */
export interface TimelineSources extends ViewServices {
  readonly commands: Pick<Commands, 'get'>;
  readonly alarms: Pick<Alarms, 'steps' | 'view'>;
}

/** 经过: what the engine, people, commands and the alarm did, in the order of time. */
export async function timelineOf(row: InstanceRow, services: TimelineSources): Promise<TimelineEntry[]> {
  const known = await Promise.all(
    (await services.store.all(INSTANCE_COMMANDS, { instance: row._id })).map(async (doc) => services.commands.get(doc._id)),
  );
  const [begun, ...over] = processEntries(row, services);
  const parts = [
    ...(begun ? [begun] : []),
    ...elementEntries(row, services),
    ...(await taskEntries(row, services)),
    ...known.flatMap((command) => (command ? commandEntries(command, services) : [])),
    ...(await alarmEntries(row, services, services.alarms)),
    ...over,
  ];
  // Equal times keep the order above; what still runs stands last.
  return parts.sort((a, b) => Number(a.state === 'active') - Number(b.state === 'active') || Date.parse(a.at) - Date.parse(b.at));
}
