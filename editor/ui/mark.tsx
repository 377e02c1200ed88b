import type { JSX } from 'react';
import type { AlarmState, Priority } from '#domain/alarm/types.ts';

const SHAPES: Readonly<Record<Priority, JSX.Element>> = {
  1: <rect x="2.5" y="2.5" width="15" height="15" rx="1.5" />,
  2: <path d="M10 1.8 18.6 17.5H1.4Z" strokeLinejoin="round" />,
  3: <path d="M10 1.2 18.8 10 10 18.8 1.2 10Z" strokeLinejoin="round" />,
  4: <circle cx="10" cy="10" r="8" />,
};

/** Alarm mark with three codes at once: colour, shape and digit. Hollow = returned, not acknowledged, or nothing active. */
export function Mark({
  priority,
  hollow = false,
  blink = false,
  size = 18,
}: {
  readonly priority: Priority;
  readonly hollow?: boolean;
  readonly blink?: boolean;
  readonly size?: number;
}): JSX.Element {
  const colour = `var(--p${priority})`;
  return (
    <svg
      className={`mark pr${priority}${blink ? ' blink' : ''}`}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      role="img"
      aria-label={`P${priority}`}
    >
      <g fill={hollow ? 'none' : colour} stroke={hollow && priority === 3 ? 'var(--p3line)' : colour} strokeWidth={1.6}>
        {SHAPES[priority]}
      </g>
      <text x="10" y={priority === 2 ? 15.5 : 14} fill={hollow ? 'var(--tx)' : `var(--ontp${priority})`}>
        {priority}
      </text>
    </svg>
  );
}

export const isUnacknowledged = (state: AlarmState): boolean => state === 'unack' || state === 'rtn-unack' || state === 'latched-unack';
export const isActive = (state: AlarmState): boolean => state === 'unack' || state === 'acked';
/** Listed on the active tab: active, or still waiting for an acknowledgement or a reset. */
export const isStanding = (state: AlarmState): boolean => isActive(state) || isUnacknowledged(state) || state === 'latched-acked';
