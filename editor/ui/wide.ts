import { useSyncExternalStore } from 'react';

const query = matchMedia('(min-width: 1001px)');

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Room for a list and its detail beside each other: then the first entry is open from the beginning. */
export const useWide = (): boolean => useSyncExternalStore(subscribe, () => query.matches);
