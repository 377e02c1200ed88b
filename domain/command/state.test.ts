import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasEnded, nextState } from './state.ts';
import type { CommandEvent } from './state.ts';
import type { CommandState } from './types.ts';

const events: readonly CommandEvent[] = ['approve', 'refuse', 'expire', 'send', 'confirm', 'fail', 'lose', 'restart'];

describe('the states of a command', () => {
  it('never sends twice, confirms only what was sent, and never leaves an end', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<CommandState>('waiting', 'queued'),
        fc.array(fc.constantFrom(...events), { maxLength: 30 }),
        (first, history) => {
          let state = first;
          let sent = 0;
          for (const event of history) {
            const next = nextState(state, event);
            if (next === undefined) continue;
            expect(!hasEnded(state) || next === state).toBe(true);
            expect(next !== 'confirmed' || state === 'sent' || state === 'confirmed').toBe(true);
            if (event === 'send') sent += 1;
            state = next;
          }
          expect(sent).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('does not send before the second person, and does not know what a crash interrupted', () => {
    expect(nextState('waiting', 'send')).toBeUndefined();
    expect(nextState('sent', 'restart')).toBe('unknown');
    expect(nextState('queued', 'restart')).toBe('queued');
    expect(nextState('unknown', 'send')).toBeUndefined();
    expect(nextState('sent', 'refuse')).toBeUndefined();
  });
});
