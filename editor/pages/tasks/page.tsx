import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useParams } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as tasks } from '#contract/tasks';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { PageHead, Segmented } from '../../ui/panel.tsx';
import { useShortcut } from '../../ui/shortcuts.ts';
import { Empty, Load } from '../../ui/states.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { useWide } from '../../ui/wide.ts';
import { TaskDetail } from './detail.tsx';
import { WaitingCommands } from './waiting-commands.tsx';
import './tasks.css';

const root = getRouteApi('__root__');

/** The inbox: list by time left, the task beside it; on a phone one after the other. */
export function TasksPage(): JSX.Element {
  const { t } = useT();
  const { key: asked } = useParams({ strict: false });
  const wide = useWide();
  const search = root.useSearch({
    select: (all): { list?: 'group' | 'done' } =>
      'list' in all && (all.list === 'group' || all.list === 'done') ? { list: all.list } : {},
  });
  const navigate = useNavigate();
  const list = search.list ?? 'all';
  const query = useQuery({
    queryKey: ['tasks', list],
    queryFn: async ({ signal }) => (await call(tasks.list, { query: { list, limit: 200 }, signal })).items,
    refetchInterval: 30_000,
  });
  const items = [...(query.data ?? [])].sort((a, b) => due(a.due?.at) - due(b.due?.at) || Date.parse(b.since) - Date.parse(a.since));
  const key = asked ?? (wide ? items[0]?.key : undefined);
  const open = key !== undefined;
  const move = (by: number): void => {
    const at = items.findIndex((task) => task.key === key);
    const next = items[Math.min(items.length - 1, Math.max(0, at + by))];
    if (next) void navigate({ to: '/tasks/$key', params: { key: next.key }, search });
  };
  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));
  return (
    <div className={`page tasks${open ? ' open' : ''}`}>
      <PageHead title={t('nav.tasks')}>
        <Segmented
          label={t('tasks.view')}
          value={list}
          onChange={(value) => void navigate({ to: '/tasks', search: value === 'all' ? {} : { list: value } })}
          options={[
            { value: 'all', label: `${t('tasks.listAll')}${list === 'all' && query.data ? ` ${query.data.length}` : ''}` },
            { value: 'group', label: t('tasks.listGroup') },
            { value: 'done', label: t('tasks.listDone') },
          ]}
        />
      </PageHead>
      <div className="inbox">
        <section className="panel list" aria-label={t('tasks.byTime')}>
          <div className="panel-body">
            {list === 'all' ? <WaitingCommands /> : null}
            <Load query={query}>
              {() =>
                items.length === 0 ? (
                  <Empty icon="check" title={t(list === 'done' ? 'tasks.noneDone' : 'tasks.none')} hint={t('tasks.noneHint')} />
                ) : (
                  items.map((task) => <TaskCard key={task.key} task={task} selected={task.key === key} list={search.list} />)
                )
              }
            </Load>
          </div>
          <div className="panel-foot wide-only">
            <kbd>J</kbd> <kbd>K</kbd> {t('keys.list')} · <kbd>Enter</kbd> {t('keys.open')} · {t('tasks.lateHint')}
          </div>
        </section>
        {open ? (
          <TaskDetail key={key} taskKey={key} onBack={() => void navigate({ to: '/tasks', search })} />
        ) : (
          <section className="panel wide-only">
            <Empty icon="task" title={t('tasks.select')} hint={t('tasks.selectHint')} />
          </section>
        )}
      </div>
    </div>
  );
}

const due = (at: string | undefined): number => (at === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(at));
