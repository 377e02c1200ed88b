import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { lazy, Suspense, useState } from 'react';
import { contract as commands, type CommandView } from '#contract/commands';
import rules from '#contract/rules';
import { contract as tags } from '#contract/tags';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useTag } from '../../live.ts';
import { useSession } from '../../session.tsx';
import { again } from '../../ui/again.ts';
import { formatAge, formatNumber, formatTime, formatUnit } from '../../ui/format.ts';
import { mimicOf } from '../../ui/guidance.tsx';
import { priorityOf } from '../../ui/alarms.ts';
import { Mark } from '../../ui/mark.tsx';
import { useNow } from '../../ui/now.ts';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Load, Skeleton } from '../../ui/states.tsx';
import type { TagView } from '../../ui/tags.ts';
import { AnalogueBar, LiveValueText } from '../../ui/value.tsx';
import { CommandDialog } from '../commands/command-dialog.tsx';
import { CommandRecord } from '../commands/record.tsx';
import { FlowLinks } from '../flows/flow-links.tsx';
import './tags.css';

const TagTrend = lazy(again(async () => ({ default: (await import('./tag-trend.tsx')).TagTrend })));
const route = getRouteApi('/tags/$id');

/** One tag: definition, live value, trend, and everything that touches it, one click away. */
export function TagPage(): JSX.Element {
  const { id } = route.useParams();
  const query = useQuery({ queryKey: ['tags', 'one', id], queryFn: ({ signal }) => call(tags.tag, { params: { tag: id }, signal }) });
  return (
    <Load query={query} lines={10}>
      {(tag) => <TagDetail tag={tag} />}
    </Load>
  );
}

function TagDetail({ tag }: { readonly tag: TagView }): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const [command, setCommand] = useState(false);
  const value = useTag(tag.id);
  const now = useNow();
  const [min = 0, max = 1] = tag.range ?? [];
  const unit = formatUnit(tag.unit);
  return (
    <div className="page">
      <PageHead
        title={pick(tag.label)}
        right={
          <>
            <Link className="btn" to="/m/$id" params={{ id: mimicOf(tag.asset) }} search={{ tag: tag.id }}>
              {t('alarm.toMimic')}
            </Link>
            <Link className="btn" to="/trends" search={{ tags: tag.id }}>
              {t('nav.trends')}
            </Link>
            {tag.writable && can('command.submit') ? (
              <button type="button" className="btn btn-primary" onClick={() => setCommand(true)} data-testid="open-command">
                {t('command.open')}
              </button>
            ) : null}
          </>
        }
      >
        <span className="chip">{tag.id}</span>
      </PageHead>
      <div className="tag-page">
        <Panel
          title={t('tags.live')}
          sub={value ? `${t(`quality.${value.quality}`)} · ${formatTime(value.at)} · ${formatAge(now - value.at)}` : t('tags.noValue')}
        >
          <div className="pad tag-live">
            <LiveValueText tag={tag.id} big />
            {tag.range ? (
              <AnalogueBar value={typeof value?.value === 'number' ? value.value : undefined} range={[min, max]} limits={tag.limits} />
            ) : null}
          </div>
          <dl className="kv pad">
            <dt>{t('tags.asset')}</dt>
            <dd className="code">{tag.asset}</dd>
            <dt>{t('tags.measurand')}</dt>
            <dd className="code">{tag.measurand}</dd>
            <dt>{t('tags.range')}</dt>
            <dd className="num">{tag.range ? `${formatNumber(min, 0)} … ${formatNumber(max, 0)} ${unit}` : '—'}</dd>
            <dt>LL / L / H / HH</dt>
            <dd className="num">
              {tag.limits ? [tag.limits.ll, tag.limits.l, tag.limits.h, tag.limits.hh].map((limit) => limit ?? '—').join(' / ') : '—'}
            </dd>
            <dt>{t('tags.every')}</dt>
            <dd className="num">{formatAge(tag.every * 1000)}</dd>
            <dt>{t('tags.aliases')}</dt>
            <dd className="code">{tag.aliases.join(' · ')}</dd>
          </dl>
        </Panel>
        <Panel title={t('tags.trend')} className="t-trend">
          <Suspense fallback={<Skeleton />}>
            <TagTrend tag={tag.id} />
          </Suspense>
        </Panel>
        <FlowLinks of="tag" id={tag.id} />
        <TagRules tag={tag.id} />
        {tag.writable ? <TagCommands tag={tag.id} /> : null}
      </div>
      {command ? <CommandDialog tag={tag.id} onClose={() => setCommand(false)} /> : null}
    </div>
  );
}

function TagRules({ tag }: { readonly tag: string }): JSX.Element {
  const { t, pick } = useT();
  const query = useQuery({
    queryKey: ['rules', 'tag', tag],
    queryFn: async ({ signal }) => (await call(rules.list, { query: { filter: `tag:eq:${tag}` }, signal })).items,
  });
  return (
    <Panel title={t('nav.rules')}>
      <Load query={query} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <p className="pad mid">{t('rules.noneForTag')}</p>
          ) : (
            items.map((rule) => (
              <Link key={rule.id} to="/rules" search={{ sel: rule.id }} className="list-item row">
                <Mark priority={priorityOf(rule.priority)} hollow size={16} />
                <b className="grow ellipsis">{pick(rule.label)}</b>
                <span className="num mid">
                  {Object.entries(rule.limits)
                    .map(([name, limit]) => `${name.toUpperCase()} ${limit}`)
                    .join('  ')}
                </span>
              </Link>
            ))
          )
        }
      </Load>
    </Panel>
  );
}

function TagCommands({ tag }: { readonly tag: string }): JSX.Element {
  const { t } = useT();
  const query = useQuery({
    queryKey: ['commands', 'tag', tag],
    queryFn: async ({ signal }) => (await call(commands.list, { query: { filter: `tag:eq:${tag}`, limit: 20 }, signal })).items,
    refetchInterval: 30_000,
  });
  const [open, setOpen] = useState<CommandView>();
  return (
    <Panel title={t('command.list')}>
      {open ? <CommandRecord command={open} onClose={() => setOpen(undefined)} /> : null}
      <Load query={query} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <p className="pad mid">{t('command.none')}</p>
          ) : (
            <table className="table">
              <tbody>
                {items.map((command) => (
                  <tr key={command.id} className="click" onClick={() => setOpen(command)} data-testid="command-row">
                    <td className="num">
                      <button type="button" className="plain num" onClick={() => setOpen(command)}>
                        {formatTime(Date.parse(command.submittedAt))}
                      </button>
                    </td>
                    <td className="num">
                      → <b>{String(command.value)}</b> {formatUnit(command.unit)}
                    </td>
                    <td>{[command.submitterName, ...(command.approverName === undefined ? [] : [command.approverName])].join(' + ')}</td>
                    <td>
                      <span className="chip">{t(`commandState.${command.state}`)}</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Load>
    </Panel>
  );
}
