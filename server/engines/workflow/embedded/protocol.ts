import type { EngineCommand, Outcome } from './core.ts';

/** What the server's thread asks of the engine's thread. `now` comes with every request: the engine has no clock of its own. */
export type Ask =
  | { readonly kind: 'command'; readonly command: Exclude<EngineCommand, { do: 'deploy' | 'timer' }> }
  | { readonly kind: 'deploy'; readonly resources: readonly { readonly name: string; readonly xml: string }[] }
  | { readonly kind: 'tick' }
  | { readonly kind: 'activatable'; readonly types: readonly { readonly type: string; readonly limit: number }[] }
  | { readonly kind: 'jobs'; readonly filter: { readonly instance?: string; readonly type?: string } }
  | { readonly kind: 'events'; readonly after: number; readonly limit: number }
  | { readonly kind: 'definitions' }
  | { readonly kind: 'close' };

export interface Request {
  readonly id: number;
  readonly now: number;
  readonly ask: Ask;
}

export type Answer =
  | {
      readonly id: number;
      readonly outcome: Outcome;
      readonly rejected?: {
        readonly resource: string;
        readonly problems: readonly { readonly element: string; readonly message: string }[];
      };
    }
  /** After each commit and at the start: what the server's thread plans its next calls by. */
  | { readonly position: number; readonly nextDue: number | undefined; readonly jobTypes: readonly string[] };

/** Evaluation cell shared by both threads, so that one that does not end can be seen and named. */
export interface Cell {
  /** [0] odd while an expression is evaluated; counts up. */
  readonly state: Int32Array;
  /** [0] request id, or minus the key of the timer; [1] number of the evaluation within it. */
  readonly culprit: Float64Array;
}
export const cellOf = (memory: SharedArrayBuffer): Cell => ({
  state: new Int32Array(memory, 0, 2),
  culprit: new Float64Array(memory, 8, 2),
});
export const CELL_BYTES = 24;

export interface WorkerStart {
  readonly file: string;
  readonly memory: SharedArrayBuffer;
  /** Names this run of the server: answers of a killed engine thread are given again, those of an earlier server are not. */
  readonly epoch: string;
  /** Evaluations that did not end: they fail at once. */
  readonly poison: readonly { readonly command: number; readonly evaluation: number }[];
}
