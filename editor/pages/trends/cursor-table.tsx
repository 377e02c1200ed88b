import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { indexAt } from '#domain/history/fold.ts';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatNumber, formatUnit } from '../../ui/format.ts';
import type { HistoryAnswer, SeriesView } from '../../ui/history.ts';
import { Panel } from '../../ui/panel.tsx';
import { shortLabel, useTagDefinition } from '../../ui/tags.ts';
import { LiveValueText, useValueText } from '../../ui/value.tsx';

export interface CursorProps {
  readonly tags: readonly string[];
  readonly data: HistoryAnswer | undefined;
  readonly cursor: number | undefined;
  readonly onRemove: (tag: string) => void;
}

/** Value of each tag at the cursor, or live when there is none, with the extremes of the range. */
export function CursorTable({ tags, data, cursor, onRemove }: CursorProps): JSX.Element {
  const { t } = useT();
  return (
    <Panel
      title={t(cursor === undefined ? 'trend.now' : 'trend.cursor')}
      sub={cursor === undefined ? '' : <span className="num">{formatDateTime(cursor)}</span>}
    >
      <table className="table">
        <thead>
          <tr>
            <th>{t('tasks.tag')}</th>
            <th className="right">{t('alarms.value')}</th>
            <th className="right">{t('trend.minMax')}</th>
            <th aria-label={t('action.remove')} />
          </tr>
        </thead>
        <tbody>
          {tags.map((tag) => (
            <CursorRow key={tag} tag={tag} series={data?.series.find((one) => one.tag === tag)} cursor={cursor} onRemove={onRemove} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function CursorRow({
  tag,
  series,
  cursor,
  onRemove,
}: {
  readonly tag: string;
  readonly series: SeriesView | undefined;
  readonly cursor: number | undefined;
  readonly onRemove: (tag: string) => void;
}): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(tag);
  const text = useValueText();
  const numbers = (series?.value ?? []).filter((value): value is number => typeof value === 'number');
  const decimals = definition?.decimals ?? 1;
  const at = cursor === undefined || !series ? -1 : indexAt(series.at, cursor);
  return (
    <tr>
      <td>
        <Link to="/tags/$id" params={{ id: tag }} style={{ color: 'inherit' }}>
          {tag}
        </Link>
        <br />
        <span className="mid">
          {definition ? pick(shortLabel(definition.label)) : ''} {formatUnit(definition?.unit ?? '')}
        </span>
      </td>
      <td className="right num">
        {cursor === undefined ? <LiveValueText tag={tag} unit={false} /> : <b className="livev">{text(series?.value[at], definition)}</b>}
      </td>
      <td className="right num mid">
        {numbers.length === 0
          ? '—'
          : `${formatNumber(
              numbers.reduce((a, b) => Math.min(a, b)),
              decimals,
            )} / ${formatNumber(
              numbers.reduce((a, b) => Math.max(a, b)),
              decimals,
            )}`}
      </td>
      <td className="right">
        <button type="button" className="btn btn-small btn-icon" aria-label={`${t('action.remove')} ${tag}`} onClick={() => onRemove(tag)}>
          ×
        </button>
      </td>
    </tr>
  );
}
