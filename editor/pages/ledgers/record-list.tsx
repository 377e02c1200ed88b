import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useDeferredValue } from 'react';
import { contract } from '#contract/ledgers';
import { isSealed } from '#domain/ledger/definition.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Empty, Load } from '../../ui/states.tsx';
import { isNumeric, shownText, unitOf } from './data.ts';
import { FilterBar } from './filter-bar.tsx';
import { usePurpose } from './purpose.tsx';

export interface View {
  readonly q?: string;
  readonly filter?: string;
  readonly sort?: string;
  readonly cols?: string;
}

/** Columns of a view: those of the address, else those of the type. */
export const columnsOf = (type: LedgerType, view: View): readonly string[] => {
  const asked = (view.cols ?? '').split(',').filter((name) => Object.hasOwn(type.fields, name));
  return asked.length > 0 ? asked : type.columns;
};

export function useRecords(type: LedgerType, view: View) {
  const purpose = usePurpose();
  const q = useDeferredValue(view.q ?? '');
  const query = {
    limit: 100,
    ...(q === '' ? {} : { q }),
    ...(view.filter === undefined ? {} : { filter: view.filter }),
    ...(view.sort === undefined ? {} : { sort: view.sort }),
    ...(purpose === undefined ? {} : { purpose }),
  };
  return useInfiniteQuery({
    queryKey: ['ledgers', 'list', type.id, query],
    queryFn: ({ signal, pageParam }) =>
      call(contract.list, {
        params: { type: type.id },
        query: { ...query, ...(pageParam === '' ? { total: true } : { after: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: (previous, last) => (last?.queryKey[2] === type.id ? previous : undefined),
  });
}

/** Records of a type with filter, order and columns; all of it stands in the address, so that a view is a link. */
export function RecordList({
  type,
  view,
  narrow,
  selected,
  query,
  onView,
}: {
  readonly type: LedgerType;
  readonly view: View;
  /** Beside a record only the first columns have room. */
  readonly narrow: boolean;
  readonly selected: string | undefined;
  readonly query: ReturnType<typeof useRecords>;
  readonly onView: (view: View) => void;
}): JSX.Element {
  const { t, pick, lang } = useT();
  const all = columnsOf(type, view);
  const columns = narrow ? all.slice(0, 2) : all;
  return (
    <section className="panel ledger-list" aria-label={pick(type.label)}>
      <div className="ledger-tools">
        <input
          className="input"
          type="search"
          placeholder={t('ledgers.searchHint')}
          aria-label={t('ledgers.searchHint')}
          value={view.q ?? ''}
          onChange={(event) => onView({ ...view, q: event.target.value })}
          data-testid="ledger-search"
        />
        <FilterBar key={type.id} type={type} filter={view.filter ?? ''} onChange={(filter) => onView({ ...view, filter })} />
        <ColumnChoice type={type} columns={all} onChange={(cols) => onView({ ...view, cols })} />
      </div>
      <div className="panel-body" tabIndex={0} role="region" aria-label={pick(type.label)}>
        <Load query={query} lines={14}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            const titles = Object.assign({}, ...data.pages.map((page) => page.titles));
            if (items.length === 0) {
              const filtered = (view.q ?? '') !== '' || (view.filter ?? '') !== '';
              return (
                <Empty
                  icon="search"
                  title={t(filtered ? 'ledgers.noMatch' : 'ledgers.empty')}
                  hint={t(filtered ? 'ledgers.noMatchHint' : 'ledgers.emptyHint')}
                />
              );
            }
            return (
              <table className="table">
                <thead>
                  <tr>
                    <Heading name="code" label={t('ledgers.code')} view={view} onView={onView} />
                    {columns.map((name) => {
                      const field = type.fields[name];
                      return field ? (
                        <Heading
                          key={name}
                          name={name}
                          label={`${pick(field.label)}${unitOf(field) === '' ? '' : ` ${unitOf(field)}`}`}
                          right={isNumeric(field)}
                          fixed={isSealed(field) || field.type === 'geo'}
                          view={view}
                          onView={onView}
                        />
                      ) : null;
                    })}
                  </tr>
                </thead>
                <tbody>
                  {items.map((record) => (
                    <tr key={record.code} aria-selected={record.code === selected} data-testid={`record-${record.code}`}>
                      <td>
                        <Link to="/ledgers/$type/$id" params={{ type: type.id, id: record.code }} search={view} className="code strong">
                          {record.code}
                        </Link>
                      </td>
                      {columns.map((name) => {
                        const field = type.fields[name];
                        return (
                          <td key={name} className={isNumeric(field) ? 'num right' : ''}>
                            {field
                              ? shownText(field, record.values[name], lang, titles) || (record.masked.includes(name) ? '***' : '')
                              : ''}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            );
          }}
        </Load>
      </div>
      <div className="panel-foot">
        <span className="num">{query.data ? t('ledgers.total', { n: query.data.pages[0]?.total ?? 0 }) : ''}</span>
        {query.hasNextPage ? (
          <button type="button" className="btn btn-small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('action.more')}
          </button>
        ) : null}
      </div>
    </section>
  );
}

function Heading({
  name,
  label,
  right = false,
  fixed = false,
  view,
  onView,
}: {
  readonly name: string;
  readonly label: string;
  readonly right?: boolean;
  /** Cannot be sorted by. */
  readonly fixed?: boolean;
  readonly view: View;
  readonly onView: (view: View) => void;
}): JSX.Element {
  const sort = view.sort ?? 'code';
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none';
  return (
    <th className={right ? 'right' : ''} aria-sort={order}>
      {fixed ? (
        label
      ) : (
        <button type="button" className="sorter" onClick={() => onView({ ...view, sort: order === 'ascending' ? `-${name}` : name })}>
          {label}
          <span aria-hidden="true">{order === 'ascending' ? ' ↑' : order === 'descending' ? ' ↓' : ''}</span>
        </button>
      )}
    </th>
  );
}

function ColumnChoice({
  type,
  columns,
  onChange,
}: {
  readonly type: LedgerType;
  readonly columns: readonly string[];
  readonly onChange: (cols: string) => void;
}): JSX.Element {
  const { t, pick } = useT();
  return (
    <details className="columns">
      <summary className="btn btn-small">{t('ledgers.columns')}</summary>
      <fieldset>
        <legend className="sr">{t('ledgers.columns')}</legend>
        {type.groups
          .flatMap((group) => group.fields)
          .map((name) => (
            <label key={name} className="row">
              <input
                type="checkbox"
                checked={columns.includes(name)}
                onChange={(event) =>
                  onChange((event.target.checked ? [...columns, name] : columns.filter((one) => one !== name)).join(','))
                }
              />
              {pick(type.fields[name]?.label ?? { zh: name, en: name })}
            </label>
          ))}
      </fieldset>
    </details>
  );
}
