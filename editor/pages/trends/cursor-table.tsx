import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { indexAt } from '#domain/history/fold.ts';
import type { Value } from '#domain/sample.ts';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatNumber, formatUnit } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { shortLabel, useTagDefinition } from '../../ui/tags.ts';
import { LiveValueText, useValueText } from '../../ui/value.tsx';
import type { Columns } from './columns.ts';
import type { Lane, TrendData } from './data.ts';

const valueAt = (columns: Columns | undefined, at: number | undefined): Value | undefined =>
  columns && at !== undefined ? columns.value[indexAt(columns.at, at)] : undefined;

const signed = (value: number, decimals: number): string => `${value > 0 ? '+' : ''}${formatNumber(value, decimals)}`;

export interface CursorProps {
  readonly tags: readonly string[];
  readonly data: TrendData | undefined;
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
            {data?.shift === undefined ? null : <th className="right">{t('trend.difference')}</th>}
            <th className="right">{t('trend.minMax')}</th>
            <th aria-label={t('action.remove')} />
          </tr>
        </thead>
        <tbody>
          {tags.map((tag) => (
            <CursorRow key={tag} tag={tag} lane={data?.lanes.find((one) => one.tag === tag)} cursor={cursor} onRemove={onRemove} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function CursorRow({
  tag,
  lane,
  cursor,
  onRemove,
}: {
  readonly tag: string;
  readonly lane: Lane | undefined;
  readonly cursor: number | undefined;
  readonly onRemove: (tag: string) => void;
}): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(tag);
  const text = useValueText();
  const numbers = [lane?.band?.low ?? lane?.main, lane?.band?.high]
    .flatMap((one) => one?.value ?? [])
    .filter((one) => typeof one === 'number');
  const decimals = definition?.decimals ?? 1;
  const value = valueAt(lane?.main, cursor);
  const before = valueAt(lane?.other, cursor ?? lane?.main.at.at(-1));
  const present = cursor === undefined ? lane?.main.value.at(-1) : value;
  return (
    <tr>
      <td>
        <Link to="/tags/$id" params={{ id: tag }} style={{ color: 'inherit' }}>
          {tag}
        </Link>
        <br />
        <span className="mid">
          {definition ? pick(shortLabel(definition.label)) : ''} {formatUnit(lane?.unit ?? definition?.unit ?? '')}
        </span>
      </td>
      <td className="right num">
        {cursor === undefined ? <LiveValueText tag={tag} unit={false} /> : <b className="livev">{text(value, definition)}</b>}
      </td>
      {lane?.other === undefined ? null : (
        <td className="right num mid">
          {typeof present === 'number' && typeof before === 'number' ? (
            <>
              <b>{signed(present - before, decimals)}</b>
              <br />
              {formatNumber(before, decimals)}
            </>
          ) : (
            '—'
          )}
        </td>
      )}
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
