import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX, ReactNode } from 'react';
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Static } from 'typebox';
import session, { type Me } from '#contract/session';
import type { Right } from '#domain/role.ts';
import { call, setLoggedOutHandler } from './api.ts';
import { live } from './live.ts';

export type User = Static<typeof Me>;

interface SessionValue {
  readonly user: User;
  readonly demo: boolean;
  readonly can: (right: Right) => boolean;
}
const Context = createContext<SessionValue | undefined>(undefined);

export const SESSION_KEY = ['session'];

export function useSessionQuery(): { data: { user: User | null; demo: boolean } | undefined; error: unknown; refetch: () => unknown } {
  return useQuery({ queryKey: SESSION_KEY, queryFn: ({ signal }) => call(session.current, { signal }), staleTime: 60_000, retry: 2 });
}

/** Gives the logged-in person to the pages; mounted anew for each person, and the live connection with it. */
export function SessionProvider({
  user,
  demo,
  children,
}: {
  readonly user: User;
  readonly demo: boolean;
  readonly children: ReactNode;
}): JSX.Element {
  const client = useQueryClient();
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, []);
  useEffect(() => {
    setLoggedOutHandler(() => void client.invalidateQueries({ queryKey: SESSION_KEY }));
  }, [client]);
  const value = useMemo<SessionValue>(() => ({ user, demo, can: (right) => user.rights.includes(right) }), [user, demo]);
  return <Context value={value}>{children}</Context>;
}

export function useSession(): SessionValue {
  const value = useContext(Context);
  if (!value) throw new Error('useSession outside of a session');
  return value;
}

let changing = false;
const watchers = new Set<() => void>();

/** While one person becomes another nothing is mounted: no page asks with a log-in that is just being replaced. */
export function setPersonChanging(next: boolean): void {
  changing = next;
  for (const watcher of watchers) watcher();
}

export const usePersonChanging = (): boolean =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => {
        watchers.delete(watcher);
      };
    },
    () => changing,
  );

/** Everything that was loaded for one person is dropped before another one looks. */
export function useForgetPerson(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await client.cancelQueries();
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
    await client.invalidateQueries({ queryKey: SESSION_KEY });
  };
}
