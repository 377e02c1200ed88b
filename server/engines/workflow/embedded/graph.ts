/** A FEEL expression, or a text as it stands. */
export type Expression = { readonly feel: string } | { readonly text: string };

export type TimerSpec = { readonly kind: 'duration' | 'date' | 'cycle'; readonly at: Expression };

export type EventSpec =
  | { readonly kind: 'none' | 'terminate' }
  | { readonly kind: 'timer'; readonly timer: TimerSpec }
  /** Without a code: catches every error. */
  | { readonly kind: 'error'; readonly code?: Expression }
  | { readonly kind: 'message'; readonly name: Expression; readonly correlationKey?: Expression };

export interface Mapping {
  readonly source: string;
  readonly target: readonly string[];
}

export interface JobSpec {
  readonly type: Expression;
  readonly retries: Expression;
  /** Sent to the worker as they are; those of user tasks may be expressions. */
  readonly headers: Readonly<Record<string, Expression>>;
}

export type ElementType =
  | 'process'
  | 'subProcess'
  | 'startEvent'
  | 'endEvent'
  | 'boundaryEvent'
  | 'intermediateCatchEvent'
  | 'intermediateThrowEvent'
  | 'exclusiveGateway'
  | 'parallelGateway'
  | 'task'
  | 'serviceTask'
  | 'userTask'
  | 'scriptTask'
  | 'receiveTask';

export interface Flow {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly condition?: string;
}

export interface GraphElement {
  readonly id: string;
  readonly type: ElementType;
  readonly name: string;
  /** The process or sub-process that it stands in; undefined for the process itself. */
  readonly scope?: string;
  /** In the order in which Zeebe takes them: reverse document order. */
  readonly outgoing: readonly Flow[];
  /** Flows that a parallel gateway waits for. */
  readonly incoming: number;
  readonly defaultFlow?: string;
  readonly event: EventSpec;
  readonly interrupting: boolean;
  readonly attachedTo?: string;
  readonly boundaries: readonly string[];
  readonly job?: JobSpec;
  readonly script?: { readonly expression: string; readonly result: string };
  readonly inputs: readonly Mapping[];
  readonly outputs: readonly Mapping[];
  /** None start event of a process or sub-process. */
  readonly start?: string;
}

/** A compiled process; `hash` is the SHA-256 of the XML as stored. */
export interface Graph {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly elements: ReadonlyMap<string, GraphElement>;
}

export const elementOf = (graph: Graph, id: string): GraphElement => {
  const element = graph.elements.get(id);
  if (!element) throw new Error(`element ${id} is not in process ${graph.id}`);
  return element;
};
