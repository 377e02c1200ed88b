import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../../i18n.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { useOpenTasks } from '../../ui/task-count.ts';
import { TaskCard } from '../../ui/task-card.tsx';

export function WorklistPanel(): JSX.Element {
  const { t } = useT();
  const query = useOpenTasks();
  return (
    <Panel
      className="o-tasks"
      title={t('nav.tasks')}
      sub={t('tasks.byTime')}
      actions={
        <Link className="btn btn-link" to="/tasks">
          {t('tasks.all', { n: query.data?.length ?? 0 })}
        </Link>
      }
    >
      <Load query={query}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="check" title={t('tasks.none')} hint={t('tasks.noneHint')} />
          ) : (
            items.slice(0, 8).map((task) => <TaskCard key={task.key} task={task} />)
          )
        }
      </Load>
    </Panel>
  );
}
