import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract, type TypeDraft } from '#contract/ledgers';
import { addressOf, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Empty, Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { type LedgerTypeContent, useLedgerTypes } from './data.ts';
import { TypeFields, TypeHead } from './type-fields.tsx';
import './ledgers.css';

const route = getRouteApi('/ledger-types/$type');

const blank = (id: string): LedgerTypeContent => ({
  id,
  label: { zh: id, en: id },
  code: `${id.replaceAll('-', '').slice(0, 3).toUpperCase()}{nnn}`,
  fields: { name: { type: 'text', label: { zh: '名称', en: 'Name' }, required: true, class: 'asset', level: 2 } },
  groups: [{ label: { zh: '基本', en: 'Basics' }, fields: ['name'] }],
  title: 'name',
  columns: ['name'],
});

/** 台账类型: fields, labels, rules and form of a record type, changed by a draft that another person approves. */
export function LedgerTypePage(): JSX.Element {
  const { t, pick } = useT();
  const { type: id } = route.useParams();
  const query = useLedgerTypes();
  const navigate = useNavigate();
  const [next, setNext] = useState('');
  return (
    <div className="page ledgers">
      <PageHead
        title={t('ledgers.typeTitle')}
        right={
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              void navigate({ to: '/ledger-types/$type', params: { type: next } });
            }}
          >
            <input
              className="input"
              style={{ width: 170 }}
              placeholder={t('ledgers.newTypeHint')}
              aria-label={t('ledgers.newTypeHint')}
              value={next}
              onChange={(event) => setNext(event.target.value)}
              data-testid="new-type-id"
            />
            <button type="submit" className="btn" disabled={!/^[a-z][a-z0-9-]{1,39}$/.test(next)}>
              {t('ledgers.newType')}
            </button>
          </form>
        }
      >
        <select
          className="select"
          style={{ width: 'auto' }}
          aria-label={t('ledgers.type')}
          value={id}
          onChange={(event) => void navigate({ to: '/ledger-types/$type', params: { type: event.target.value } })}
        >
          {[
            ...(query.data ?? []).map((one) => one.type),
            ...(query.data?.some((one) => one.type.id === id) === true ? [] : [{ id, label: { zh: id, en: id } }]),
          ].map((type) => (
            <option key={type.id} value={type.id}>
              {pick(type.label)}
            </option>
          ))}
        </select>
      </PageHead>
      <Load query={query} lines={10}>
        {(types) => {
          const live = types.find((one) => one.type.id === id);
          return <Editor key={`${id} ${live?.hash ?? ''}`} deployed={live?.type} id={id} others={types.map((one) => one.type)} />;
        }}
      </Load>
    </div>
  );
}

function Editor({
  deployed,
  id,
  others,
}: {
  readonly deployed: LedgerTypeContent | undefined;
  readonly id: string;
  readonly others: readonly LedgerTypeContent[];
}): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [definition, setDefinition] = useState<LedgerTypeContent>(deployed ?? blank(id));
  const [reason, setReason] = useState('');
  const may = can('ledgerType.draft');
  const dirty = JSON.stringify(definition) !== JSON.stringify(deployed);
  const check = useMutation({ mutationFn: () => call(contract.check, { params: { type: id }, body: { definition } }) });
  const draft = useMutation({
    mutationFn: () => call(contract.draft, { params: { type: id }, body: { definition, reason: reason.trim() } }),
    onSuccess: async () => {
      setReason('');
      toast(t('ledgers.drafted'));
      await client.invalidateQueries({ queryKey: ['ledgers', 'drafts'] });
    },
  });
  const change = (to: LedgerTypeContent): void => {
    setDefinition(to);
    check.reset();
    draft.reset();
  };
  return (
    <div className="type-body">
      <section className="panel type-fields" aria-label={t('ledgers.typeTitle')} tabIndex={0}>
        <TypeHead definition={definition} disabled={!may} onChange={change} />
        <TypeFields definition={definition} disabled={!may} others={others} onChange={change} />
      </section>
      <div className="type-side" tabIndex={0} role="region" aria-label={t('ledgers.drafts')}>
        <Panel title={t('ledgers.propose')} sub={dirty ? t('ledgers.typeDirty') : t('ledgers.typeClean')}>
          <div className="pad">
            {may ? (
              <>
                <label className="field">
                  <span>{t('ledgers.reason')}</span>
                  <input
                    className="input"
                    value={reason}
                    maxLength={500}
                    onChange={(event) => setReason(event.target.value)}
                    data-testid="type-reason"
                  />
                </label>
                <p className="row wrap" style={{ marginTop: 8 }}>
                  <button
                    type="button"
                    className="btn"
                    disabled={!dirty || check.isPending}
                    onClick={() => check.mutate()}
                    data-testid="type-check"
                  >
                    {t('ledgers.check')}
                  </button>
                  <button
                    type="button"
                    className="btn btn-primary"
                    disabled={!dirty || reason.trim() === '' || draft.isPending}
                    onClick={() => draft.mutate()}
                    data-testid="type-draft"
                  >
                    {t('ledgers.submit')}
                  </button>
                </p>
              </>
            ) : null}
            {deployed ? (
              <p style={{ marginTop: 8 }}>
                <a className="btn btn-small" href={addressOf(contract.typeFile.path, { type: id }, {})} download>
                  {t('ledgers.typeFile')}
                </a>
              </p>
            ) : null}
            {draft.error ? (
              <p className="err" role="alert">
                {problemText(draft.error)}
              </p>
            ) : null}
            {check.error ? (
              <p className="err" role="alert">
                {problemText(check.error)}
              </p>
            ) : null}
            {check.data ? <Judged data={check.data} /> : null}
          </div>
        </Panel>
        <Drafts id={id} />
      </div>
    </div>
  );
}

function Judged({
  data,
}: {
  readonly data: {
    readonly changes: TypeDraft['changes'];
    readonly problems: readonly { readonly path: string; readonly detail: string }[];
    readonly misfits: readonly {
      readonly record: string;
      readonly field: string;
      readonly text: { readonly zh: string; readonly en: string };
    }[];
    readonly misfitCount: number;
  };
}): JSX.Element {
  const { t, pick } = useT();
  return (
    <div data-testid="type-judged">
      <ChangeList changes={data.changes} />
      {data.problems.map((problem) => (
        <p key={problem.path + problem.detail} className="err">
          {problem.path}: {problem.detail}
        </p>
      ))}
      {data.misfitCount === 0 ? (
        <p className="hint">{t('ledgers.noMisfits')}</p>
      ) : (
        <>
          <p className="err">{t('ledgers.misfits', { n: data.misfitCount })}</p>
          <ul>
            {data.misfits.slice(0, 20).map((one) => (
              <li key={one.record + one.field + one.text.en}>
                <span className="code">{one.record}</span> {one.field} {pick(one.text)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function ChangeList({ changes }: { readonly changes: TypeDraft['changes'] }): JSX.Element {
  const { t } = useT();
  const word = { added: 'ledgers.added', removed: 'ledgers.removed', changed: 'ledgers.altered' } as const;
  return (
    <ul>
      {changes.map((change) => (
        <li key={change.path}>
          {t(word[change.kind])} <span className="code">{change.path}</span>
        </li>
      ))}
    </ul>
  );
}

function Drafts({ id }: { readonly id: string }): JSX.Element {
  const { t } = useT();
  const { user, can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const query = useQuery({
    queryKey: ['ledgers', 'drafts', id],
    queryFn: async ({ signal }) => (await call(contract.drafts, { query: { type: id }, signal })).items,
  });
  const decide = useMutation({
    mutationFn: ({ draft, act }: { readonly draft: string; readonly act: 'approve' | 'reject' | 'withdraw' }) =>
      call(contract[act], { params: { type: id, draft } }),
    onError: (error) => toast(problemText(error), true),
    onSettled: () => client.invalidateQueries({ queryKey: ['ledgers'] }),
  });
  const states = {
    open: 'ledgers.open',
    approved: 'ledgers.approved',
    rejected: 'ledgers.rejected',
    withdrawn: 'ledgers.withdrawn',
  } as const;
  return (
    <Panel title={t('ledgers.drafts')}>
      <Load query={query} lines={3}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={t('ledgers.noDrafts')} />
          ) : (
            <>
              {items.map((draft) => (
                <div key={draft.id} className="pad" data-testid={`type-draft-${draft.state}`}>
                  <p className="row wrap">
                    <span className={draft.state === 'open' ? 'chip chip-draft' : 'chip'}>{t(states[draft.state])}</span>
                    <b>{draft.reason}</b>
                  </p>
                  <p className="hint">
                    {draft.author.name} · {formatDateTime(Date.parse(draft.at))}
                    {draft.decidedBy === undefined ? '' : ` · ${draft.decidedBy.name}`}
                  </p>
                  <ChangeList changes={draft.changes} />
                  {draft.stale ? <p className="err">{t('ledgers.stale')}</p> : null}
                  {draft.state === 'open' ? (
                    <p className="row wrap">
                      {draft.author.id === user.id ? (
                        <button type="button" className="btn btn-small" onClick={() => decide.mutate({ draft: draft.id, act: 'withdraw' })}>
                          {t('ledgers.withdraw')}
                        </button>
                      ) : can('change.approve') ? (
                        <>
                          <button type="button" className="btn btn-small" onClick={() => decide.mutate({ draft: draft.id, act: 'reject' })}>
                            {t('tasks.reject')}
                          </button>
                          <button
                            type="button"
                            className="btn btn-small btn-primary"
                            onClick={() => decide.mutate({ draft: draft.id, act: 'approve' })}
                            data-testid="type-approve"
                          >
                            {t('tasks.approve')}
                          </button>
                        </>
                      ) : null}
                    </p>
                  ) : null}
                </div>
              ))}
            </>
          )
        }
      </Load>
    </Panel>
  );
}
