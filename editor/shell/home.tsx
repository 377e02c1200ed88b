import { Navigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { lazy, Suspense } from 'react';
import { useSession } from '../session.tsx';
import { again } from '../ui/again.ts';
import { Skeleton } from '../ui/states.tsx';

const Overview = lazy(again(async () => ({ default: (await import('../pages/overview/page.tsx')).OverviewPage })));

/** The first page of each person: the plant, or what an administrator is there for. */
export function Home(): JSX.Element {
  const { can } = useSession();
  if (!can('live.read')) {
    return (
      <Navigate
        to={can('audit.read') ? '/system/audit' : can('user.manage') || can('policy.manage') ? '/system/users' : '/tasks'}
        replace
      />
    );
  }
  return (
    <Suspense fallback={<Skeleton lines={10} />}>
      <Overview />
    </Suspense>
  );
}
