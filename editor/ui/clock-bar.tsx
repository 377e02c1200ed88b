import type { JSX } from 'react';
import { useNow } from './now.ts';
import { share } from './format.ts';

/** How much of a term is used: grey, yellow in its last quarter, red when over. */
export function ClockBar({ from, to }: { readonly from: number; readonly to: number }): JSX.Element {
  const now = useNow();
  const used = share(now, from, to);
  return (
    <div className={`clockbar${used >= 1 ? ' over' : used > 0.75 ? ' late' : ''}`} aria-hidden="true">
      <i style={{ width: `${used * 100}%` }} />
    </div>
  );
}
