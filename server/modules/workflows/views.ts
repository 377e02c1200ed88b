import type { InstanceDetail, InstanceSummary } from '#contract/workflows';
import type { Text } from '#domain/text.ts';
import type { Directory } from '../../people.ts';
import type { TagDictionary } from '../../services.ts';
import type { Doc, Store } from '../../store/port.ts';
import { TASKS } from '../../services.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { INSTANCE_COMMANDS } from './row.ts';
import type { InstanceRow } from './row.ts';

export const iso = (at: number): string => new Date(at).toISOString();
export const textField = (doc: Doc, field: string): string => {
  const value = doc[field];
  return typeof value === 'string' ? value : '';
};

/** The label of an element in both languages; its id where the definition has none. */
export const labelOf = (entry: CatalogueEntry | undefined, element: string): Text =>
  entry?.labels.get(element) ?? { zh: element, en: element };

export interface ViewServices {
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  readonly dictionary: TagDictionary;
  readonly store: Store;
}

export const person = (directory: Directory, id: string): { id: string; name: string } => ({ id, name: directory.user(id)?.name ?? id });

function common(row: InstanceRow, { catalogue, directory, dictionary }: ViewServices): Omit<InstanceSummary, 'activeElements'> {
  const entry = catalogue.texts(row.process, row.version);
  const where = row.asset === undefined ? undefined : dictionary.asset(row.asset);
  return {
    key: row._id,
    process: row.process,
    processLabel: entry?.label ?? { zh: row.process, en: row.process },
    version: row.version,
    hash: row.hash,
    state: row.state,
    startedAt: iso(row.startedAt),
    ...(row.businessKey === undefined ? {} : { businessKey: row.businessKey }),
    ...(row.endedAt === undefined ? {} : { endedAt: iso(row.endedAt) }),
    ...(row.startedBy === undefined ? {} : { startedBy: person(directory, row.startedBy) }),
    ...(row.asset === undefined ? {} : { where: { asset: row.asset, label: where?.label ?? { zh: row.asset, en: row.asset } } }),
    ...(row.alarm === undefined || row.occurrence === undefined ? {} : { alarm: { id: row.alarm, occurrence: row.occurrence } }),
  };
}

export function summary(row: InstanceRow, services: ViewServices): InstanceSummary {
  const entry = services.catalogue.texts(row.process, row.version);
  const activeElements = row.elements
    .filter((each) => each.state === 'active')
    .map((each) => ({ element: each.element, label: labelOf(entry, each.element) }));
  return { ...common(row, services), activeElements };
}

export async function detail(row: InstanceRow, services: ViewServices): Promise<InstanceDetail> {
  const entry = services.catalogue.texts(row.process, row.version);
  const tasks = await services.store.all(TASKS, { instance: row._id });
  const commands = await services.store.all(INSTANCE_COMMANDS, { instance: row._id });
  const open = row.incidents.filter((each) => each.resolvedAt === undefined);
  return {
    ...common(row, services),
    elements: row.elements.map((each) => {
      const task = tasks.find((doc) => doc['elementKey'] === each.key);
      const by = task ? textField(task, 'completedBy') || textField(task, 'assignee') : '';
      return {
        element: each.element,
        label: labelOf(entry, each.element),
        type: each.type,
        startedAt: iso(each.startedAt),
        state: open.some((incident) => incident.elementKey === each.key) ? 'incident' : each.state,
        ...(each.endedAt === undefined ? {} : { endedAt: iso(each.endedAt) }),
        ...(by === '' ? {} : { who: person(services.directory, by) }),
        ...(task ? { task: task._id } : {}),
      };
    }),
    flows: row.flows,
    variables: row.variables,
    clocks: row.clocks.map((clock) => ({
      element: clock.element,
      label: labelOf(entry, clock.element),
      startedAt: iso(clock.startedAt),
      at: iso(clock.at),
      interrupting: clock.interrupting,
    })),
    incidents: open.map((each) => ({
      key: each.key,
      element: each.element,
      label: labelOf(entry, each.element),
      type: each.type,
      message: each.message,
      at: iso(each.at),
      ...(each.job === undefined ? {} : { job: each.job }),
    })),
    commands: commands.map((doc) => doc._id),
  };
}
