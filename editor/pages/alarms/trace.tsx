import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import alarms from '#contract/alarms';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import type { AlarmItem } from '../../ui/alarms.ts';
import { formatTime, formatValue } from '../../ui/format.ts';
import { Load } from '../../ui/states.tsx';

/** Every transition of the occurrence with what caused it, from stored facts. */
export function AlarmTrace({ alarm }: { readonly alarm: AlarmItem }): JSX.Element {
  const { t } = useT();
  const query = useQuery({
    queryKey: ['alarms', 'trace', alarm.id, alarm.occurrence, alarm.at],
    queryFn: ({ signal }) => call(alarms.trace, { params: { id: alarm.id, occurrence: alarm.occurrence }, signal }),
  });
  return (
    <Load query={query} lines={3}>
      {(data) => (
        <ol className="tl">
          {data.steps.map((step) => (
            <li key={`${step.at} ${step.to}`}>
              <div className="top">
                <b>{t(`alarmState.${step.to}`)}</b>
                <span className="mid">
                  {t(`alarmCause.${step.cause}`)}
                  {step.who ? ` · ${step.who.name}` : ''}
                  {step.reason === undefined ? '' : ` · ${step.reason}`}
                </span>
                <span className="when num">{formatTime(Date.parse(step.at))}</span>
              </div>
              {step.values.map((value) => (
                <p key={value.tag} className="mid">
                  <span className="code">{value.tag}</span>{' '}
                  <span className="num">{formatValue(value.value, alarm.decimals ?? 2, { on: t('value.on'), off: t('value.off') })}</span>
                  {step.limit === undefined ? '' : ` · ${t('strip.limit')} ${step.limit}`} · {t(`quality.${value.quality}`)} ·{' '}
                  {formatTime(Date.parse(value.at))}
                </p>
              ))}
            </li>
          ))}
        </ol>
      )}
    </Load>
  );
}
