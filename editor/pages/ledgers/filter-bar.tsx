import type { JSX } from 'react';
import { useState } from 'react';
import { escapeFilterValue, parseFilter } from '#domain/filter.ts';
import type { FilterClause } from '#domain/filter.ts';
import { filterFields } from '#domain/ledger/list.ts';
import { isMasked } from '#domain/ledger/definition.ts';
import type { LedgerType } from '#domain/ledger/definition.ts';
import { type MessageKey, useT } from '../../i18n.ts';
import { isNumeric } from './data.ts';

const OPS: Readonly<Record<string, MessageKey>> = {
  eq: 'ledgers.opEq',
  ne: 'ledgers.opNe',
  has: 'ledgers.opHas',
  gte: 'ledgers.opGte',
  lte: 'ledgers.opLte',
};

/** Clauses of the address that can be read; a broken one is left to the server to refuse. */
function clausesOf(type: LedgerType, filter: string): readonly FilterClause[] {
  try {
    return parseFilter(filter, filterFields(type));
  } catch {
    return [];
  }
}

const written = ({ field, op, values }: FilterClause): string =>
  `${field}:${op}:${values.map((value) => escapeFilterValue(String(value))).join(',')}`;

/** The filter as a row of clauses; everything stands in the address. */
export function FilterBar({
  type,
  filter,
  onChange,
}: {
  readonly type: LedgerType;
  readonly filter: string;
  readonly onChange: (filter: string) => void;
}): JSX.Element {
  const { t, pick } = useT();
  const names = type.groups
    .flatMap((group) => group.fields)
    .filter((name) => {
      const field = type.fields[name];
      return field !== undefined && field.type !== 'geo' && !isMasked(field);
    });
  const [field, setField] = useState(names[0] ?? '');
  const [op, setOp] = useState('eq');
  const [value, setValue] = useState('');
  const clauses = clausesOf(type, filter);
  const chosen = type.fields[field];
  const set = (next: readonly FilterClause[]): void => onChange(next.map(written).join(';'));
  const label = (name: string): string => (type.fields[name] ? pick(type.fields[name].label) : name);
  const shown = (clause: FilterClause): string => {
    const own = type.fields[clause.field];
    const texts = clause.values.map((one) =>
      own?.type === 'enum' ? pick(own.options.find((o) => o.value === one)?.label ?? { zh: String(one), en: String(one) }) : String(one),
    );
    const sign = OPS[clause.op];
    return `${label(clause.field)} ${sign ? t(sign) : clause.op} ${texts.join(', ')}`;
  };
  return (
    <div className="filter-bar">
      {clauses.map((clause) => (
        <button
          key={written(clause)}
          type="button"
          className="chip chip-active"
          onClick={() => set(clauses.filter((one) => one !== clause))}
          aria-label={`${t('action.remove')}: ${shown(clause)}`}
        >
          {shown(clause)} ×
        </button>
      ))}
      <details>
        <summary className="btn btn-small">{t('ledgers.filter')}</summary>
        <form
          className="filter-form"
          onSubmit={(event) => {
            event.preventDefault();
            const add = `${field}:${op}:${escapeFilterValue(value.trim())}`;
            onChange([...clauses.map(written), add].join(';'));
            setValue('');
          }}
        >
          <select className="select" aria-label={t('ledgers.field')} value={field} onChange={(event) => setField(event.target.value)}>
            {names.map((name) => (
              <option key={name} value={name}>
                {label(name)}
              </option>
            ))}
          </select>
          <select className="select" aria-label={t('ledgers.operator')} value={op} onChange={(event) => setOp(event.target.value)}>
            {Object.entries(OPS).map(([one, name]) => (
              <option key={one} value={one}>
                {t(name)}
              </option>
            ))}
          </select>
          {chosen?.type === 'enum' ? (
            <select className="select" aria-label={t('ledgers.value')} value={value} onChange={(event) => setValue(event.target.value)}>
              <option value="" />
              {chosen.options.map((option) => (
                <option key={option.value} value={option.value}>
                  {pick(option.label)}
                </option>
              ))}
            </select>
          ) : chosen?.type === 'boolean' ? (
            <select className="select" aria-label={t('ledgers.value')} value={value} onChange={(event) => setValue(event.target.value)}>
              <option value="" />
              <option value="true">{t('ledgers.yes')}</option>
              <option value="false">{t('ledgers.no')}</option>
            </select>
          ) : (
            <input
              className="input"
              aria-label={t('ledgers.value')}
              inputMode={isNumeric(chosen) ? 'decimal' : 'text'}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
          <button type="submit" className="btn btn-small btn-primary" disabled={value.trim() === ''}>
            {t('ledgers.addFilter')}
          </button>
        </form>
      </details>
    </div>
  );
}
