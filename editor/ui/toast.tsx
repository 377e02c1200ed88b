import type { JSX } from 'react';
import { useSyncExternalStore } from 'react';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly fault: boolean;
}
let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(list: readonly Toast[]): void {
  toasts = list;
  for (const listener of listeners) listener();
}

/** Tells what happened; goes by itself, faults stay longer. */
export function toast(text: string, fault = false): void {
  const id = next++;
  set([...toasts.slice(-3), { id, text, fault }]);
  setTimeout(() => set(toasts.filter((one) => one.id !== id)), fault ? 9000 : 4000);
}

export function Toasts(): JSX.Element {
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((one) => (
        <div key={one.id} className={`toast${one.fault ? ' fault' : ''}`}>
          {one.text}
        </div>
      ))}
    </div>
  );
}
