import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import session from '#contract/session';
import { call } from '../api.ts';
import { useT } from '../i18n.ts';
import { SESSION_KEY } from '../session.tsx';
import { Logo } from '../ui/icons.tsx';
import { PasswordForm } from '../ui/password-form.tsx';

/** After a one-time password nothing else is open until a new one is chosen. */
export function MustChangePassword({ name }: { readonly name: string }): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const again = (): void => void client.invalidateQueries({ queryKey: SESSION_KEY });
  const logOut = useMutation({ mutationFn: () => call(session.logOut, {}), onSettled: again });
  return (
    <main className="login">
      <section className="panel">
        <div className="login-head">
          <Logo />
          <span>
            <h1>{t('me.password')}</h1>
            <small>{name}</small>
          </span>
        </div>
        <div className="dlg-body">
          <p>{t('login.mustChange')}</p>
          <PasswordForm className="login-form" onChanged={again} autoFocus />
          <button type="button" className="btn btn-link" disabled={logOut.isPending} onClick={() => logOut.mutate()}>
            {t('me.logOut')}
          </button>
        </div>
      </section>
    </main>
  );
}
