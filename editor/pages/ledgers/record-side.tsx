import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract, type HistoryEntry } from '#contract/ledgers';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { formatDateTime } from '../../ui/format.ts';
import { Segmented } from '../../ui/panel.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { textOf, useLedgerTypes } from './data.ts';
import { usePurpose } from './purpose.tsx';

/** Beside a record: what changed, and what refers to it. */
export function RecordSide({ type, code }: { readonly type: LedgerType; readonly code: string }): JSX.Element {
  const { t } = useT();
  const [tab, setTab] = useState<'history' | 'referrers'>('history');
  return (
    <section className="panel ledger-side" aria-label={t('ledgers.history')}>
      <div className="panel-head">
        <Segmented
          label={t('ledgers.history')}
          value={tab}
          onChange={setTab}
          options={[
            { value: 'history', label: t('ledgers.history') },
            { value: 'referrers', label: t('ledgers.referrers') },
          ]}
        />
      </div>
      <div className="panel-body" tabIndex={0} role="region" aria-label={t(tab === 'history' ? 'ledgers.history' : 'ledgers.referrers')}>
        {tab === 'history' ? <History type={type} code={code} /> : <Referrers type={type} code={code} />}
      </div>
    </section>
  );
}

function History({ type, code }: { readonly type: LedgerType; readonly code: string }): JSX.Element {
  const { t } = useT();
  const purpose = usePurpose();
  const query = useQuery({
    queryKey: ['ledgers', 'history', type.id, code, purpose ?? ''],
    queryFn: async ({ signal }) =>
      (await call(contract.history, { params: { type: type.id, id: code }, query: purpose === undefined ? {} : { purpose }, signal }))
        .items,
  });
  return (
    <Load query={query}>
      {(items) => (
        <ol className="tl pad" data-testid="history">
          {items.map((entry) => (
            <li key={entry.ver}>
              <div className="top">
                <b>
                  {t(entry.action === 'create' ? 'ledgers.created' : entry.action === 'delete' ? 'ledgers.deleted' : 'ledgers.changed')}
                </b>
                <span className="when num">{formatDateTime(Date.parse(entry.at))}</span>
              </div>
              {entry.action === 'update' ? <Changes type={type} entry={entry} /> : null}
              <p className="hint">
                {entry.by.name}
                {entry.source === undefined ? '' : ` · ${entry.source}`}
                {entry.reason === undefined ? '' : ` · ${entry.reason}`}
              </p>
            </li>
          ))}
        </ol>
      )}
    </Load>
  );
}

function Changes({ type, entry }: { readonly type: LedgerType; readonly entry: HistoryEntry }): JSX.Element {
  const { pick, lang } = useT();
  return (
    <ul>
      {entry.changes.map(({ field: name, before, after, masked }) => {
        const field = type.fields[name];
        const say = (value: unknown): string => (field && value !== undefined ? textOf(field, value, lang) : masked ? '***' : '—');
        return (
          <li key={name}>
            {field ? pick(field.label) : name} <span className="mid">{say(before)}</span> → <b>{say(after)}</b>
          </li>
        );
      })}
    </ul>
  );
}

function Referrers({ type, code }: { readonly type: LedgerType; readonly code: string }): JSX.Element {
  const { t, pick } = useT();
  const { data: types } = useLedgerTypes();
  const query = useQuery({
    queryKey: ['ledgers', 'referrers', type.id, code],
    queryFn: async ({ signal }) => (await call(contract.referrers, { params: { type: type.id, id: code }, signal })).items,
  });
  return (
    <Load query={query}>
      {(items) =>
        items.length === 0 ? (
          <Empty title={t('ledgers.noReferrers')} />
        ) : (
          <>
            {items.map(({ ledger, field, count, records }) => (
              <div key={`${ledger}.${field}`} className="pad">
                <h3>
                  {pick(types?.find((one) => one.type.id === ledger)?.type.label ?? { zh: ledger, en: ledger })}{' '}
                  <span className="num mid">{count}</span>
                </h3>
                <ul>
                  {records.map((record) => (
                    <li key={record.code} className="row">
                      <Link to="/ledgers/$type/$id" params={{ type: ledger, id: record.code }} className="code">
                        {record.code}
                      </Link>
                      <span className="ellipsis">{record.title}</span>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </>
        )
      }
    </Load>
  );
}
