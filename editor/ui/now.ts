import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let current = Math.floor(Date.now() / 1000) * 1000;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    current = Math.floor(Date.now() / 1000) * 1000;
    for (const one of listeners) one();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present second, one timer for the whole page. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => current);
