import type { Millis } from '#domain/time.ts';
import type { Variables } from '../port.ts';

type ElementState = 'activating' | 'activated' | 'completing' | 'terminating';

/** One stay of a token in an element; the process and its sub-processes are scopes of others. */
export interface ElementInstance {
  readonly key: number;
  readonly element: string;
  /** Key of the scope's instance; 0 for the process. */
  readonly scope: number;
  state: ElementState;
  readonly variables: Map<string, unknown>;
  /** Flows taken inside this scope whose target is not activated yet: live tokens. */
  tokens: number;
  /** Tokens that wait at joins of this scope: gateway, flow, count. */
  waiting: { readonly gateway: string; readonly flow: string; count: number }[];
  /** What completes or interrupts it: the event with its variables. */
  trigger?: { readonly element: string; readonly variables: Variables };
  /** An interrupting event has come: no other one is taken. */
  interrupted?: boolean;
  /** A terminate end event has ended this scope: nothing in it is activated any more. */
  terminatedBy?: string;
}

export interface JobRow {
  readonly key: number;
  readonly element: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  retries: number;
  state: 'activatable' | 'failed' | 'error';
  notBefore: Millis;
  readonly createdAt: Millis;
}

export interface TimerRow {
  readonly key: number;
  readonly element: number;
  readonly target: string;
  due: Millis;
  repetitions: number;
  readonly interval?: string;
}
export interface SubscriptionRow {
  readonly key: number;
  readonly element: number;
  readonly target: string;
  readonly name: string;
  readonly correlation: string;
  readonly once: boolean;
}
export interface IncidentRow {
  readonly key: number;
  readonly element: number;
  readonly type: IncidentType;
  readonly message: string;
  readonly job?: number;
  readonly at: Millis;
}
export type IncidentType = 'JOB_NO_RETRIES' | 'UNHANDLED_ERROR_EVENT' | 'EXTRACT_VALUE_ERROR' | 'CONDITION_ERROR' | 'IO_MAPPING_ERROR';

/** A process instance as one row keeps it. */
export interface Instance {
  readonly key: number;
  readonly definition: number;
  readonly process: string;
  readonly version: number;
  elements: ElementInstance[];
  jobs: JobRow[];
  timers: TimerRow[];
  subscriptions: SubscriptionRow[];
  incidents: IncidentRow[];
}

export const find = (instance: Instance, key: number): ElementInstance | undefined =>
  instance.elements.find((element) => element.key === key);
export const childrenOf = (instance: Instance, scope: number): ElementInstance[] =>
  instance.elements.filter((element) => element.scope === scope && element.key !== scope);

export const instanceToJson = (instance: Instance): string =>
  JSON.stringify({ ...instance, elements: instance.elements.map((element) => ({ ...element, variables: [...element.variables] })) });
export function instanceFromJson(json: string): Instance {
  const row: Omit<Instance, 'elements'> & { elements: (Omit<ElementInstance, 'variables'> & { variables: [string, unknown][] })[] } =
    JSON.parse(json);
  return { ...row, elements: row.elements.map((element) => ({ ...element, variables: new Map(element.variables) })) };
}

/** Variables that an element sees: its own first, then those of the scopes around it. */
export function visible(instance: Instance, key: number): Map<string, unknown> {
  const seen = new Map<string, unknown>();
  for (let at = find(instance, key); at; at = at.scope === 0 ? undefined : find(instance, at.scope)) {
    for (const [name, value] of at.variables) if (!seen.has(name)) seen.set(name, value);
  }
  return seen;
}
