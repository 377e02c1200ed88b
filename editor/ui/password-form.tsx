import { useMutation } from '@tanstack/react-query';
import type { FormEvent, JSX } from 'react';
import { useState } from 'react';
import session from '#contract/session';
import { call } from '../api.ts';
import { useT } from '../i18n.ts';
import { formText } from './form-text.ts';
import { useProblemText } from './states.tsx';

/** Present and new password of the person who is logged in. */
export function PasswordForm({
  className,
  onChanged,
  autoFocus = false,
}: {
  readonly className: string;
  readonly onChanged: () => void;
  readonly autoFocus?: boolean;
}): JSX.Element {
  const { t } = useT();
  const problemText = useProblemText();
  const [done, setDone] = useState(0);
  const change = useMutation({
    mutationFn: (body: { current: string; next: string }) => call(session.changePassword, { body }),
    onSuccess: () => {
      setDone((n) => n + 1);
      onChanged();
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({ current: formText(form, 'current'), next: formText(form, 'next') });
  };
  return (
    <form key={done} className={className} onSubmit={onSubmit} data-testid="password-form">
      <label className="field">
        <span>{t('me.current')}</span>
        <input className="input" type="password" name="current" autoComplete="current-password" required autoFocus={autoFocus} />
      </label>
      <label className="field">
        <span>{t('me.next')}</span>
        <input className="input" type="password" name="next" autoComplete="new-password" required minLength={12} maxLength={128} />
      </label>
      {change.error ? (
        <p className="err" role="alert">
          {problemText(change.error)}
        </p>
      ) : null}
      <button type="submit" className="btn btn-primary" disabled={change.isPending}>
        {t('me.change')}
      </button>
    </form>
  );
}
