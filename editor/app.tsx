import { RouterProvider } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useEffect, useState } from 'react';
import { useT } from './i18n.ts';
import { router } from './routes.tsx';
import { SessionProvider, usePersonChanging, useSessionQuery } from './session.tsx';
import { Caption } from './shell/caption.tsx';
import { LogIn } from './shell/login.tsx';
import { MustChangePassword } from './shell/must-change.tsx';
import { ErrorBox, Skeleton } from './ui/states.tsx';

/** Nobody logged in: the log-in page, with the address kept; else the shell with its pages. */
export function App(): JSX.Element {
  return (
    <>
      <Pages />
      <Caption />
    </>
  );
}

function Pages(): JSX.Element {
  const { t } = useT();
  const session = useSessionQuery();
  const changing = usePersonChanging();
  const [was, setWas] = useState(false);
  useEffect(() => {
    document.title = t('app.title');
  }, [t]);
  if (session.data?.user && !was) setWas(true);
  if (!session.data || changing) {
    return (
      <main className="login">
        {session.error ? <ErrorBox error={session.error} retry={() => void session.refetch()} /> : <Skeleton />}
      </main>
    );
  }
  if (!session.data.user) return <LogIn ended={was} />;
  if (session.data.user.mustChangePassword) return <MustChangePassword name={session.data.user.name} />;
  return (
    <SessionProvider key={session.data.user.id} user={session.data.user} demo={session.data.demo}>
      <RouterProvider router={router} />
    </SessionProvider>
  );
}
