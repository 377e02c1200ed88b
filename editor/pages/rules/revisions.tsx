import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import type { Static } from 'typebox';
import rules, { type RuleItem } from '#contract/rules';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { useProblemText } from '../../ui/states.tsx';
import { LIMIT_NAMES } from './limit-table.tsx';

type Revision = Static<NonNullable<typeof rules.get.response>>['revisions'][number];

/** Every revision with who wrote and approved it; any earlier one can be put back in force. */
export function Revisions({ rule, revisions }: { readonly rule: RuleItem; readonly revisions: readonly Revision[] }): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const [back, setBack] = useState<number>();
  return (
    <div className="sec">
      <h3>{t('rules.revisions')}</h3>
      <table className="table">
        <tbody>
          {revisions.toReversed().map((revision) => (
            <tr key={`${revision.n} ${revision.hash}`}>
              <td className="num strong">v{revision.n}</td>
              <td>
                <span className={`chip ${revision.current ? 'chip-live' : ''}`}>{t(revision.current ? 'rules.live' : 'rules.past')}</span>
              </td>
              <td className="num">
                {LIMIT_NAMES.filter((name) => revision.limits[name] !== undefined)
                  .map((name) => `${name.toUpperCase()} ${revision.limits[name]}`)
                  .join(' ')}
              </td>
              <td>
                {revision.author ? `${revision.author.name}${revision.approver ? ` + ${revision.approver.name}` : ''}` : t('rules.shipped')}
                {revision.at === undefined ? '' : <span className="num dim"> {formatDateTime(Date.parse(revision.at)).slice(5, 16)}</span>}
              </td>
              <td className="right">
                {revision.current || !can('change.deploy') ? null : (
                  <button
                    type="button"
                    className="btn btn-small"
                    onClick={() => setBack(revision.n)}
                    data-testid={`rollback-${revision.n}`}
                  >
                    {t('rules.rollback')}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {back === undefined ? null : <RollbackDialog rule={rule} n={back} onClose={() => setBack(undefined)} />}
    </div>
  );
}

function RollbackDialog({ rule, n, onClose }: { readonly rule: RuleItem; readonly n: number; readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [reason, setReason] = useState('');
  const rollback = useMutation({
    mutationFn: () => call(rules.rollback, { params: { id: rule.id }, body: { n, reason: reason.trim() } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['rules'] });
      onClose();
    },
  });
  return (
    <Dialog
      title={t('rules.rollbackTo', { n })}
      onClose={onClose}
      foot={
        <button
          type="button"
          className="btn btn-primary"
          disabled={reason.trim() === '' || rollback.isPending}
          onClick={() => rollback.mutate()}
          data-testid="rollback-confirm"
        >
          {t('rules.rollback')}
        </button>
      }
    >
      <label className="field">
        <span>{t('alarm.reason')}</span>
        <input
          className="input"
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
          autoFocus
          data-testid="rollback-reason"
        />
      </label>
      {rollback.error ? <p className="err">{problemText(rollback.error)}</p> : null}
    </Dialog>
  );
}
