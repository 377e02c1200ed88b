import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useEffect } from 'react';
import rules from '#contract/rules';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { PageHead, Segmented } from '../../ui/panel.tsx';
import { useShortcut } from '../../ui/shortcuts.ts';
import { Empty, Load } from '../../ui/states.tsx';
import { useWide } from '../../ui/wide.ts';
import { DraftList } from './draft-list.tsx';
import { LimitTable } from './limit-table.tsx';
import { RuleDetail } from './rule-detail.tsx';
import './rules.css';

const route = getRouteApi('/rules');

/** Limits in force, drafts in purple, and for the selected rule: propose, replay, approve, roll back. */
export function RulesPage(): JSX.Element {
  const { t } = useT();
  const { sel: asked, q, tab } = route.useSearch();
  const wide = useWide();
  const navigate = route.useNavigate();
  const query = useQuery({
    queryKey: ['rules', 'list'],
    queryFn: async ({ signal }) => (await call(rules.list, { query: { limit: 1000 }, signal })).items,
  });
  const drafts = useQuery({
    queryKey: ['rules', 'drafts'],
    queryFn: async ({ signal }) => (await call(rules.drafts, { query: { state: 'open' }, signal })).items,
    refetchInterval: 10_000,
  });
  const words = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const list = (query.data ?? []).filter((rule) =>
    words.every((word) =>
      `${rule.id} ${rule.label.zh} ${rule.label.en} ${rule.assetLabel?.zh ?? ''} ${rule.assetLabel?.en ?? ''}`.toLowerCase().includes(word),
    ),
  );
  const sel = asked ?? (wide && tab === undefined ? list[0]?.id : undefined);
  const move = (by: number): void => {
    const at = list.findIndex((rule) => rule.id === sel);
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) void navigate({ search: (old) => ({ ...old, sel: next.id }), replace: true });
  };
  // The row may come only with the list.
  const shown = list.some((rule) => rule.id === sel);
  useEffect(() => {
    if (shown && sel !== undefined) document.querySelector('.limits [aria-selected]')?.scrollIntoView({ block: 'nearest' });
  }, [sel, shown]);
  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));
  return (
    <div className="page">
      <PageHead title={t('rules.title')}>
        <Segmented
          label={t('rules.view')}
          value={tab ?? 'limits'}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value === 'drafts' ? value : undefined }) })}
          options={[
            { value: 'limits', label: t('rules.limits') },
            {
              value: 'drafts',
              label: (
                <span className={drafts.data?.length ? 'draft strong' : ''}>{`${t('rules.drafts')} ${drafts.data?.length ?? ''}`}</span>
              ),
            },
          ]}
        />
        <input
          className="input"
          type="search"
          style={{ width: 240 }}
          placeholder={t('rules.find')}
          aria-label={t('rules.find')}
          value={q ?? ''}
          onChange={(event) =>
            void navigate({ search: (old) => ({ ...old, q: event.target.value === '' ? undefined : event.target.value }), replace: true })
          }
        />
        <span className="tagline num">{query.data ? t('rules.total', { n: query.data.length }) : ''}</span>
      </PageHead>
      <div className={`rules${sel === undefined ? ' only-list' : ''}`}>
        <section className="panel" aria-label={t('rules.title')}>
          <div className="panel-body">
            {tab === 'drafts' ? (
              <Load query={drafts}>{(items) => <DraftList drafts={items} />}</Load>
            ) : (
              <Load query={query} lines={14}>
                {() =>
                  list.length === 0 ? (
                    <Empty icon="rule" title={t('search.none')} />
                  ) : (
                    <LimitTable
                      rules={list}
                      drafts={drafts.data ?? []}
                      selected={sel}
                      onSelect={(id) => void navigate({ search: (old) => ({ ...old, sel: id }), replace: true })}
                    />
                  )
                }
              </Load>
            )}
          </div>
          <div className="panel-foot">
            <i className="draft-mark" /> {t('rules.draftFoot', { n: drafts.data?.length ?? 0 })}
            <span className="wide-only" style={{ marginLeft: 'auto' }}>
              <kbd>J</kbd> <kbd>K</kbd> {t('keys.list')}
            </span>
          </div>
        </section>
        {sel === undefined ? (
          <section className="panel wide-only">
            <Empty icon="rule" title={t('rules.select')} hint={t('rules.selectHint')} />
          </section>
        ) : (
          <RuleDetail key={sel} id={sel} onClose={() => void navigate({ search: (old) => ({ ...old, sel: undefined }) })} />
        )}
      </div>
    </div>
  );
}
