import type { CommandState } from './types.ts';

/**
 * What can happen to a command. `restart` is the crash of the platform: whatever was sent and has no outcome by then stays
 * unknown, because nobody can tell whether the register was written.
 */
export type CommandEvent = 'approve' | 'refuse' | 'expire' | 'send' | 'confirm' | 'fail' | 'lose' | 'restart';

const END_STATES = ['confirmed', 'failed', 'refused', 'expired', 'unknown'] as const;

export const hasEnded = (state: CommandState): boolean => END_STATES.some((end) => end === state);

const NEXT: Readonly<Record<CommandState, Partial<Record<CommandEvent, CommandState>>>> = {
  waiting: { approve: 'queued', refuse: 'refused', expire: 'expired', restart: 'waiting' },
  queued: { send: 'sent', refuse: 'refused', expire: 'expired', restart: 'queued' },
  sent: { confirm: 'confirmed', fail: 'failed', lose: 'unknown', restart: 'unknown' },
  confirmed: { restart: 'confirmed' },
  failed: { restart: 'failed' },
  refused: { restart: 'refused' },
  expired: { restart: 'expired' },
  unknown: { restart: 'unknown' },
};

/** The state after an event, or undefined where the event is refused: an end state never changes, and nothing is sent twice. */
export const nextState = (state: CommandState, event: CommandEvent): CommandState | undefined => NEXT[state][event];
