import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useDeferredValue } from 'react';
import { contract as tags } from '#contract/tags';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useTag } from '../../live.ts';
import { formatAge, formatUnit } from '../../ui/format.ts';
import { useNow } from '../../ui/now.ts';
import { PageHead } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { type TagView, useAssets } from '../../ui/tags.ts';
import { LiveValueText } from '../../ui/value.tsx';

const route = getRouteApi('/tags');

/** The tag dictionary with live values, found by Chinese, code or pinyin initials. */
export function TagsPage(): JSX.Element {
  const { t, pick } = useT();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const q = useDeferredValue(search.q ?? '');
  const { data: assets } = useAssets();
  const places = (assets ?? []).filter((asset) => ['source', 'station', 'weather'].includes(asset.type));
  const inside =
    search.asset === undefined
      ? []
      : (assets ?? []).map((asset) => asset.id).filter((id) => id === search.asset || id.startsWith(`${search.asset}.`));
  const filter = inside.length === 0 ? undefined : `asset:in:${inside.join(',')}`;
  const query = useInfiniteQuery({
    queryKey: ['tags', 'list', q, filter ?? ''],
    queryFn: ({ signal, pageParam }) =>
      call(tags.list, {
        query: {
          limit: 100,
          ...(q === '' ? {} : { q }),
          ...(filter === undefined ? {} : { filter }),
          ...(pageParam === '' ? {} : { after: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: (previous) => previous,
  });
  return (
    <div className="page">
      <PageHead title={t('nav.tags')}>
        <input
          className="input"
          type="search"
          style={{ width: 280 }}
          placeholder={t('search.hint')}
          aria-label={t('search.hint')}
          value={search.q ?? ''}
          onChange={(event) =>
            void navigate({ search: (old) => ({ ...old, q: event.target.value === '' ? undefined : event.target.value }), replace: true })
          }
        />
        <select
          className="select"
          style={{ width: 'auto' }}
          aria-label={t('tasks.where')}
          value={search.asset ?? ''}
          onChange={(event) =>
            void navigate({ search: (old) => ({ ...old, asset: event.target.value === '' ? undefined : event.target.value }) })
          }
        >
          <option value="">{t('tags.everywhere')}</option>
          {places.map((asset) => (
            <option key={asset.id} value={asset.id}>
              {pick(asset.label)}
            </option>
          ))}
        </select>
        <span className="tagline num">{query.data ? t('tags.total', { n: query.data.pages[0]?.total ?? 0 }) : ''}</span>
      </PageHead>
      <section className="panel grow" aria-label={t('nav.tags')}>
        <div className="panel-body">
          <Load query={query} lines={12}>
            {(data) => {
              const items = data.pages.flatMap((page) => page.items);
              if (items.length === 0) return <Empty icon="search" title={t('search.none')} hint={t('search.hint')} />;
              return (
                <>
                  <table className="table">
                    <thead>
                      <tr>
                        <th>{t('tasks.tag')}</th>
                        <th>{t('tags.label')}</th>
                        <th className="right">{t('alarms.value')}</th>
                        <th>{t('tags.quality')}</th>
                        <th className="right">{t('tags.age')}</th>
                        <th className="right">{t('tags.range')}</th>
                        <th>{t('tags.writable')}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((tag) => (
                        <TagRow key={tag.id} tag={tag} />
                      ))}
                    </tbody>
                  </table>
                  {query.hasNextPage ? (
                    <p className="pad">
                      <button type="button" className="btn" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                        {t('action.more')}
                      </button>
                    </p>
                  ) : null}
                </>
              );
            }}
          </Load>
        </div>
      </section>
    </div>
  );
}

function TagRow({ tag }: { readonly tag: TagView }): JSX.Element {
  const { t, pick } = useT();
  const value = useTag(tag.id);
  const now = useNow();
  return (
    <tr>
      <td>
        <Link to="/tags/$id" params={{ id: tag.id }} className="code" style={{ color: 'var(--acc)' }}>
          {tag.id}
        </Link>
      </td>
      <td>{pick(tag.label)}</td>
      <td className="right">
        <LiveValueText tag={tag.id} />
      </td>
      <td className={value?.quality === 'bad' ? 'strong' : 'mid'}>{value ? t(`quality.${value.quality}`) : '—'}</td>
      <td className="num right mid">{value ? formatAge(now - value.at) : '—'}</td>
      <td className="num right mid">{tag.range ? `${tag.range[0]} … ${tag.range[1]} ${formatUnit(tag.unit)}` : '—'}</td>
      <td>{tag.writable ? <span className="chip">{t('tags.gated')}</span> : ''}</td>
    </tr>
  );
}
