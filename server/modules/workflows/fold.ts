import type { EngineEvent } from '../../engines/workflow/port.ts';
import type { ClockRow, ElementRow, InstanceRow } from './row.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The row of an instance that has just been created. */
export const createdRow = (event: EngineEvent): InstanceRow => ({
  _id: event.instance,
  process: event.process,
  version: event.version,
  hash: text(event.detail['hash']),
  ...(event.detail['businessKey'] === undefined ? {} : { businessKey: text(event.detail['businessKey']) }),
  state: 'active',
  startedAt: event.at,
  position: event.position,
  elements: [],
  flows: {},
  variables: {},
  clocks: [],
  fired: [],
  incidents: [],
});

function foldElement(row: InstanceRow, event: EngineEvent): InstanceRow {
  const root = event.elementKey === row._id;
  if (event.intent === 'ELEMENT_ACTIVATING') {
    if (root) return row;
    const entered: ElementRow = {
      key: event.elementKey,
      element: event.element,
      type: text(event.detail['type']),
      state: 'active',
      startedAt: event.at,
    };
    return { ...row, elements: [...row.elements, entered] };
  }
  if (event.intent !== 'ELEMENT_COMPLETED' && event.intent !== 'ELEMENT_TERMINATED') return row;
  const state = event.intent === 'ELEMENT_COMPLETED' ? 'completed' : 'terminated';
  if (root) return { ...row, state, endedAt: event.at, clocks: [] };
  return { ...row, elements: row.elements.map((each) => (each.key === event.elementKey ? { ...each, state, endedAt: event.at } : each)) };
}

function foldTimer(row: InstanceRow, event: EngineEvent): InstanceRow {
  const key = text(event.detail['key']);
  if (event.intent === 'CREATED') {
    const clock: ClockRow = {
      key,
      element: text(event.detail['target']),
      startedAt: event.at,
      at: number(event.detail['due']),
      interrupting: event.detail['interrupting'] === true,
    };
    return { ...row, clocks: [...row.clocks, clock] };
  }
  const clocks = row.clocks.filter((clock) => clock.key !== key);
  return event.intent === 'TRIGGERED'
    ? { ...row, clocks, fired: [...row.fired, { element: text(event.detail['target']), at: event.at }] }
    : { ...row, clocks };
}

function foldIncident(row: InstanceRow, event: EngineEvent): InstanceRow {
  const key = text(event.detail['key']);
  const incidents =
    event.intent === 'CREATED'
      ? [
          ...row.incidents,
          {
            key,
            element: event.element,
            elementKey: event.elementKey,
            type: text(event.detail['type']),
            message: text(event.detail['message']),
            at: event.at,
            ...(event.detail['job'] === undefined ? {} : { job: text(event.detail['job']) }),
          },
        ]
      : row.incidents.map((each) => (each.key === key ? { ...each, resolvedAt: event.at } : each));
  const open = incidents.some((each) => each.resolvedAt === undefined);
  return { ...row, incidents, state: row.state === 'active' || row.state === 'incident' ? (open ? 'incident' : 'active') : row.state };
}

function foldVariable(row: InstanceRow, event: EngineEvent): InstanceRow {
  if (event.elementKey !== row._id) return row;
  const name = text(event.detail['name']);
  const value = event.detail['value'];
  const variables = Object.fromEntries([...Object.entries(row.variables).filter(([key]) => key !== name), [name, value]]);
  const shown = typeof value === 'string' && (name === 'asset' || name === 'startedBy' || name === 'alarm') ? { [name]: value } : {};
  const occurrence = name === 'occurrence' && typeof value === 'number' ? { occurrence: value } : {};
  return { ...row, variables, ...shown, ...occurrence };
}

/** One event of the engine's log on an instance's row; an event that it has seen changes nothing. */
export function foldInstance(row: InstanceRow, event: EngineEvent): InstanceRow {
  if (event.position <= row.position) return row;
  const next = { ...row, position: event.position };
  switch (event.kind) {
    case 'element':
      return foldElement(next, event);
    case 'flow': {
      const taken = new Map(Object.entries(next.flows));
      taken.set(event.element, (taken.get(event.element) ?? 0) + 1);
      return { ...next, flows: Object.fromEntries(taken) };
    }
    case 'timer':
      return foldTimer(next, event);
    case 'incident':
      return foldIncident(next, event);
    case 'variables':
      return foldVariable(next, event);
    case 'job':
    case 'message':
    case 'process':
      break;
  }
  return next;
}
