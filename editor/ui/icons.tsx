import type { JSX } from 'react';

const PATHS = {
  overview: 'M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-6h4v6',
  alarm: 'M6 17V11a6 6 0 0 1 12 0v6M4 17h16M10.5 20.5h3',
  task: 'M6 4h12v16H6zM9 9h6M9 13h6M9 17h3',
  mimic: 'M3 9h5v6H3zM16 9h5v6h-5zM8 12h8M12 9v6',
  trend: 'M4 4v16h16M7 15l4-5 3 3 5-7',
  rule: 'M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h9M17 17h3M15 15v4',
  flow: 'M4 6h4a3 3 0 0 1 3 3v6a3 3 0 0 0 3 3h6M17 15l3 3-3 3M3 4h4v4H3z',
  workflow: 'M4 4h6v5H4zM14 4h6v5h-6zM9 15h6v5H9zM7 9v3h10V9M12 12v3',
  tag: 'M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01',
  ledger: 'M6 3.5h12v17H6zM6 7H4M6 12H4M6 17H4M10 8h5M10 12h5M10 16h3',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c.5-4.5 3.5-7 8-7s7.5 2.5 8 7',
  users:
    'M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M15.5 5.5a3.3 3.3 0 0 1 0 6.2M17.5 14.5c2.3.7 3.7 2.5 4 5.5',
  audit: 'M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2 2 4-4',
  health: 'M3 12h4l2-6 4 12 2-6h6',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l4 4',
  sound: 'M4 10v4h3l5 4V6l-5 4zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mute: 'M4 10v4h3l5 4V6l-5 4zM16 10l4 4M20 10l-4 4',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4',
  moon: 'M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5Z',
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'M5 12.5 10 17 19 7',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  shield: 'M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2 2 4-4',
  warn: 'M12 4 2.5 20h19zM12 10v5M12 17.5h.01',
  empty: 'M4 13 6 5h12l2 8v6H4zM4 13h5l1 2.5h4l1-2.5h5',
  offline: 'M3 3l18 18M5 12a10 10 0 0 1 4-2.6M19 12a10 10 0 0 0-6-3M8.5 15.5a5 5 0 0 1 4-1.4M12 19h.01',
  stop: 'M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7zM8 12h8',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  api: 'M8 6 3 12l5 6M16 6l5 6-5 6M13.5 5l-3 14',
  play: 'M7 4l13 8-13 8z',
  pause: 'M8 5v14M16 5v14',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  settings:
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1',
  note: 'M5 4h14v12h-6l-4 4v-4H5zM9 8h6M9 12h4',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg
      width={26}
      height={26}
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      strokeWidth={2.4}
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M5 11c3.5-3 7-3 10.5 0s7 3 10.5 0" />
      <path d="M5 17c3.5-3 7-3 10.5 0s7 3 10.5 0" />
      <path d="M5 23c3.5-3 7-3 10.5 0s7 3 10.5 0" />
    </svg>
  );
}
