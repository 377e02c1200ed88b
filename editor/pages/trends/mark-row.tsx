import type { JSX } from 'react';
import type { AnnotationView } from '#contract/trends';
import { useT } from '../../i18n.ts';
import { priorityOf } from '../../ui/alarms.ts';
import { formatWhen } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Mark } from '../../ui/mark.tsx';
import type { RaisedAlarm } from './range-alarms.tsx';

export interface MarkRowProps {
  readonly from: number;
  readonly to: number;
  readonly alarms: readonly RaisedAlarm[];
  readonly annotations: readonly AnnotationView[];
  readonly onOpen: (annotation: AnnotationView) => void;
}

/** What happened in the range, above the lanes at its time: alarms that rose, annotations that open at a click. */
export function MarkRow({ from, to, alarms, annotations, onOpen }: MarkRowProps): JSX.Element {
  const { t, pick } = useT();
  const left = (at: number): string => `${Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100))}%`;
  return (
    <div className="marks">
      <span className="dim">{t('trend.marks')}</span>
      <div>
        {alarms.map((alarm) => (
          <span
            key={`${alarm.alarm}#${alarm.occurrence}`}
            style={{ left: left(Date.parse(alarm.raisedAt)) }}
            title={`${formatWhen(Date.parse(alarm.raisedAt), to)} ${pick(alarm.label)}`}
          >
            <Mark priority={priorityOf(alarm.priority)} hollow={alarm.returnedAt !== undefined} size={15} />
          </span>
        ))}
        {annotations.map((one) => (
          <button
            key={one.id}
            type="button"
            className="note"
            style={{ left: left(one.at) }}
            title={`${formatWhen(one.at, to)} ${one.by.name}: ${one.text}`}
            aria-label={`${t('trend.annotation')} ${formatWhen(one.at, to)} ${one.text}`}
            data-testid={`annotation-${one.id}`}
            onClick={() => onOpen(one)}
          >
            <Icon name="note" size={16} />
          </button>
        ))}
      </div>
    </div>
  );
}
