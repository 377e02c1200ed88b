import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useDeferredValue, useId } from 'react';
import { contract } from '#contract/ledgers';
import type { LedgerField } from '#domain/ledger/definition.ts';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { Icon } from '../../ui/icons.tsx';
import { type Titles, unitOf } from './data.ts';

export interface FieldInputProps {
  readonly name: string;
  readonly field: LedgerField;
  readonly text: string;
  readonly titles: Titles;
  readonly disabled: boolean;
  readonly masked: boolean;
  readonly dirty: boolean;
  readonly fault: string | undefined;
  readonly onChange: (text: string) => void;
  /** Begins to overwrite a value that is masked. */
  readonly onReplace?: () => void;
}

/** One field of the form, by its type; the fault stands under it. */
export function FieldInput(props: FieldInputProps): JSX.Element {
  const { name, field, masked, dirty, fault, disabled, onReplace } = props;
  const { t, pick } = useT();
  const id = useId();
  const unit = unitOf(field);
  return (
    <div className={`field ledger-field${dirty ? ' dirty' : ''}${field.type === 'text' && field.lines === true ? ' wide' : ''}`}>
      <label htmlFor={id}>
        {pick(field.label)}
        {unit === '' ? null : <span className="unit">{unit}</span>}
        {field.required === true ? <span className="mid"> *</span> : null}
      </label>
      {masked ? (
        <div className="masked">
          <input id={id} className="input" value={props.text === '' ? '***' : props.text} readOnly data-testid={`field-${name}`} />
          <Icon name="lock" size={14} />
          {disabled || !onReplace ? null : (
            <button
              type="button"
              className="btn btn-small"
              onClick={onReplace}
              aria-label={`${t('ledgers.replace')}: ${pick(field.label)}`}
            >
              {t('ledgers.replace')}
            </button>
          )}
        </div>
      ) : (
        <Input id={id} {...props} />
      )}
      {fault === undefined ? (
        field.hint ? (
          <span className="hint">{pick(field.hint)}</span>
        ) : null
      ) : (
        <span className="err" id={`${id}-fault`} role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}

function Input({ id, name, field, text, titles, disabled, fault, onChange }: FieldInputProps & { readonly id: string }): JSX.Element {
  const { t, pick } = useT();
  const common = {
    id,
    disabled,
    'aria-invalid': fault !== undefined,
    'data-testid': `field-${name}`,
    ...(fault === undefined ? {} : { 'aria-describedby': `${id}-fault` }),
  };
  const choices =
    field.type === 'enum'
      ? field.options.map((option) => pick(option.label))
      : field.type === 'boolean'
        ? [t('ledgers.yes'), t('ledgers.no')]
        : undefined;
  if (choices)
    return (
      <select className="select" {...common} value={text} onChange={(event) => onChange(event.target.value)}>
        <option value="">—</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  if (field.type === 'reference')
    return <ReferenceInput ledger={field.ledger} text={text} titles={titles} onChange={onChange} common={common} />;
  if ((field.type === 'text' && field.lines === true) || (field.type === 'geo' && field.geometry !== 'Point'))
    return <textarea className="textarea" rows={2} {...common} value={text} onChange={(event) => onChange(event.target.value)} />;
  const numeric = field.type === 'number' || field.type === 'integer';
  return (
    <input
      className={`input${numeric ? ' num' : ''}`}
      {...common}
      inputMode={numeric ? 'decimal' : 'text'}
      type={field.type === 'date' ? 'date' : 'text'}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** The code of another record, found by its code or name; with a link to it. */
function ReferenceInput({
  ledger,
  text,
  titles,
  onChange,
  common,
}: {
  readonly ledger: string;
  readonly text: string;
  readonly titles: Titles;
  readonly onChange: (text: string) => void;
  readonly common: { readonly id: string; readonly disabled: boolean; readonly 'data-testid': string };
}): JSX.Element {
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ['ledgers', 'pick', ledger, q],
    queryFn: ({ signal }) => call(contract.list, { params: { type: ledger }, query: { limit: 20, ...(q === '' ? {} : { q }) }, signal }),
    enabled: !common.disabled,
    staleTime: 30_000,
  });
  const { data: types } = useQuery({
    queryKey: ['ledgers', 'types'],
    queryFn: async ({ signal }) => (await call(contract.types, { signal })).items,
  });
  const title = types?.find((one) => one.type.id === ledger)?.type.title ?? '';
  const options = (data?.items ?? []).map((record) => ({ code: record.code, name: record.values[title] }));
  const known = titles[`${ledger}/${text}`] ?? options.find((option) => option.code === text)?.name;
  return (
    <>
      <input
        className="input code"
        list={`${common.id}-list`}
        {...common}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${common.id}-list`}>
        {options.map(({ code, name }) => (
          <option key={code} value={code}>
            {typeof name === 'string' ? name : code}
          </option>
        ))}
      </datalist>
      {text !== '' && typeof known === 'string' ? (
        <Link to="/ledgers/$type/$id" params={{ type: ledger, id: text }} className="hint ref">
          {known}
        </Link>
      ) : null}
    </>
  );
}
