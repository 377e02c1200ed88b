import type { JSX } from 'react';
import type { Value } from '#domain/sample.ts';

/** Running is white, stopped is dark grey, unknown is hatched by its outline only: never green or red. */
export const fillOf = (state: Value | undefined): string =>
  state === true || (typeof state === 'number' && state > 0) ? 'var(--run)' : state === false || state === 0 ? 'var(--stop)' : 'var(--eq)';

const line = { stroke: 'var(--eqs)', strokeWidth: 1.5, strokeLinejoin: 'round' } as const;

export function ControlValve({ state }: { readonly state: Value | undefined }): JSX.Element {
  return (
    <g {...line} fill={fillOf(state)}>
      <path d="M-14-9 0 0-14 9ZM14-9 0 0 14 9Z" />
      <path d="M0 0v-13" fill="none" />
      <path d="M-8-13a8 8 0 0 1 16 0Z" />
    </g>
  );
}

export function BranchValve({ state }: { readonly state: Value | undefined }): JSX.Element {
  return (
    <g {...line} fill={fillOf(state)}>
      <path d="M-14-9 0 0-14 9ZM14-9 0 0 14 9Z" />
      <path d="M0 0v-10M-7-10H7" fill="none" />
      <rect x="-6" y="-22" width="12" height="12" rx="1" />
    </g>
  );
}

export function Pump({ state }: { readonly state: Value | undefined }): JSX.Element {
  return (
    <g {...line} fill={fillOf(state)}>
      <circle r="15" />
      <path d="M-7-13 15 0-7 13" fill="none" />
    </g>
  );
}

export function HeatExchanger(): JSX.Element {
  return (
    <g {...line} fill="var(--eq)">
      <rect x="-22" y="-30" width="44" height="60" rx="2" />
      <path d="M-22 30 22-30M-22-14h6M-22 14h6M16-14h6M16 14h6" fill="none" />
      <path d="M-9-14-3-6 3-14 9-6M-9 6-3 14 3 6 9 14" fill="none" strokeWidth={1.2} />
    </g>
  );
}

export function Building(): JSX.Element {
  return (
    <g {...line} fill="var(--eq)">
      <path d="M-20 30V-30H20V30Z" />
      <path d="M-12-20h6v7h-6zM6-20h6v7h-6zM-12-4h6v7h-6zM6-4h6v7h-6zM-4 30V16h8v14" fill="none" strokeWidth={1.2} />
    </g>
  );
}

/** Compact station of the network picture: exchanger with its load. */
export function StationBody(): JSX.Element {
  return (
    <g {...line} fill="var(--eq)">
      <path d="M17 46h17M17 58h17" fill="none" strokeWidth={3} stroke="var(--pipe)" />
      <circle cy="52" r="18" />
      <path d="M-18 52h8l5-8 8 16 5-8h10" fill="none" />
      <rect x="34" y="38" width="17" height="28" rx="1" />
    </g>
  );
}
