import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as trends } from '#contract/trends';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { useViews, VIEWS } from './data.ts';

/** Keeps the present address under a name; a name that one has already is written over. */
export function ViewDialog({ search, onClose }: { readonly search: string; readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  const { user } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const { data: views = [] } = useViews();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const same = views.find((view) => view.by.id === user.id && view.name === name.trim());
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), shared, search };
      return same ? call(trends.changeView, { params: { id: same.id }, body, ifMatch: `"${same.ver}"` }) : call(trends.addView, { body });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: VIEWS });
      toast(t('trend.viewSaved'));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('trend.saveView')}
      onClose={onClose}
      testId="view-dialog"
      foot={
        <button type="button" className="btn btn-primary" disabled={name.trim() === '' || save.isPending} onClick={() => save.mutate()}>
          {t(same ? 'trend.overwrite' : 'trend.save')}
        </button>
      }
    >
      <label className="field">
        <span>{t('trend.viewName')}</span>
        <input className="input" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} autoFocus />
      </label>
      <label className="row">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} /> {t('trend.share')}
      </label>
      {save.error ? (
        <p className="err" role="alert">
          {problemText(save.error)}
        </p>
      ) : null}
    </Dialog>
  );
}
