import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import alarms from '#contract/alarms';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import type { AlarmItem } from '../../ui/alarms.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Segmented } from '../../ui/panel.tsx';
import { useProblemText } from '../../ui/states.tsx';

const SPANS = ['15m', '1h', '4h', '12h'] as const;

/** Shelving needs a reason and ends by itself (ISA-18.2). */
export function ShelveDialog({ alarm, onClose }: { readonly alarm: AlarmItem; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [span, setSpan] = useState<(typeof SPANS)[number]>('1h');
  const [reason, setReason] = useState('');
  const shelve = useMutation({
    mutationFn: () => call(alarms.shelve, { params: { id: alarm.id }, body: { for: span, reason: reason.trim() } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['alarms'] });
      onClose();
    },
  });
  return (
    <Dialog
      title={`${t('alarm.shelve')} · ${pick(alarm.label)}`}
      onClose={onClose}
      foot={
        <button
          type="button"
          className="btn btn-primary"
          disabled={reason.trim() === '' || shelve.isPending}
          onClick={() => shelve.mutate()}
        >
          {t('alarm.shelve')}
        </button>
      }
    >
      <div className="field">
        <span className="lbl">{t('alarm.shelveFor')}</span>
        <Segmented
          label={t('alarm.shelveFor')}
          value={span}
          onChange={setSpan}
          options={SPANS.map((value) => ({ value, label: value.replace('m', ' min').replace('h', ' h') }))}
        />
      </div>
      <label className="field">
        <span>{t('alarm.reason')}</span>
        <input className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} autoFocus />
      </label>
      {shelve.error ? (
        <p className="err" role="alert">
          {problemText(shelve.error)}
        </p>
      ) : null}
    </Dialog>
  );
}
