import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { LimitDraft } from '#contract/rules';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatUnit } from '../../ui/format.ts';
import { Empty } from '../../ui/states.tsx';
import { LIMIT_NAMES } from './limit-table.tsx';

/** `H 1.0 → 1.2`: only what changes. */
export function DraftDiff({ draft }: { readonly draft: LimitDraft }): JSX.Element {
  return (
    <span className="num">
      {LIMIT_NAMES.filter((name) => draft.limits[name] !== undefined && draft.limits[name] !== draft.before[name]).map((name) => (
        <span key={name} style={{ marginRight: 10 }}>
          {name.toUpperCase()} <s className="dim">{draft.before[name] ?? '—'}</s> → <b className="draft">{draft.limits[name]}</b>
        </span>
      ))}
      {formatUnit(draft.unit ?? '')}
    </span>
  );
}

export function DraftList({ drafts }: { readonly drafts: readonly LimitDraft[] }): JSX.Element {
  const { t, pick } = useT();
  if (drafts.length === 0) return <Empty icon="rule" title={t('rules.noDrafts')} hint={t('rules.noDraftsHint')} />;
  return (
    <>
      {drafts.map((draft) => (
        <Link key={draft.id} to="/rules" search={{ sel: draft.rule, tab: 'drafts' }} className="list-item" data-testid="draft-row">
          <span className="row">
            <b className="grow ellipsis">{pick(draft.label)}</b>
            <span className={`chip ${draft.stale ? 'chip-bad' : 'chip-draft'}`}>{t(draft.stale ? 'rules.stale' : 'rules.notLive')}</span>
          </span>
          <DraftDiff draft={draft} />
          <p className="mid">
            {draft.author.name} · {formatDateTime(Date.parse(draft.at))} · {draft.reason}
          </p>
        </Link>
      ))}
    </>
  );
}
