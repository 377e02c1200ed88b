import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent, JSX } from 'react';
import { useState } from 'react';
import session from '#contract/session';
import { call } from '../api.ts';
import { setLanguage, useT } from '../i18n.ts';
import { SESSION_KEY } from '../session.tsx';
import { formText } from '../ui/form-text.ts';
import { Logo } from '../ui/icons.tsx';
import { useProblemText } from '../ui/states.tsx';

/** Name and password; the cause of a refusal is said, and kept the same for an unknown name and a wrong password. */
export function LogIn({ ended = false }: { readonly ended?: boolean }): JSX.Element {
  const { t, lang } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const onSubmit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      const answer = await call(session.logIn, {
        body: { user: formText(form, 'user').trim(), password: formText(form, 'password') },
      });
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
      client.setQueryData(SESSION_KEY, answer);
    } catch (caught) {
      setError(problemText(caught));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <form className="panel" onSubmit={(event) => void onSubmit(event)} data-testid="login">
        <div className="login-head">
          <Logo />
          <span>
            <h1>{t('app.name')}</h1>
            <small>{t('app.claim')}</small>
          </span>
        </div>
        <div className="dlg-body">
          {ended ? <p className="hint">{t('login.ended')}</p> : null}
          <label className="field">
            <span>{t('login.user')}</span>
            <input className="input" name="user" autoComplete="username" required maxLength={64} autoFocus />
          </label>
          <label className="field">
            <span>{t('login.password')}</span>
            <input className="input" name="password" type="password" autoComplete="current-password" required maxLength={128} />
          </label>
          {error === undefined ? null : (
            <p className="err" role="alert">
              {error}
            </p>
          )}
          <button type="submit" className="btn btn-primary" disabled={busy} style={{ minHeight: 40 }}>
            {t(busy ? 'login.busy' : 'login.go')}
          </button>
          <p className="row">
            <span className="hint grow">{t('login.hint')}</span>
            <button type="button" className="btn btn-link" onClick={() => void setLanguage(lang === 'zh' ? 'en' : 'zh-CN')}>
              {lang === 'zh' ? 'English' : '中文'}
            </button>
          </p>
        </div>
      </form>
    </main>
  );
}
