import { useQuery, useQueryClient, useMutation } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate, useParams } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import { contract } from '#contract/ledgers';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { addressOf, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { Empty, Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { useWide } from '../../ui/wide.ts';
import { type RecordView, titleText, type TypeView, useLedgerTypes } from './data.ts';
import { ImportDialog } from './import-dialog.tsx';
import { forgetPurpose, PurposeDialog, usePurpose } from './purpose.tsx';
import { RecordForm } from './record-form.tsx';
import { columnsOf, RecordList, useRecords, type View } from './record-list.tsx';
import { RecordSide } from './record-side.tsx';
import './ledgers.css';

const root = getRouteApi('__root__');
const FIRST = 'station';

const viewOf = (all: Readonly<Record<string, unknown>>): View =>
  Object.fromEntries(
    ['q', 'filter', 'sort', 'cols'].flatMap((name) => {
      const value = all[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    }),
  );

/** 台账: the list of a type; a record opens beside it with its past, on a phone in its place. */
export function LedgersPage(): JSX.Element {
  const { t } = useT();
  const query = useLedgerTypes();
  return (
    <Load query={query} lines={12}>
      {(types) => (types.length === 0 ? <Empty title={t('ledgers.noTypes')} /> : <Ledger types={types} />)}
    </Load>
  );
}

function Ledger({ types }: { readonly types: readonly TypeView[] }): JSX.Element {
  const { t, pick } = useT();
  const params = useParams({ strict: false });
  const navigate = useNavigate();
  const wide = useWide();
  const view = root.useSearch({ select: (all) => viewOf(all) });
  const wanted = params.type ?? FIRST;
  const live = types.find((one) => one.type.id === wanted) ?? (params.type === undefined ? types[0] : undefined);
  if (!live) return <Empty icon="search" title={t('state.notFound')} />;
  const setView = (next: View): void =>
    void navigate({ to: '/ledgers/$type', params: { type: live.type.id }, search: viewOf({ ...next }), replace: true });
  return (
    <div className="page ledgers">
      <PageHead title={t('nav.ledgers')} right={<Actions type={live.type} view={view} />}>
        <select
          className="select"
          style={{ width: 'auto' }}
          aria-label={t('ledgers.type')}
          value={live.type.id}
          onChange={(event) => void navigate({ to: '/ledgers/$type', params: { type: event.target.value } })}
          data-testid="ledger-type"
        >
          {types.map(({ type, records }) => (
            <option key={type.id} value={type.id}>
              {pick(type.label)} {records}
            </option>
          ))}
        </select>
        <Link to="/ledger-types/$type" params={{ type: live.type.id }} className="btn btn-small">
          {t('ledgers.types')}
        </Link>
      </PageHead>
      <Body key={live.type.id} type={live.type} view={view} wide={wide} id={params.id} setView={setView} />
    </div>
  );
}

function Body({
  type,
  view,
  wide,
  id,
  setView,
}: {
  readonly type: LedgerType;
  readonly view: View;
  readonly wide: boolean;
  readonly id: string | undefined;
  readonly setView: (view: View) => void;
}): JSX.Element {
  const query = useRecords(type, view);
  return (
    <div className={`ledger-body${id === undefined ? ' alone' : ''}`}>
      {wide || id === undefined ? (
        <RecordList type={type} view={view} narrow={!wide || id !== undefined} selected={id} query={query} onView={setView} />
      ) : null}
      {id === undefined ? null : <RecordPane key={id} type={type} code={id} view={view} />}
    </div>
  );
}

function Actions({ type, view }: { readonly type: LedgerType; readonly view: View }): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const navigate = useNavigate();
  const purpose = usePurpose();
  const [importing, setImporting] = useState(false);
  const { q, filter, sort } = view;
  const fields = columnsOf(type, view).join(',');
  const address = (format: string): string =>
    addressOf(
      contract.export.path,
      { type: type.id },
      { format, q, filter, sort, purpose, ...(view.cols === undefined ? {} : { fields }) },
    );
  return (
    <>
      {purpose === undefined ? null : (
        <button type="button" className="btn btn-small" onClick={forgetPurpose}>
          {t('ledgers.hide')}
        </button>
      )}
      {can('ledger.write') ? (
        <button type="button" className="btn" onClick={() => setImporting(true)} data-testid="import">
          {t('ledgers.import')}
        </button>
      ) : null}
      {can('export.request') ? (
        <>
          <a className="btn" href={address('xlsx')} download data-testid="export-xlsx">
            <Icon name="download" size={15} /> XLSX
          </a>
          <a className="btn" href={address('csv')} download data-testid="export-csv">
            <Icon name="download" size={15} /> CSV
          </a>
        </>
      ) : null}
      {can('ledger.write') ? (
        <button
          type="button"
          className="btn btn-primary"
          onClick={() => void navigate({ to: '/ledgers/$type/$id', params: { type: type.id, id: 'new' } })}
          data-testid="new-record"
        >
          {t('ledgers.new', { type: pick(type.label) })}
        </button>
      ) : null}
      {importing ? <ImportDialog type={type} onClose={() => setImporting(false)} /> : null}
    </>
  );
}

function RecordPane({ type, code, view }: { readonly type: LedgerType; readonly code: string; readonly view: View }): JSX.Element {
  const navigate = useNavigate();
  const purpose = usePurpose();
  const [asking, setAsking] = useState(false);
  const query = useQuery({
    queryKey: ['ledgers', 'record', type.id, code, purpose ?? ''],
    queryFn: ({ signal }) =>
      call(contract.get, { params: { type: type.id, id: code }, query: purpose === undefined ? {} : { purpose }, signal }),
    enabled: code !== 'new',
  });
  const open = (id: string): void => void navigate({ to: '/ledgers/$type/$id', params: { type: type.id, id }, search: view });
  const back = (): void => void navigate({ to: '/ledgers/$type', params: { type: type.id }, search: view });
  if (code === 'new')
    return (
      <section className="panel ledger-record" aria-label={type.label.en}>
        <RecordHead type={type} record={undefined} onBack={back} />
        <RecordForm type={type} record={undefined} titles={{}} onSaved={open} onCancel={back} onReveal={() => undefined} />
      </section>
    );
  return (
    <>
      <section className="panel ledger-record" aria-label={code}>
        <Load query={query} lines={10}>
          {({ record, titles }) => (
            <>
              <RecordHead type={type} record={record} onBack={back} />
              <RecordForm key={record.ver} type={type} record={record} titles={titles} onSaved={open} onReveal={() => setAsking(true)} />
            </>
          )}
        </Load>
      </section>
      <RecordSide type={type} code={code} />
      {asking ? <PurposeDialog onClose={() => setAsking(false)} /> : null}
    </>
  );
}

function RecordHead({
  type,
  record,
  onBack,
}: {
  readonly type: LedgerType;
  readonly record: RecordView | undefined;
  readonly onBack: () => void;
}): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [sure, setSure] = useState(false);
  const remove = useMutation({
    mutationFn: (one: RecordView) => call(contract.remove, { params: { type: type.id, id: one.code }, ifMatch: `"${one.ver}"` }),
    onSuccess: async () => {
      onBack();
      await client.invalidateQueries({ queryKey: ['ledgers'] });
    },
    onError: (error) => toast(problemText(error), true),
    onSettled: () => setSure(false),
  });
  return (
    <div className="panel-head">
      <button type="button" className="btn btn-icon" onClick={onBack} aria-label={t('action.back')}>
        <Icon name="back" size={16} />
      </button>
      <h2 className="ledger-title" data-testid="record-title">
        {record ? titleText(type, record) : t('ledgers.new', { type: pick(type.label) })}
      </h2>
      {record ? <span className="chip num">{record.code}</span> : null}
      <span className="sub">{t('ledgers.fieldCount', { type: pick(type.label), n: Object.keys(type.fields).length })}</span>
      <span className="row" style={{ marginLeft: 'auto' }}>
        {record && (type.id === 'station' || type.id === 'unit') && can('live.read') ? (
          <Link to="/tags" search={{ q: record.code }} className="btn btn-small">
            {t('nav.tags')}
          </Link>
        ) : null}
        {record && can('ledger.write') ? (
          sure ? (
            <>
              <button type="button" className="btn btn-small btn-danger" onClick={() => remove.mutate(record)} data-testid="delete-sure">
                {t('ledgers.deleteSure', { code: record.code })}
              </button>
              <button type="button" className="btn btn-small" onClick={() => setSure(false)}>
                {t('ledgers.keep')}
              </button>
            </>
          ) : (
            <button type="button" className="btn btn-small" onClick={() => setSure(true)} data-testid="delete-record">
              {t('ledgers.delete')}
            </button>
          )
        ) : null}
      </span>
    </div>
  );
}
