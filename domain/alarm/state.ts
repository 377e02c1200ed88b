import type { Millis } from '../time.ts';
import type { AlarmState, Priority } from './types.ts';

/** Why an action was refused (alarms.md 5). */
export type Refusal =
  | 'older-occurrence'
  | 'future-occurrence'
  | 'already'
  | 'nothing-to-acknowledge'
  | 'nothing-to-reset'
  | 'state'
  | 'priority'
  | 'reason'
  | 'duration'
  | 'no-limit'
  | 'unknown-alarm';

type Annunciated = Exclude<AlarmState, 'shelved' | 'suppressed' | 'out-of-service'>;

/** All that the ISA-18.2 machine of one alarm remembers; plain data, stored as it is. */
export interface MachineState {
  /** State A to F; frozen while the alarm is shelved, suppressed or out of service. */
  base: Annunciated;
  /** The alarm's truth: the raw truth after the delays. */
  active: boolean;
  /** Latest occurrence number, 0 before the first. */
  occurrence: number;
  /** The latest occurrence was acknowledged. */
  acknowledged: boolean;
  /** For latched alarms: was active since the last reset, also underneath a shelf. */
  activeSinceReset: boolean;
  /** `suppressWhen` is true. */
  suppressed: boolean;
  outOfService: boolean;
  shelvedUntil?: Millis;
}

export const initialState = (): MachineState => ({
  base: 'normal',
  active: false,
  occurrence: 0,
  acknowledged: false,
  activeSinceReset: false,
  suppressed: false,
  outOfService: false,
});

/** What is seen: out of service over shelved over suppressed over A to F. */
export function shown(state: MachineState): AlarmState {
  if (state.outOfService) return 'out-of-service';
  if (state.shelvedUntil !== undefined) return 'shelved';
  return state.suppressed ? 'suppressed' : state.base;
}

const hidden = (state: AlarmState): boolean => state === 'out-of-service' || state === 'shelved' || state === 'suppressed';

/**
 * Brings A to F in line with the truth after one event; `before` was shown before it.
 * One event is at most one transition. Returns the state that is shown now.
 */
export function settle(state: MachineState, before: AlarmState, latch: boolean): AlarmState {
  if (state.active && latch) state.activeSinceReset = true;
  const now = shown(state);
  if (hidden(now)) return now;
  if (hidden(before)) state.base = state.active ? rise(state) : afterHiding(state, latch);
  else if (state.active && state.base !== 'unack' && state.base !== 'acked') state.base = rise(state);
  else if (!state.active && state.base === 'unack') state.base = latch ? 'latched-unack' : 'rtn-unack';
  else if (!state.active && state.base === 'acked') state.base = latch ? 'latched-acked' : 'normal';
  return state.base;
}

function rise(state: MachineState): Annunciated {
  state.occurrence += 1;
  state.acknowledged = false;
  return 'unack';
}

/** Shelving never bypasses a reset. */
function afterHiding(state: MachineState, latch: boolean): Annunciated {
  if (!latch || !state.activeSinceReset) return 'normal';
  return state.acknowledged ? 'latched-acked' : 'latched-unack';
}

export function acknowledge(state: MachineState, occurrence: number): Refusal | undefined {
  if (occurrence < state.occurrence) return 'older-occurrence';
  if (occurrence > state.occurrence) return 'future-occurrence';
  if (state.acknowledged) return 'already';
  const now = shown(state);
  if (now !== 'unack' && now !== 'rtn-unack' && now !== 'latched-unack') return 'nothing-to-acknowledge';
  state.acknowledged = true;
  state.base = now === 'unack' ? 'acked' : now === 'rtn-unack' ? 'normal' : 'latched-acked';
  return undefined;
}

export function reset(state: MachineState): Refusal | undefined {
  if (shown(state) !== 'latched-acked') return 'nothing-to-reset';
  state.base = 'normal';
  state.activeSinceReset = false;
  return undefined;
}

const SHELF_LEAST = 60_000;
const SHELF_MOST = 12 * 3_600_000;

export function shelve(
  state: MachineState,
  at: Millis,
  wish: { readonly for?: number; readonly reason?: string; readonly priority: Priority },
): Refusal | undefined {
  if (hidden(shown(state))) return 'state';
  if (wish.priority === 1) return 'priority';
  if (wish.reason === undefined || wish.reason.trim() === '') return 'reason';
  if (wish.for === undefined || wish.for < SHELF_LEAST || wish.for > SHELF_MOST) return 'duration';
  state.shelvedUntil = at + wish.for;
  return undefined;
}

export function unshelve(state: MachineState): Refusal | undefined {
  if (shown(state) !== 'shelved') return 'state';
  delete state.shelvedUntil;
  return undefined;
}

export function setOutOfService(state: MachineState, out: boolean): Refusal | undefined {
  if (state.outOfService === out) return 'state';
  state.outOfService = out;
  return undefined;
}
