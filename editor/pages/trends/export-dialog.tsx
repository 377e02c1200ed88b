import { useMutation, useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as trends, type WorkView } from '#contract/trends';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Segmented } from '../../ui/panel.tsx';
import { useProblemText } from '../../ui/states.tsx';
import { ZONE } from './data.ts';
import type { Shown, Width } from './look.ts';

const FORMATS = ['xlsx', 'csv', 'parquet'] as const;
const ASK_EVERY = 500;

export interface ExportDialogProps {
  readonly tags: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly every: Width;
  readonly aggregate: Shown;
  readonly onClose: () => void;
}

/** What is shown as a file: raw or as aggregated, written in the background, with progress and cancel. */
export function ExportDialog({ tags, from, to, every, aggregate, onClose }: ExportDialogProps): JSX.Element {
  const { t } = useT();
  const problemText = useProblemText();
  const [format, setFormat] = useState<(typeof FORMATS)[number]>('xlsx');
  const [what, setWhat] = useState<'raw' | 'shown'>(every === 'raw' ? 'raw' : 'shown');
  const [id, setId] = useState<string>();
  const start = useMutation({
    mutationFn: () => {
      const body = { tags: [...tags], from: String(Math.round(from)), to: String(Math.round(to)), format, zone: ZONE };
      const how = what === 'raw' || every === 'raw' ? {} : { every, aggregate: aggregate === 'band' ? 'mean,min,max' : aggregate };
      return call(trends.exportHistory, { body: { ...body, ...how } });
    },
    onSuccess: (work) => setId(work.id),
  });
  const query = useQuery({
    queryKey: ['work', id],
    queryFn: ({ signal }) => call(trends.work, { params: { id: id ?? '' }, signal }),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.ended === undefined ? ASK_EVERY : false),
  });
  const cancel = useMutation({ mutationFn: () => call(trends.cancelWork, { params: { id: id ?? '' } }), onSettled: () => query.refetch() });
  const work = query.data;
  const isRunning = id !== undefined && work?.ended === undefined;
  const error = start.error ?? query.error ?? cancel.error;
  return (
    <Dialog
      title={t('trend.export')}
      onClose={onClose}
      testId="export-dialog"
      foot={
        isRunning ? (
          <button type="button" className="btn" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('trend.exportCancel')}
          </button>
        ) : work?.result === undefined ? (
          <button type="button" className="btn btn-primary" disabled={start.isPending} onClick={() => start.mutate()}>
            {t('trend.exportStart')}
          </button>
        ) : (
          <a className="btn btn-primary" href={work.result} download={work.name} data-testid="export-file">
            <Icon name="download" size={15} /> {t('trend.exportFetch')}
          </a>
        )
      }
    >
      <p className="mid num">
        {t('trend.tags', { n: tags.length })} · {formatDateTime(from)} – {formatDateTime(to)}
      </p>
      <div className="row" style={{ flexWrap: 'wrap' }}>
        <Segmented
          label={t('trend.exportFormat')}
          value={format}
          onChange={setFormat}
          options={FORMATS.map((value) => ({ value, label: value === 'parquet' ? 'Parquet' : value.toUpperCase() }))}
        />
        <Segmented
          label={t('trend.exportWhat')}
          value={what}
          onChange={setWhat}
          options={[
            { value: 'raw', label: t('trendWidth.raw') },
            ...(every === 'raw'
              ? []
              : [{ value: 'shown' as const, label: `${t(`trendWidth.${every}`)} · ${t(`trendShown.${aggregate}`)}` }]),
          ]}
        />
      </div>
      {id === undefined ? <p className="hint">{t('trend.exportHint')}</p> : <Progress work={work} />}
      {error ? (
        <p className="err" role="alert">
          {problemText(error)}
        </p>
      ) : null}
    </Dialog>
  );
}

function Progress({ work }: { readonly work: WorkView | undefined }): JSX.Element {
  const { t } = useT();
  const state = work?.state ?? 'queued';
  return (
    <div role="status">
      <p>
        {t(`trendWork.${state}`)}
        {work?.size === undefined ? '' : ` · ${Math.ceil(work.size / 1024)} kB`}
        {work?.code === undefined ? '' : ` · ${work.code}`}
      </p>
      <progress value={work?.progress ?? 0} max={1} aria-label={t('trend.export')} style={{ width: '100%' }} />
    </div>
  );
}
