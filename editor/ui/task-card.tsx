import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { TaskSummary } from '#contract/tasks';
import { useT } from '../i18n.ts';
import { priorityOf } from './alarms.ts';
import { ClockBar } from './clock-bar.tsx';
import { formatAge, formatClock } from './format.ts';
import { Mark } from './mark.tsx';
import { useNow } from './now.ts';

/** One task in a list: what, where, and the time that is left. */
export function TaskCard({
  task,
  selected = false,
  list,
}: {
  readonly task: TaskSummary;
  readonly selected?: boolean;
  readonly list?: 'group' | 'done' | undefined;
}): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const due = task.due ? Date.parse(task.due.at) : undefined;
  return (
    <Link
      to="/tasks/$key"
      params={{ key: task.key }}
      search={list === undefined ? {} : { list }}
      className="list-item task-card"
      aria-current={selected ? 'true' : undefined}
      data-testid="task-card"
      data-task={task.key}
      data-element={task.element}
    >
      <span className="row">
        {task.alarm?.priority === undefined ? null : <Mark priority={priorityOf(task.alarm.priority)} size={16} />}
        <b className="grow ellipsis">{pick(task.label)}</b>
        {due === undefined ? (
          <span className="num mid">{formatAge(now - Date.parse(task.since))}</span>
        ) : (
          <span className="num">
            <span className="mid">{t(due > now ? 'tasks.left' : 'tasks.over')} </span>
            <b>{formatClock(Math.abs(due - now))}</b>
          </span>
        )}
      </span>
      <span className="row">
        <span className="mid grow ellipsis">
          {task.where ? `${pick(task.where.label)} · ` : ''}
          {pick(task.processLabel)}
        </span>
        {task.due ? (
          <span style={{ width: 90 }}>
            <ClockBar from={Date.parse(task.due.startedAt)} to={Date.parse(task.due.at)} />
          </span>
        ) : null}
      </span>
    </Link>
  );
}
