import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { TimelineEntry } from '#contract/tasks';
import { useT } from '../i18n.ts';
import { formatTime, formatUnit, formatValue, formatWhen } from './format.ts';
import { useNow } from './now.ts';

const MARK: Readonly<Record<TimelineEntry['state'], string>> = {
  done: '',
  active: 'now',
  failed: 'fault',
  refused: 'fault',
  cancelled: 'todo',
};

/** 经过: every step with who, when, values and versions; newest first. */
export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const words = { on: t('value.on'), off: t('value.off') };
  return (
    <ol className="tl" data-testid="timeline">
      {entries.toReversed().map((entry, i) => (
        <li
          key={`${entry.at} ${entry.kind} ${entry.element ?? ''} ${entries.length - i}`}
          className={MARK[entry.state]}
          data-kind={entry.kind}
        >
          <div className="top">
            <b>{pick(entry.title)}</b>
            <time className="when num" dateTime={entry.at} title={formatTime(Date.parse(entry.at))}>
              {formatWhen(Date.parse(entry.at), now)}
            </time>
          </div>
          <p className="mid">
            {entry.who?.name ?? t('timeline.automatic')}
            {entry.version === undefined ? '' : ` · ${entry.version.length > 12 ? entry.version.slice(0, 8) : entry.version}`}
            {entry.state === 'done' || entry.state === 'active' ? '' : ` · ${t(`timeline.${entry.state}`)}`}
            {entry.ref?.kind === 'task' ? (
              <>
                {' · '}
                <Link to="/tasks/$key" params={{ key: entry.ref.id }}>
                  {t('timeline.task')}
                </Link>
              </>
            ) : null}
          </p>
          {entry.values && entry.values.length > 0 ? (
            <p>
              {entry.values.map((value) => (
                <span key={value.name} style={{ marginRight: 10 }}>
                  <span className="mid">{pick(value.label)}</span>{' '}
                  <b className="num">
                    {value.text ? pick(value.text) : formatValue(value.value, Number.isInteger(value.value) ? 0 : 2, words)}{' '}
                    {formatUnit(value.unit ?? '')}
                  </b>
                </span>
              ))}
            </p>
          ) : null}
          {entry.detail === undefined ? null : <p className="mid">{entry.detail}</p>}
        </li>
      ))}
    </ol>
  );
}
