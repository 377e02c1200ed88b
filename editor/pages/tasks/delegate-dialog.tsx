import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as tasks } from '#contract/tasks';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';

export function DelegateDialog({
  taskKey,
  onClose,
  onDone,
}: {
  readonly taskKey: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { user } = useSession();
  const [to, setTo] = useState('');
  const [reason, setReason] = useState('');
  const people = useQuery({
    queryKey: ['tasks', 'candidates', taskKey],
    queryFn: async ({ signal }) =>
      (await call(tasks.candidates, { params: { key: taskKey }, signal })).items.filter((person) => person.id !== user.id),
  });
  const delegate = useMutation({
    mutationFn: () => call(tasks.delegate, { params: { key: taskKey }, body: { to, reason: reason.trim() } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tasks'] });
      onClose();
      onDone();
    },
  });
  return (
    <Dialog
      title={t('tasks.delegate')}
      onClose={onClose}
      foot={
        <button
          type="button"
          className="btn btn-primary"
          disabled={to === '' || reason.trim() === '' || delegate.isPending}
          onClick={() => delegate.mutate()}
        >
          {t('tasks.delegate')}
        </button>
      }
    >
      <Load query={people} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <p className="hint">{t('tasks.noOther')}</p>
          ) : (
            <label className="field">
              <span>{t('tasks.to')}</span>
              <select className="select" value={to} onChange={(event) => setTo(event.target.value)}>
                <option value="">{t('form.choose')}</option>
                {items.map((person) => (
                  <option key={person.id} value={person.id}>
                    {person.name}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      </Load>
      <label className="field">
        <span>{t('alarm.reason')}</span>
        <input className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </label>
      {delegate.error ? (
        <p className="err" role="alert">
          {problemText(delegate.error)}
        </p>
      ) : null}
    </Dialog>
  );
}
