import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { TaskDetail as Task } from '#contract/tasks';
import { ROLES } from '#domain/role.ts';
import type { Text } from '#domain/text.ts';
import { useT } from '../../i18n.ts';
import { priorityOf, useAbnormal } from '../../ui/alarms.ts';
import { ClockBar } from '../../ui/clock-bar.tsx';
import { formatAge, formatClock, formatNumber, formatTime, formatUnit, formatWhen } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';
import { useNow } from '../../ui/now.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { shortLabel, useTagDefinition } from '../../ui/tags.ts';
import { Timeline } from '../../ui/timeline.tsx';
import { LiveValueText, useValueText } from '../../ui/value.tsx';

/** A group is a role; its label is in the shipped table. */
const roleLabel = (group: string): Text => ROLES.find((role) => role.id === group)?.label ?? { zh: group, en: group };

export function TaskClock({ task }: { readonly task: Task }): JSX.Element | null {
  const { t, pick } = useT();
  const now = useNow();
  const clock = task.due ?? task.clocks[0];
  if (!clock) return null;
  const from = Date.parse(clock.startedAt);
  const to = Date.parse(clock.at);
  return (
    <div className="task-clock task-block" data-testid="task-clock">
      <p className="top">
        <span className="mid">{t('tasks.term', { span: formatAge(to - from) })}</span>
        <span className="mid" style={{ marginLeft: 'auto' }}>
          {t(to > now ? 'tasks.left' : 'tasks.over')}
        </span>
        <b className="left num" style={{ marginLeft: 0 }}>
          {formatClock(Math.abs(to - now))}
        </b>
      </p>
      <ClockBar from={from} to={to} />
      <p className="ends">
        <span className="num">
          {formatTime(from)} {t('tasks.raised')}
        </span>
        <span>
          <span className="num">{formatTime(to)}</span> → {pick(clock.label)}
        </span>
      </p>
    </div>
  );
}

export function TaskFacts({ task }: { readonly task: Task }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const since = Date.parse(task.since);
  return (
    <div className="task-facts task-block">
      {task.risk === undefined ? null : (
        <p className="row wrap" style={{ marginBottom: 8 }}>
          <span className="chip chip-live">{t(`risk.${task.risk}`)}</span>
          <span className="mid">{t(`risk.${task.risk}Hint`)}</span>
        </p>
      )}
      <dl className="kv">
        {task.where ? (
          <>
            <dt>{t('tasks.where')}</dt>
            <dd>
              <b>
                {pick(task.where.label)} <span className="code">{task.where.asset}</span>
              </b>
            </dd>
          </>
        ) : null}
        <dt>{t('tasks.since')}</dt>
        <dd className="num">
          {formatWhen(since, now)} · {t('tasks.already', { age: formatAge(now - since) })}
        </dd>
        {task.alarm ? (
          <>
            <dt>{t('tasks.basis')}</dt>
            <dd>
              {task.alarm.priority === undefined ? null : <Mark priority={priorityOf(task.alarm.priority)} size={15} />}{' '}
              <Link to="/alarms" search={{ sel: task.alarm.id }}>
                {task.alarm.label ? pick(task.alarm.label) : task.alarm.id}
              </Link>{' '}
              <span className="code">#{task.alarm.occurrence}</span>
            </dd>
          </>
        ) : null}
        {task.proposedBy ? (
          <>
            <dt>{t('tasks.proposedBy')}</dt>
            <dd>{task.proposedBy.name}</dd>
          </>
        ) : null}
        <dt>{t('tasks.for')}</dt>
        <dd>{task.assignee ? task.assignee.name : task.groups.map((group) => pick(roleLabel(group))).join(', ')}</dd>
      </dl>
    </div>
  );
}

/** What completing leads to: now against then, and the measured value that it is about. */
export function TaskWrites({ task }: { readonly task: Task }): JSX.Element {
  const { t, pick } = useT();
  const text = useValueText();
  const { byTag } = useAbnormal();
  const { measured } = task;
  return (
    <div className="task-table" data-testid="task-writes">
      <table className="table">
        <thead>
          <tr>
            <th>{t('tasks.tag')}</th>
            <th className="right">{t('tasks.now')}</th>
            <th className="right">{t('tasks.after')}</th>
          </tr>
        </thead>
        <tbody>
          {task.writes.map((write) => (
            <tr key={write.tag}>
              <td>
                <b>{pick(shortLabel(write.label))}</b>
                <br />
                <span className="code">{write.tag}</span>
              </td>
              <td className="right">
                <LiveValueText tag={write.tag} />
              </td>
              <td className="num right after">
                {text(write.after, { decimals: write.decimals, measurand: write.tag.split('.').at(-1) ?? '' })}
                <span className="unit">{formatUnit(write.unit)}</span>
              </td>
            </tr>
          ))}
          {measured && !task.writes.some((write) => write.tag === measured.tag) ? (
            <tr>
              <td>
                <b>{pick(shortLabel(measured.label))}</b>{' '}
                {byTag.has(measured.tag) ? <Mark priority={priorityOf(byTag.get(measured.tag)?.priority ?? 4)} size={15} /> : null}
                <br />
                <span className="code">{measured.tag}</span>
              </td>
              <td className="right">
                <LiveValueText tag={measured.tag} />
              </td>
              <td className="num right mid">
                {measured.limit === undefined ? '—' : `${t('strip.limit')} ${formatNumber(measured.limit, 2)} ${formatUnit(measured.unit)}`}
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}

export function TaskMeasured({ task }: { readonly task: Task }): JSX.Element | null {
  const tags = [
    ...new Set([...(task.measured ? [task.measured.tag] : []), ...pressureOf(task), ...task.writes.map((write) => write.tag)]),
  ].slice(0, 2);
  if (tags.length === 0) return null;
  return (
    <div className="sparks task-block">
      {tags.map((tag) => (
        <SparkFigure key={tag} tag={tag} limit={task.measured?.tag === tag ? task.measured.limit : undefined} />
      ))}
    </div>
  );
}

/** For a leak the secondary pressure tells as much as the make-up flow. */
const pressureOf = (task: Task): readonly string[] =>
  task.measured?.tag.endsWith('.MK_FI') === true && task.where && /UNT\d+$/.test(task.where.asset) ? [`${task.where.asset}.2P_S`] : [];

function SparkFigure({ tag, limit }: { readonly tag: string; readonly limit: number | undefined }): JSX.Element {
  const { pick } = useT();
  const definition = useTagDefinition(tag);
  const label: Text = definition ? shortLabel(definition.label) : { zh: tag, en: tag };
  return (
    <figure>
      <figcaption>
        {pick(label)} {formatUnit(definition?.unit ?? '')} · 60 min
      </figcaption>
      <Sparkline tag={tag} limit={limit} />
    </figure>
  );
}

export function TaskGuide({ task }: { readonly task: Task }): JSX.Element | null {
  const { t, pick } = useT();
  if (!task.guidance) return null;
  return (
    <div className="task-block">
      <h2 style={{ marginBottom: 6 }}>{t('alarm.guidance')}</h2>
      <dl className="guide">
        <div>
          <dt className="hint">{t('alarm.response')}</dt>
          <dd className="strong">{pick(task.guidance.response)}</dd>
        </div>
        <div>
          <dt className="hint">{t('alarm.cause')}</dt>
          <dd>{pick(task.guidance.cause)}</dd>
        </div>
        <div>
          <dt className="hint">{t('alarm.consequence')}</dt>
          <dd>{pick(task.guidance.consequence)}</dd>
        </div>
      </dl>
    </div>
  );
}

export function TaskTimeline({ task }: { readonly task: Task }): JSX.Element | null {
  const { t } = useT();
  if (task.timeline.length === 0) return null;
  return (
    <div className="task-block">
      <h2 style={{ marginBottom: 8 }}>{t('timeline.title')}</h2>
      <Timeline entries={task.timeline} />
    </div>
  );
}
