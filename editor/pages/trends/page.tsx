import { getRouteApi } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { useT } from '../../i18n.ts';
import { csvAddress, useHistory } from '../../ui/history.ts';
import { Icon } from '../../ui/icons.tsx';
import { PageHead, Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { CursorTable } from './cursor-table.tsx';
import { RangeAlarms } from './range-alarms.tsx';
import { TrendStack } from './stack.tsx';
import { TagPicker } from './tag-picker.tsx';
import './trends.css';

const route = getRouteApi('/trends');
const HOUR = 3_600_000;
const RANGES: Readonly<Record<string, number>> = { '1h': HOUR, '6h': 6 * HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR };
const DEFAULT_TAGS = 'SRC001.T_S,SRC001.HE_I,WX001.AT';
const MAX = 8;

const local = (at: number): string => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** Trends: tags and range in the address, one lane a tag, one cursor through all, live at the right end. */
export function TrendsPage(): JSX.Element {
  const { t } = useT();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tags = (search.tags ?? DEFAULT_TAGS).split(',').filter(Boolean).slice(0, MAX);
  const fixed = search.from !== undefined && search.to !== undefined ? { from: search.from, to: search.to } : undefined;
  const range = search.range !== undefined && search.range in RANGES ? search.range : '6h';
  const query = useHistory(tags, fixed ? { ...fixed, points: 1400 } : { last: RANGES[range] ?? 6 * HOUR, points: 1400 });
  const [cursor, setCursor] = useState<number>();
  const setTags = (next: readonly string[]): void => void navigate({ search: (old) => ({ ...old, tags: next.join(',') }), replace: true });
  const zoom = (from: number, to: number): void =>
    void navigate({ search: (old) => ({ ...old, from: Math.round(from), to: Math.round(to) }) });
  return (
    <div className="page">
      <PageHead
        title={t('nav.trends')}
        right={
          <>
            {fixed ? (
              <button
                type="button"
                className="btn"
                onClick={() => void navigate({ search: (old) => ({ ...old, from: undefined, to: undefined }) })}
              >
                {t('trend.live')}
              </button>
            ) : null}
            {query.data ? (
              <a className="btn" href={csvAddress(tags, query.data.from, query.data.to)} download data-testid="csv">
                <Icon name="download" size={15} /> CSV
              </a>
            ) : null}
          </>
        }
      >
        <Segmented
          label={t('trend.range')}
          value={fixed ? '' : range}
          onChange={(value) => void navigate({ search: (old) => ({ tags: old.tags, range: value }) })}
          options={Object.keys(RANGES).map((value) => ({ value, label: value.replace(/(\d+)/, '$1 ') }))}
        />
        <label className="row">
          <span className="sr">{t('trend.from')}</span>
          <input
            className="input num"
            type="datetime-local"
            style={{ width: 'auto' }}
            value={query.data ? local(query.data.from) : ''}
            onChange={(event) => zoomTo(event.target.value, undefined)}
          />
        </label>
        <span className="mid">–</span>
        <label className="row">
          <span className="sr">{t('trend.to')}</span>
          <input
            className="input num"
            type="datetime-local"
            style={{ width: 'auto' }}
            value={query.data ? local(query.data.to) : ''}
            onChange={(event) => zoomTo(undefined, event.target.value)}
          />
        </label>
      </PageHead>
      <div className="trends">
        <section className="panel" aria-label={t('nav.trends')}>
          <div className="panel-head">
            <h2>{t('trend.tags', { n: tags.length })}</h2>
            <span className="sub ellipsis wide-only">{t('trend.how')}</span>
            <span style={{ marginLeft: 'auto' }}>
              {tags.length < MAX ? <TagPicker onPick={(tag) => setTags([...tags.filter((one) => one !== tag), tag])} /> : null}
            </span>
          </div>
          <div className="panel-body lanes">
            {tags.length === 0 ? (
              <Empty icon="trend" title={t('trend.noTags')} hint={t('trend.noTagsHint')} />
            ) : (
              <Load query={query} lines={12}>
                {(data) =>
                  data.series.every((series) => series.at.length === 0) ? (
                    <Empty icon="trend" title={t('trend.empty')} hint={t('trend.emptyHint')} />
                  ) : (
                    <TrendStack data={data} onCursor={setCursor} onZoom={zoom} />
                  )
                }
              </Load>
            )}
          </div>
        </section>
        <aside className="side">
          <CursorTable tags={tags} data={query.data} cursor={cursor} onRemove={(tag) => setTags(tags.filter((one) => one !== tag))} />
          {query.data ? <RangeAlarms tags={tags} from={query.data.from} to={query.data.to} /> : null}
        </aside>
      </div>
    </div>
  );

  function zoomTo(from: string | undefined, to: string | undefined): void {
    const start = from === undefined ? query.data?.from : Date.parse(from);
    const end = to === undefined ? query.data?.to : Date.parse(to);
    if (start !== undefined && end !== undefined && Number.isFinite(start) && Number.isFinite(end) && start < end) zoom(start, end);
  }
}
