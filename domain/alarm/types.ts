import type { Text } from '../text.ts';
import type { Millis } from '../time.ts';
import type { Value } from '../sample.ts';

/** ISA-18.2 states, letters A-I (alarms.md 5). */
export type AlarmState =
  | 'normal'
  | 'unack'
  | 'acked'
  | 'rtn-unack'
  | 'latched-unack'
  | 'latched-acked'
  | 'shelved'
  | 'suppressed'
  | 'out-of-service';

export type Priority = 1 | 2 | 3 | 4;

/** One change of state of one alarm; `occurrence` is the latest number after it. */
export interface AlarmTransition {
  readonly at: Millis;
  readonly alarm: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly occurrence: number;
  /** In the live system: number of this transition of the alarm, 1 first. `alarm#occurrence#to#n` is its id. */
  readonly n?: number;
}

/** What an operator is told of an alarm. */
interface AlarmGuidance {
  readonly label: Text;
  readonly cause: Text;
  readonly consequence: Text;
  readonly response: Text;
  readonly responseTime?: string;
}

/** Present state of one alarm as pages and sockets show it. */
export interface AlarmView extends AlarmGuidance {
  readonly id: string;
  /** The asset where it is: `STA007.UNT02`; a page shows its label. */
  readonly asset: string;
  readonly tag?: string;
  readonly unit?: string;
  readonly priority: Priority;
  readonly class: string;
  readonly state: AlarmState;
  readonly occurrence: number;
  /** When the present occurrence rose, and of the last transition. */
  readonly raisedAt?: Millis;
  readonly at: Millis;
  readonly value?: Value;
  readonly limit?: number;
  readonly acknowledgedBy?: string;
  readonly shelvedUntil?: Millis;
  /** Definition revision (hash) in force, and the process that a new occurrence starts. */
  readonly revision?: string;
  readonly starts?: string;
  /** Id of the definition: `STA003.UNT02.MK_FI` of the alarm `STA003.UNT02.MK_FI.hh`. */
  readonly rule: string;
  /** Truth after the delays, also while it is hidden. */
  readonly active: boolean;
  /** A source has bad quality now. */
  readonly bad: boolean;
  readonly shelvedBy?: string;
  /** Why it is shelved or out of service. */
  readonly reason?: string;
}
