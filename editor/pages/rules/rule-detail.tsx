import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import rules, { type LimitDraft, type LimitValues, type RuleItem } from '#contract/rules';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { priorityOf } from '../../ui/alarms.ts';
import { formatDateTime, formatUnit } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { LiveValueText } from '../../ui/value.tsx';
import { DraftDiff } from './draft-list.tsx';
import { LIMIT_NAMES, type LimitName } from './limit-table.tsx';
import { Replay } from './replay.tsx';
import { Revisions } from './revisions.tsx';

export function RuleDetail({ id, onClose }: { readonly id: string; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const query = useQuery({
    queryKey: ['rules', 'one', id],
    queryFn: ({ signal }) => call(rules.get, { params: { id }, signal }),
    refetchInterval: 10_000,
  });
  return (
    <section className="panel rule-detail" data-testid="rule-detail">
      <Load query={query} lines={10}>
        {({ rule, revisions, drafts, definition }) => (
          <>
            <div className="panel-head">
              <button type="button" className="btn btn-icon" onClick={onClose} aria-label={t('action.back')}>
                <Icon name="back" size={16} />
              </button>
              <Mark priority={priorityOf(rule.priority)} size={20} />
              <h2 className="grow">
                {rule.assetLabel ? `${pick(rule.assetLabel)} · ` : ''}
                {pick(rule.label)}
              </h2>
              {rule.tag === undefined ? null : <LiveValueText tag={rule.tag} />}
            </div>
            <div className="sec">
              <dl className="kv">
                <dt>{t('rules.inForce')}</dt>
                <dd className="num strong">
                  {LIMIT_NAMES.filter((name) => rule.limits[name] !== undefined)
                    .map((name) => `${name === 'limit' ? t('strip.limit') : name.toUpperCase()} ${rule.limits[name]}`)
                    .join('  ') || '—'}{' '}
                  {formatUnit(rule.unit ?? '')}
                </dd>
                <dt>{t('rules.kind')}</dt>
                <dd>
                  {t(`ruleKind.${rule.kind}`)} · {t('rules.deadband')} {rule.deadband} · {t('rules.onDelay')} {rule.onDelay} ·{' '}
                  {t('rules.offDelay')} {rule.offDelay}
                  {rule.latch ? ` · ${t('rules.latch')}` : ''}
                </dd>
                {rule.starts === undefined ? null : (
                  <>
                    <dt>{t('rules.starts')}</dt>
                    <dd>
                      <Link to="/processes/$id" params={{ id: rule.starts }}>
                        {rule.starts}
                      </Link>
                    </dd>
                  </>
                )}
                <dt>{t('rules.revision')}</dt>
                <dd>
                  {rule.origin === 'shipped' ? t('rules.shipped') : `v${rule.n}`} <span className="hash">{rule.revision.slice(0, 10)}</span>
                </dd>
              </dl>
              <nav className="row wrap" aria-label={t('alarm.links')}>
                {rule.tag === undefined ? null : (
                  <Link className="btn btn-small" to="/tags/$id" params={{ id: rule.tag }}>
                    {t('alarm.toTag')}
                  </Link>
                )}
                {rule.tag === undefined ? null : (
                  <Link className="btn btn-small" to="/trends" search={{ tags: rule.tag }}>
                    {t('nav.trends')}
                  </Link>
                )}
              </nav>
            </div>
            {drafts
              .filter((draft) => draft.state === 'open')
              .map((draft) => (
                <OpenDraft key={draft.id} draft={draft} />
              ))}
            <Proposal key={rule.revision} rule={rule} />
            <Revisions rule={rule} revisions={revisions} />
            <details className="sec">
              <summary>{t('rules.definition')}</summary>
              <pre className="hash" style={{ overflow: 'auto', maxHeight: 300 }}>
                {JSON.stringify(definition, null, 2)}
              </pre>
            </details>
          </>
        )}
      </Load>
    </section>
  );
}

function OpenDraft({ draft }: { readonly draft: LimitDraft }): JSX.Element {
  const { t } = useT();
  const { user, can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const own = draft.author.id === user.id;
  const decide = useMutation({
    mutationFn: (action: 'approve' | 'reject' | 'withdraw') => call(rules[action], { params: { id: draft.rule, draft: draft.id } }),
    onSuccess: (_, action) => toast(t(`rules.${action}Done`)),
    onError: (error) => toast(problemText(error), true),
    onSettled: () => client.invalidateQueries({ queryKey: ['rules'] }),
  });
  return (
    <div className="sec">
      <div className="draft-box" data-testid="open-draft">
        <p className="row wrap">
          <span className="chip chip-draft">{t('rules.notLive')}</span>
          <DraftDiff draft={draft} />
        </p>
        <p className="mid">
          {draft.author.name} · {formatDateTime(Date.parse(draft.at))} · {draft.reason}
        </p>
        {draft.stale ? <p className="err">{t('rules.staleHint')}</p> : null}
        <div className="row wrap">
          {own ? (
            <>
              <span className="hint grow">{t('rules.needSecond')}</span>
              <button type="button" className="btn" disabled={decide.isPending} onClick={() => decide.mutate('withdraw')}>
                {t('rules.withdraw')}
              </button>
            </>
          ) : (
            <>
              <span className="grow" />
              <button
                type="button"
                className="btn"
                disabled={!can('change.approve') || decide.isPending}
                onClick={() => decide.mutate('reject')}
              >
                {t('tasks.reject')}
              </button>
              <button
                type="button"
                className="btn btn-primary"
                disabled={!can('change.approve') || draft.stale || decide.isPending}
                onClick={() => decide.mutate('approve')}
                data-testid="approve-draft"
              >
                {t('rules.approve')}
              </button>
            </>
          )}
        </div>
      </div>
    </div>
  );
}

/** New limits: typed, replayed on stored history, then proposed with a reason. Nothing acts live from here. */
function Proposal({ rule }: { readonly rule: RuleItem }): JSX.Element | null {
  const { t } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [typed, setTyped] = useState<Partial<Record<LimitName, string>>>({});
  const [reason, setReason] = useState('');
  const names = LIMIT_NAMES.filter((name) => rule.limits[name] !== undefined);
  const changed: LimitValues = Object.fromEntries(
    names.flatMap((name) => {
      const text = typed[name];
      const value = Number(text);
      return text === undefined || text.trim() === '' || !Number.isFinite(value) || value === rule.limits[name] ? [] : [[name, value]];
    }),
  );
  const dirty = Object.keys(changed).length > 0;
  const propose = useMutation({
    mutationFn: () => call(rules.draft, { params: { id: rule.id }, body: { limits: changed, reason: reason.trim() } }),
    onSuccess: async () => {
      setTyped({});
      setReason('');
      toast(t('rules.proposed'));
      await client.invalidateQueries({ queryKey: ['rules'] });
    },
  });
  if (names.length === 0) return null;
  const may = can('rule.draft');
  return (
    <div className="sec">
      <h3>{t('rules.propose')}</h3>
      {may ? null : <p className="hint">{t('rules.mayNot')}</p>}
      <div className="limit-fields">
        {names.map((name) => (
          <label key={name} className={`field${changed[name] === undefined ? '' : ' dirty'}`}>
            <span>
              {name === 'limit' ? t('strip.limit') : name.toUpperCase()} {formatUnit(rule.unit ?? '')}
            </span>
            <input
              className="input num"
              type="number"
              step="any"
              disabled={!may}
              value={typed[name] ?? String(rule.limits[name] ?? '')}
              onChange={(event) => setTyped((old) => ({ ...old, [name]: event.target.value }))}
              data-testid={`limit-${name}`}
            />
          </label>
        ))}
      </div>
      <Replay rule={rule} changed={changed} />
      {may ? (
        <div className="row">
          <input
            className="input"
            placeholder={t('alarm.reason')}
            aria-label={t('alarm.reason')}
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
            data-testid="draft-reason"
          />
          <button
            type="button"
            className="btn btn-draft"
            disabled={!dirty || reason.trim() === '' || propose.isPending}
            onClick={() => propose.mutate()}
            data-testid="propose"
          >
            {t('rules.save')}
          </button>
        </div>
      ) : null}
      {propose.error ? (
        <p className="err" role="alert">
          {problemText(propose.error)}
        </p>
      ) : null}
    </div>
  );
}
