import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract as trends, type SavedView } from '#contract/trends';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Panel, Segmented } from '../../ui/panel.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { useViews, VIEWS } from './data.ts';

/** Saved views: one's own, or those that others share. Each is a link to an address. */
export function ViewsPanel({ current }: { readonly current: string }): JSX.Element {
  const { t } = useT();
  const { user } = useSession();
  const query = useViews();
  const [side, setSide] = useState<'mine' | 'shared'>('mine');
  const mine = (query.data ?? []).filter((view) => view.by.id === user.id);
  const shared = (query.data ?? []).filter((view) => view.shared);
  return (
    <Panel
      title={t('trend.views')}
      className="views"
      testId="views"
      actions={
        <Segmented
          label={t('trend.views')}
          value={side}
          onChange={setSide}
          options={[
            { value: 'mine', label: t('trend.mine', { n: mine.length }) },
            { value: 'shared', label: t('trend.shared', { n: shared.length }) },
          ]}
        />
      }
    >
      <Load query={query} lines={3}>
        {() => {
          const list = side === 'mine' ? mine : shared;
          if (list.length === 0) return <p className="pad mid">{t(side === 'mine' ? 'trend.noViews' : 'trend.noShared')}</p>;
          return (
            <ul>
              {list.map((view) => (
                <ViewRow key={view.id} view={view} isCurrent={view.search === current} isMine={view.by.id === user.id} />
              ))}
            </ul>
          );
        }}
      </Load>
    </Panel>
  );
}

function ViewRow({
  view,
  isCurrent,
  isMine,
}: {
  readonly view: SavedView;
  readonly isCurrent: boolean;
  readonly isMine: boolean;
}): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const search = Object.fromEntries(new URLSearchParams(view.search));
  const remove = useMutation({
    mutationFn: () => call(trends.removeView, { params: { id: view.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: VIEWS }),
    onError: (error) => toast(problemText(error), true),
  });
  const tags = (search['tags'] ?? '').split(',').filter(Boolean).length;
  return (
    <li aria-current={isCurrent ? 'true' : undefined}>
      <Link to="/trends" search={search} className="grow">
        <b>{view.name}</b>
        <span className="mid">
          {t('trend.tags', { n: tags })} {search['range'] ?? ''} {isMine ? '' : `· ${view.by.name}`}{' '}
          {isMine && view.shared ? `· ${t('trend.isShared')}` : ''}
        </span>
      </Link>
      {isMine ? (
        <button
          type="button"
          className="btn btn-small btn-icon"
          aria-label={`${t('action.remove')} ${view.name}`}
          disabled={remove.isPending}
          onClick={() => remove.mutate()}
        >
          ×
        </button>
      ) : null}
    </li>
  );
}
