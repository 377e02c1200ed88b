import type { JSX } from 'react';
import type { LimitDraft, RuleItem } from '#contract/rules';
import { useT } from '../../i18n.ts';
import { priorityOf } from '../../ui/alarms.ts';
import { formatUnit } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';

export const LIMIT_NAMES = ['ll', 'l', 'h', 'hh', 'limit'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

export interface LimitTableProps {
  readonly rules: readonly RuleItem[];
  readonly drafts: readonly LimitDraft[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

/** One row a rule; a proposed limit stands in purple at its place, not in force. */
export function LimitTable({ rules, drafts, selected, onSelect }: LimitTableProps): JSX.Element {
  const { t, pick } = useT();
  return (
    <table className="table limits">
      <thead>
        <tr>
          <th>{t('rules.rule')}</th>
          <th className="wide-only">{t('tags.label')}</th>
          <th className="right">LL</th>
          <th className="right">L</th>
          <th className="right">H</th>
          <th className="right">HH</th>
          <th className="wide-only">{t('rules.unit')}</th>
          <th className="right wide-only">{t('rules.deadband')}</th>
          <th className="right wide-only">{t('rules.onDelay')}</th>
          <th>{t('alarms.priority')}</th>
          <th className="right wide-only">{t('rules.revision')}</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => {
          const draft = drafts.find((one) => one.rule === rule.id)?.limits;
          return (
            <tr
              key={rule.id}
              className="click"
              aria-selected={selected === rule.id ? true : undefined}
              onClick={() => onSelect(rule.id)}
              data-testid={`rule-${rule.id}`}
            >
              <td className="code">
                <button type="button" className="plain" onClick={() => onSelect(rule.id)}>
                  {rule.id}
                </button>
              </td>
              <td className="desc ellipsis wide-only">
                {rule.assetLabel ? `${pick(rule.assetLabel)} · ` : ''}
                {pick(rule.label)}
              </td>
              {(['ll', 'l', 'h', 'hh'] as const).map((name) => {
                const proposed = draft?.[name] ?? (name === 'h' ? draft?.limit : undefined);
                const value = rule.limits[name] ?? (name === 'h' ? rule.limits.limit : undefined);
                return (
                  <td key={name} className={`num right${proposed === undefined ? '' : ' changed'}`}>
                    {proposed ?? value ?? ''}
                  </td>
                );
              })}
              <td className="wide-only mid">{formatUnit(rule.unit ?? '')}</td>
              <td className="num right wide-only">{rule.deadband}</td>
              <td className="num right wide-only">{rule.onDelay}</td>
              <td>
                <Mark priority={priorityOf(rule.priority)} size={16} />
              </td>
              <td className="num right wide-only">{rule.origin === 'shipped' ? t('rules.shipped') : `v${rule.n}`}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
