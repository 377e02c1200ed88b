import type { JSX } from 'react';
import { useT } from '../../i18n.ts';
import type { LedgerTypeContent } from './data.ts';

type Field = LedgerTypeContent['fields'][string];

const numberOf = (text: string): number | undefined => (text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text));

/** What a kind of field has of its own: unit and range, options, the type that is referred to. */
export function Details({
  name,
  field,
  disabled,
  others,
  onChange,
}: {
  readonly name: string;
  readonly field: Field;
  readonly disabled: boolean;
  readonly others: readonly LedgerTypeContent[];
  readonly onChange: (field: Field) => void;
}): JSX.Element | null {
  const { t, pick } = useT();
  if (field.type === 'number' || field.type === 'integer') {
    const { unit: _unit, min: _min, max: _max, ...rest } = field;
    const set = (part: 'unit' | 'min' | 'max', text: string): void => {
      const unit = part === 'unit' ? text.trim() : field.unit;
      const min = part === 'min' ? numberOf(text) : field.min;
      const max = part === 'max' ? numberOf(text) : field.max;
      onChange({
        ...rest,
        ...(unit === undefined || unit === '' ? {} : { unit }),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
      });
    };
    return (
      <span className="row">
        {(['unit', 'min', 'max'] as const).map((part) => (
          <input
            key={`${part} ${String(field[part])}`}
            className="input"
            style={{ minWidth: 58 }}
            placeholder={t(`ledgers.${part}`)}
            aria-label={`${name}: ${t(`ledgers.${part}`)}`}
            defaultValue={field[part] ?? ''}
            disabled={disabled}
            onBlur={(event) => (event.target.value === String(field[part] ?? '') ? undefined : set(part, event.target.value))}
          />
        ))}
      </span>
    );
  }
  if (field.type === 'enum') {
    const text = field.options.map((option) => `${option.value}=${option.label.zh}=${option.label.en}`).join('\n');
    return (
      <textarea
        key={text}
        className="textarea"
        rows={Math.min(4, field.options.length)}
        aria-label={`${name}: ${t('ledgers.options')}`}
        title={t('ledgers.optionsHint')}
        defaultValue={text}
        disabled={disabled}
        onBlur={(event) => {
          const options = event.target.value.split('\n').flatMap((line) => {
            const [value = '', zh, en] = line.split('=').map((part) => part.trim());
            return value === '' ? [] : [{ value, label: { zh: zh ?? value, en: en ?? zh ?? value } }];
          });
          if (options.length > 0) onChange({ ...field, options });
        }}
      />
    );
  }
  if (field.type === 'reference')
    return (
      <select
        className="select"
        aria-label={`${name}: ${t('ledgers.refersTo')}`}
        value={field.ledger}
        disabled={disabled}
        onChange={(event) => onChange({ ...field, ledger: event.target.value })}
      >
        {others.map((type) => (
          <option key={type.id} value={type.id}>
            {pick(type.label)}
          </option>
        ))}
      </select>
    );
  if (field.type === 'text') {
    const { pattern: _pattern, ...rest } = field;
    return (
      <input
        key={field.pattern ?? ''}
        className="input"
        placeholder={t('ledgers.pattern')}
        aria-label={`${name}: ${t('ledgers.pattern')}`}
        defaultValue={field.pattern ?? ''}
        disabled={disabled}
        onBlur={(event) =>
          event.target.value === (field.pattern ?? '')
            ? undefined
            : onChange({ ...rest, ...(event.target.value === '' ? {} : { pattern: event.target.value }) })
        }
      />
    );
  }
  return null;
}
