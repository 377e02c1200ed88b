import type { JSX } from 'react';
import { useState } from 'react';
import { type MessageKey, useT } from '../../i18n.ts';
import type { LedgerTypeContent } from './data.ts';
import { Details } from './type-details.tsx';

type Field = LedgerTypeContent['fields'][string];
interface Props {
  readonly definition: LedgerTypeContent;
  readonly disabled: boolean;
  readonly onChange: (definition: LedgerTypeContent) => void;
}

const KINDS = ['text', 'number', 'integer', 'boolean', 'date', 'enum', 'reference', 'list', 'geo'] as const;
const KIND_NAMES: Readonly<Record<Field['type'], MessageKey>> = {
  text: 'ledgers.kindText',
  number: 'ledgers.kindNumber',
  integer: 'ledgers.kindInteger',
  boolean: 'ledgers.kindBoolean',
  date: 'ledgers.kindDate',
  enum: 'ledgers.kindEnum',
  reference: 'ledgers.kindReference',
  list: 'ledgers.kindList',
  geo: 'ledgers.kindGeo',
};
const CLASSES = ['operation', 'asset', 'personal', 'business', 'security'] as const;
const CLASS_NAMES: Readonly<Record<Field['class'], MessageKey>> = {
  operation: 'ledgers.classOperation',
  asset: 'ledgers.classAsset',
  personal: 'ledgers.classPersonal',
  business: 'ledgers.classBusiness',
  security: 'ledgers.classSecurity',
};

/** The same field as another kind: what both have is kept. */
function asKind(field: Field, kind: Field['type'], ledger: string): Field {
  const { label, hint, required, class: dataClass, level } = field;
  const base = { label, class: dataClass, level, ...(hint ? { hint } : {}), ...(required === undefined ? {} : { required }) };
  if (kind === 'enum') return { ...base, type: 'enum', options: [{ value: 'a', label: { zh: '甲', en: 'A' } }] };
  if (kind === 'reference') return { ...base, type: 'reference', ledger };
  if (kind === 'geo') return { ...base, type: 'geo', geometry: 'Point' };
  return { ...base, type: kind };
}

const levelOf = (text: string): Field['level'] => (text === '1' ? 1 : text === '3' ? 3 : text === '4' ? 4 : 2);

export function TypeHead({ definition, disabled, onChange }: Props): JSX.Element {
  const { t, pick } = useT();
  const names = Object.keys(definition.fields);
  const input = (label: string, value: string, set: (text: string) => LedgerTypeContent, id: string): JSX.Element => (
    <label className="field">
      <span>{label}</span>
      <input className="input" value={value} disabled={disabled} onChange={(event) => onChange(set(event.target.value))} data-testid={id} />
    </label>
  );
  return (
    <div className="type-head">
      {input(t('ledgers.labelZh'), definition.label.zh, (zh) => ({ ...definition, label: { ...definition.label, zh } }), 'type-zh')}
      {input(t('ledgers.labelEn'), definition.label.en, (en) => ({ ...definition, label: { ...definition.label, en } }), 'type-en')}
      {input(t('ledgers.codeRule'), definition.code, (code) => ({ ...definition, code }), 'type-code')}
      <label className="field">
        <span>{t('ledgers.titleField')}</span>
        <select
          className="select"
          value={definition.title}
          disabled={disabled}
          onChange={(event) => onChange({ ...definition, title: event.target.value })}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {pick(definition.fields[name]?.label ?? { zh: name, en: name })}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function TypeFields({
  definition,
  disabled,
  others,
  onChange,
}: Props & { readonly others: readonly LedgerTypeContent[] }): JSX.Element {
  const { t } = useT();
  const placed = definition.groups.flatMap((group, index) => group.fields.map((name) => ({ name, index })));
  const put = (name: string, field: Field): void => onChange({ ...definition, fields: { ...definition.fields, [name]: field } });
  const drop = (name: string): void => {
    const { [name]: _gone, ...fields } = definition.fields;
    const groups = definition.groups
      .map((group) => ({ ...group, fields: group.fields.filter((one) => one !== name) }))
      .filter((group) => group.fields.length > 0);
    onChange({ ...definition, fields, groups, columns: definition.columns.filter((one) => one !== name) });
  };
  const move = (name: string, to: number): void => {
    const without = definition.groups.map((group) => ({ ...group, fields: group.fields.filter((one) => one !== name) }));
    const groups = without
      .map((group, index) => (index === to ? { ...group, fields: [...group.fields, name] } : group))
      .filter((group) => group.fields.length > 0);
    onChange({ ...definition, groups });
  };
  const list = (name: string, shown: boolean): void =>
    onChange({ ...definition, columns: shown ? [...definition.columns, name] : definition.columns.filter((one) => one !== name) });
  return (
    <>
      <table className="table" data-testid="type-fields">
        <thead>
          <tr>
            {(['field', 'labelZh', 'labelEn', 'kind', 'details', 'required', 'class', 'level', 'group', 'inList'] as const).map((one) => (
              <th key={one}>{t(`ledgers.${one}`)}</th>
            ))}
            <th aria-label={t('action.remove')} />
          </tr>
        </thead>
        <tbody>
          {placed.map(({ name, index }) => {
            const field = definition.fields[name];
            if (!field) return null;
            const labelled = (what: MessageKey): string => `${name}: ${t(what)}`;
            return (
              <tr key={name}>
                <td className="code">{name}</td>
                <td>
                  <input
                    className="input"
                    aria-label={labelled('ledgers.labelZh')}
                    value={field.label.zh}
                    disabled={disabled}
                    onChange={(event) => put(name, { ...field, label: { ...field.label, zh: event.target.value } })}
                  />
                </td>
                <td>
                  <input
                    className="input"
                    aria-label={labelled('ledgers.labelEn')}
                    value={field.label.en}
                    disabled={disabled}
                    onChange={(event) => put(name, { ...field, label: { ...field.label, en: event.target.value } })}
                  />
                </td>
                <td>
                  <select
                    className="select"
                    aria-label={labelled('ledgers.kind')}
                    value={field.type}
                    disabled={disabled}
                    onChange={(event) =>
                      put(name, asKind(field, KINDS.find((one) => one === event.target.value) ?? 'text', others[0]?.id ?? definition.id))
                    }
                  >
                    {KINDS.map((kind) => (
                      <option key={kind} value={kind}>
                        {t(KIND_NAMES[kind])}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <Details name={name} field={field} disabled={disabled} others={others} onChange={(next) => put(name, next)} />
                </td>
                <td>
                  <input
                    type="checkbox"
                    aria-label={labelled('ledgers.required')}
                    checked={field.required === true}
                    disabled={disabled}
                    onChange={(event) => put(name, { ...field, required: event.target.checked })}
                  />
                </td>
                <td>
                  <select
                    className="select"
                    aria-label={labelled('ledgers.class')}
                    value={field.class}
                    disabled={disabled}
                    onChange={(event) => put(name, { ...field, class: CLASSES.find((one) => one === event.target.value) ?? 'asset' })}
                  >
                    {CLASSES.map((one) => (
                      <option key={one} value={one}>
                        {t(CLASS_NAMES[one])}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <select
                    className="select"
                    aria-label={labelled('ledgers.level')}
                    value={field.level}
                    disabled={disabled}
                    onChange={(event) => put(name, { ...field, level: levelOf(event.target.value) })}
                  >
                    {[1, 2, 3, 4].map((level) => (
                      <option key={level} value={level}>
                        {level}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <GroupChoice definition={definition} index={index} name={name} disabled={disabled} onMove={(to) => move(name, to)} />
                </td>
                <td>
                  <input
                    type="checkbox"
                    aria-label={labelled('ledgers.inList')}
                    checked={definition.columns.includes(name)}
                    disabled={disabled}
                    onChange={(event) => list(name, event.target.checked)}
                  />
                </td>
                <td>
                  <button
                    type="button"
                    className="btn btn-small"
                    disabled={disabled || placed.length < 2 || definition.title === name}
                    onClick={() => drop(name)}
                    aria-label={`${t('action.remove')}: ${name}`}
                  >
                    ×
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {disabled ? null : <AddField definition={definition} onChange={onChange} />}
    </>
  );
}

function GroupChoice({
  definition,
  index,
  name,
  disabled,
  onMove,
}: {
  readonly definition: LedgerTypeContent;
  readonly index: number;
  readonly name: string;
  readonly disabled: boolean;
  readonly onMove: (to: number) => void;
}): JSX.Element {
  const { t, pick } = useT();
  return (
    <select
      className="select"
      aria-label={`${name}: ${t('ledgers.group')}`}
      value={index}
      disabled={disabled}
      onChange={(event) => onMove(Number(event.target.value))}
    >
      {definition.groups.map((group, at) => (
        <option key={group.label.en} value={at}>
          {pick(group.label)}
        </option>
      ))}
    </select>
  );
}

function AddField({
  definition,
  onChange,
}: {
  readonly definition: LedgerTypeContent;
  readonly onChange: (definition: LedgerTypeContent) => void;
}): JSX.Element {
  const { t } = useT();
  const [name, setName] = useState('');
  const [zh, setZh] = useState('');
  const [en, setEn] = useState('');
  const good = /^[a-z][A-Za-z0-9]{0,39}$/.test(name) && !Object.hasOwn(definition.fields, name) && zh.trim() !== '' && en.trim() !== '';
  return (
    <form
      className="row wrap pad"
      onSubmit={(event) => {
        event.preventDefault();
        if (!good) return;
        const field: Field = { type: 'text', label: { zh: zh.trim(), en: en.trim() }, class: 'asset', level: 2 };
        const groups = definition.groups.map((group, index) => (index === 0 ? { ...group, fields: [...group.fields, name] } : group));
        onChange({ ...definition, fields: { ...definition.fields, [name]: field }, groups });
        setName('');
        setZh('');
        setEn('');
      }}
    >
      {(
        [
          ['field', name, setName, 'add-name'],
          ['labelZh', zh, setZh, 'add-zh'],
          ['labelEn', en, setEn, 'add-en'],
        ] as const
      ).map(([label, value, set, id]) => (
        <input
          key={label}
          className="input"
          style={{ width: 150 }}
          placeholder={t(`ledgers.${label}`)}
          aria-label={t(`ledgers.${label}`)}
          value={value}
          onChange={(event) => set(event.target.value)}
          data-testid={id}
        />
      ))}
      <button type="submit" className="btn" disabled={!good} data-testid="add-field">
        {t('ledgers.addField')}
      </button>
    </form>
  );
}
