import type { JSX } from 'react';
import type { FormView } from '#contract/tasks';
import { type Field, formFaults, type FormValues, isShown } from './form-model.ts';
import { useT } from '../../i18n.ts';
import { formatUnit } from '../../ui/format.ts';

export interface FormProps {
  readonly form: FormView;
  readonly values: FormValues;
  readonly onChange: (key: string, value: string | number | boolean | null) => void;
  /** A field that buttons show instead. */
  readonly hide?: string | undefined;
  readonly showFaults: boolean;
}

/** Renders the form-js subset with native controls: the phone's own pickers, no second design system. */
export function TaskForm({ form, values, onChange, hide, showFaults }: FormProps): JSX.Element | null {
  const faults = formFaults(form, values);
  const fields = form.fields.filter((field) => field.key !== hide && isShown(field, values));
  if (fields.length === 0) return null;
  return (
    <div className="task-form" data-testid="task-form">
      {fields.map((field) => (
        <FieldView
          key={field.key}
          field={field}
          value={values[field.key] ?? null}
          fault={showFaults ? faults.get(field.key) : undefined}
          onChange={(value) => onChange(field.key, value)}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: string | number | boolean | null;
  readonly fault: 'required' | 'number' | 'min' | 'max' | 'long' | undefined;
  readonly onChange: (value: string | number | boolean | null) => void;
}

function FieldView(props: FieldProps): JSX.Element {
  const { t, pick } = useT();
  const { field, value, fault, onChange } = props;
  const label = `${pick(field.label)}${field.unit === undefined ? '' : ` (${formatUnit(field.unit)})`}${field.required ? ' *' : ''}`;
  const limits =
    field.min === undefined && field.max === undefined ? undefined : t('form.range', { min: field.min ?? '', max: field.max ?? '' });
  const below = (
    <>
      {field.description ? (
        <span className="hint">{pick(field.description)}</span>
      ) : limits === undefined ? null : (
        <span className="hint num">{limits}</span>
      )}
      {fault === undefined ? null : (
        <span className="err" role="alert">
          {t(`form.${fault}`, { min: field.min ?? '', max: field.max ?? '' })}
        </span>
      )}
    </>
  );
  const common = {
    disabled: field.readonly === true,
    'aria-invalid': fault !== undefined,
    'data-testid': `field-${field.key}`,
    name: field.key,
  } as const;
  switch (field.type) {
    case 'text':
      return <p className="full mid">{pick(field.label)}</p>;
    case 'checkbox':
      return (
        <label className="check full">
          <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} {...common} /> {label}
          {below}
        </label>
      );
    case 'radio':
      return (
        <fieldset className="full">
          <legend>{label}</legend>
          <div className="choices">
            {(field.options ?? []).map((option) => (
              <label key={option.value}>
                <input
                  type="radio"
                  name={field.key}
                  value={option.value}
                  checked={value === option.value}
                  disabled={field.readonly === true}
                  onChange={() => onChange(option.value)}
                  data-testid={`field-${field.key}-${option.value}`}
                />
                {pick(option.label)}
              </label>
            ))}
          </div>
          {below}
        </fieldset>
      );
    case 'select':
      return (
        <label className="field">
          <span>{label}</span>
          <select
            className="select"
            value={typeof value === 'string' ? value : ''}
            onChange={(event) => onChange(event.target.value)}
            {...common}
          >
            <option value="">{t('form.choose')}</option>
            {(field.options ?? []).map((option) => (
              <option key={option.value} value={option.value}>
                {pick(option.label)}
              </option>
            ))}
          </select>
          {below}
        </label>
      );
    case 'textarea':
      return (
        <label className="field full">
          <span>{label}</span>
          <textarea
            className="textarea"
            rows={2}
            value={value === null ? '' : String(value)}
            maxLength={field.maxLength}
            onChange={(event) => onChange(event.target.value)}
            {...common}
          />
          {below}
        </label>
      );
    case 'number':
      return (
        <label className="field">
          <span>{label}</span>
          <input
            className="input num"
            type="number"
            inputMode="decimal"
            step="any"
            min={field.min}
            max={field.max}
            value={typeof value === 'number' ? value : ''}
            onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
            {...common}
          />
          {below}
        </label>
      );
    case 'textfield':
    default:
      return (
        <label className="field">
          <span>{label}</span>
          <input
            className="input"
            value={value === null ? '' : String(value)}
            maxLength={field.maxLength}
            onChange={(event) => onChange(event.target.value)}
            {...common}
          />
          {below}
        </label>
      );
  }
}
