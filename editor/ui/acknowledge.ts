import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import alarms from '#contract/alarms';
import { ApiProblem, call } from '../api.ts';
import { useT } from '../i18n.ts';
import { sound } from './sound.ts';
import { ALARMS_KEY, type AlarmItem } from './alarms.ts';
import { useProblemText } from './states.tsx';
import { toast } from './toast.tsx';

/** Acknowledges the occurrence that the person sees; what another one has done meanwhile is no fault. */
export function useAcknowledge(): (alarm: AlarmItem) => Promise<void> {
  const client = useQueryClient();
  const { t, pick } = useT();
  const problemText = useProblemText();
  return useCallback(
    async (alarm) => {
      try {
        const changed = await call(alarms.acknowledge, { params: { id: alarm.id }, body: { occurrence: alarm.occurrence } });
        client.setQueryData<readonly AlarmItem[]>(ALARMS_KEY, (old) => old?.map((one) => (one.id === changed.id ? changed : one)));
        sound.silence();
        toast(t('alarm.acknowledged', { label: pick(alarm.label) }));
      } catch (error) {
        if (!(error instanceof ApiProblem && error.code === 'ALARM_ALREADY')) toast(problemText(error), true);
      }
      await client.invalidateQueries({ queryKey: ['alarms'] });
    },
    [client, t, pick, problemText],
  );
}
