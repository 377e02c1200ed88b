import type { Mode } from './types.ts';

/** Numbers of the MODE register of a unit's controller. 0 = the controller's own loop, 2 = the platform's control node. */
export const MODE_NUMBERS: readonly Mode[] = ['auto', 'manual', 'remote', 'local'];

export const modeOf = (register: number): Mode | undefined => MODE_NUMBERS[register];
