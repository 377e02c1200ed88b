import { getRouteApi } from '@tanstack/react-router';
import type { JSX, KeyboardEvent } from 'react';
import { useMemo, useState } from 'react';
import type { AnnotationView } from '#contract/trends';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { priorityOf } from '../../ui/alarms.ts';
import { Icon } from '../../ui/icons.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { Empty, Load, NoPermission } from '../../ui/states.tsx';
import { AnnotationDialog } from './annotation-dialog.tsx';
import { withTail } from './columns.ts';
import { CursorTable } from './cursor-table.tsx';
import { trimmed, useAnnotations, useTail, useTrend, type TrendData } from './data.ts';
import { ExportDialog } from './export-dialog.tsx';
import type { LaneMark } from './lane-marks.ts';
import { RANGES, searchText, widthOf, type Range } from './look.ts';
import { MarkRow } from './mark-row.tsx';
import { RangeAlarms, useRaised } from './range-alarms.tsx';
import { TrendStack } from './stack.tsx';
import { TagPicker } from './tag-picker.tsx';
import { Pickers, Toolbar, type ToolbarProps } from './toolbar.tsx';
import { ViewDialog } from './view-dialog.tsx';
import { ViewsPanel } from './views-panel.tsx';
import './trends.css';

const route = getRouteApi('/trends');
const DEFAULT_TAGS = 'SRC001.T_S,SRC001.HE_I,WX001.AT';
const MAX = 8;
const RANGE_NAMES: readonly string[] = Object.keys(RANGES);
const isRange = (text: string | undefined): text is Range => text !== undefined && RANGE_NAMES.includes(text);

/** Trends: tags and range in the address, one lane a tag, one cursor through all, live at the right end. */
export function TrendsPage(): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tags = (search.tags ?? DEFAULT_TAGS).split(',').filter(Boolean).slice(0, MAX);
  const fixed = search.from !== undefined && search.to !== undefined ? { from: search.from, to: search.to } : undefined;
  const range = isRange(search.range) ? search.range : '6h';
  const every = widthOf(search, fixed ? fixed.to - fixed.from : RANGES[range]);
  const query = useTrend({
    tags,
    window: fixed ?? { last: RANGES[range] },
    every,
    aggregate: search.aggregate ?? 'band',
    compare: search.compare,
  });
  const follows = !fixed && every === 'raw';
  const data = useFollowing(query.data, tags, follows);
  const [cursor, setCursor] = useState<number>();
  const [dialog, setDialog] = useState<{ readonly annotation?: AnnotationView; readonly at: number } | 'view' | 'export'>();
  const raised = useRaised(tags, query.data?.from, query.data?.to);
  const annotations = useAnnotations(tags, query.data?.from, query.data?.to);
  const marks = useMemo(() => marksOf(raised.data ?? [], annotations), [raised.data, annotations]);
  const change: ToolbarProps['change'] = (part) => void navigate({ search: (old) => ({ ...old, ...part }) });
  const setTags = (next: readonly string[]): void => void navigate({ search: (old) => ({ ...old, tags: next.join(',') }), replace: true });
  const zoom = (from: number, to: number): void => change({ from: Math.round(from), to: Math.round(to) });
  if (!can('live.read')) return <NoPermission right="live.read" />;
  return (
    <div className="page">
      <PageHead
        title={t('nav.trends')}
        right={
          <>
            <button
              type="button"
              className="btn"
              aria-pressed={!fixed}
              title={t('trend.followHint')}
              onClick={() => (fixed ? change({ from: undefined, to: undefined }) : data && zoom(data.from, data.to))}
            >
              {t('trend.follow')}
            </button>
            <button type="button" className="btn" disabled={!data} onClick={() => setDialog({ at: cursor ?? data?.to ?? 0 })}>
              <Icon name="note" size={15} /> {t('trend.annotate')}
            </button>
            <button type="button" className="btn" onClick={() => setDialog('view')}>
              {t('trend.saveView')}
            </button>
            {can('export.request') ? (
              <button type="button" className="btn" disabled={!data} data-testid="export" onClick={() => setDialog('export')}>
                <Icon name="download" size={15} /> {t('trend.export')}
              </button>
            ) : null}
          </>
        }
      >
        <Toolbar range={fixed ? undefined : range} from={data?.from} to={data?.to} change={change} />
      </PageHead>
      <div className="trends">
        <section className="panel" aria-label={t('nav.trends')}>
          <div className="panel-head">
            <h2>{t('trend.tags', { n: tags.length })}</h2>
            <Pickers search={search} width={every} change={change} />
            <span className="sub ellipsis wide-only">
              {every === 'raw'
                ? t('trend.points', { n: 1400 })
                : t('trend.buckets', { every: t(`trendWidth.${every}`), aggregate: t(`trendShown.${search.aggregate ?? 'band'}`) })}
              {' · '}
              {t('trend.how')}
            </span>
            <span style={{ marginLeft: 'auto' }}>
              {tags.length < MAX ? <TagPicker onPick={(tag) => setTags([...tags.filter((one) => one !== tag), tag])} /> : null}
            </span>
          </div>
          <div
            className="panel-body lanes"
            tabIndex={0}
            role="group"
            aria-label={t('trend.lanes')}
            onKeyDown={(event) => steer(event, data, zoom)}
          >
            {tags.length === 0 ? (
              <Empty icon="trend" title={t('trend.noTags')} hint={t('trend.noTagsHint')} />
            ) : (
              <Load query={{ ...query, data }} lines={12}>
                {(shown) =>
                  shown.lanes.every((lane) => lane.main.at.length === 0) ? (
                    <Empty icon="trend" title={t('trend.empty')} hint={t('trend.emptyHint')} />
                  ) : (
                    <>
                      <MarkRow
                        from={shown.from}
                        to={shown.to}
                        alarms={raised.data ?? []}
                        annotations={annotations}
                        onOpen={(annotation) => setDialog({ annotation, at: annotation.at })}
                      />
                      <TrendStack data={shown} buckets={every !== 'raw'} marks={marks} onCursor={setCursor} onZoom={zoom} />
                    </>
                  )
                }
              </Load>
            )}
          </div>
        </section>
        <aside className="side">
          <CursorTable tags={tags} data={data} cursor={cursor} onRemove={(tag) => setTags(tags.filter((one) => one !== tag))} />
          {query.data ? <RangeAlarms query={raised} to={query.data.to} /> : null}
          <ViewsPanel current={searchText(search)} />
        </aside>
      </div>
      {dialog === 'view' ? (
        <ViewDialog search={searchText({ ...search, tags: tags.join(',') })} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === 'export' && query.data ? (
        <ExportDialog
          tags={tags}
          from={query.data.from}
          to={query.data.to}
          every={every}
          aggregate={search.aggregate ?? 'band'}
          onClose={() => setDialog(undefined)}
        />
      ) : null}
      {typeof dialog === 'object' ? <AnnotationDialog {...dialog} tags={tags} onClose={() => setDialog(undefined)} /> : null}
    </div>
  );
}

/** What was read, with the live values that came since, and the range moved to the newest of them. */
function useFollowing(read: TrendData | undefined, tags: readonly string[], follow: boolean): TrendData | undefined {
  const tail = useTail(tags, follow);
  return useMemo(() => {
    if (!read) return undefined;
    if (!follow) return trimmed(read);
    const newest = Math.max(read.to, ...read.lanes.map((lane) => tail.get(lane.tag)?.at(-1)?.at ?? 0));
    const lanes = read.lanes.map((lane) => ({ ...lane, main: withTail(lane.main, tail.get(lane.tag) ?? []) }));
    return trimmed({ ...read, lanes, from: read.from + newest - read.to, to: newest });
  }, [read, tail, follow]);
}

function marksOf(
  alarms: readonly { readonly raisedAt: string; readonly priority: number }[],
  annotations: readonly AnnotationView[],
): LaneMark[] {
  return [
    ...alarms.map((one) => ({ at: Date.parse(one.raisedAt), colour: `--p${priorityOf(one.priority)}` })),
    ...annotations.map(({ at, until }) => ({ at, colour: '--acc', ...(until === undefined ? {} : { until }) })),
  ];
}

/** Arrow keys pan by a quarter (with Shift by the whole), plus and minus zoom around the middle. */
function steer(event: KeyboardEvent, data: TrendData | undefined, zoom: (from: number, to: number) => void): void {
  if (!data || event.target !== event.currentTarget) return;
  const { from, to } = data;
  const span = to - from;
  const step = (event.shiftKey ? 1 : 0.25) * span;
  if (event.key === 'ArrowLeft') zoom(from - step, to - step);
  else if (event.key === 'ArrowRight') zoom(from + step, to + step);
  else if (event.key === '+' || event.key === '=') zoom(from + span / 4, to - span / 4);
  else if (event.key === '-') zoom(from - span / 2, to + span / 2);
  else return;
  event.preventDefault();
}
