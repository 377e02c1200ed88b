import type { JSX } from 'react';
import type { FormView } from '#contract/tasks';
import { useT } from '../../i18n.ts';
import { formatUnit } from '../../ui/format.ts';

export type FormValues = Readonly<Record<string, string | number | boolean | null>>;
type Field = FormView['fields'][number];

/** Whether a field is shown: always, or while the named field has the value. */
export const isShown = (field: Field, values: FormValues): boolean =>
  field.showWhen === undefined || String(values[field.showWhen.key] ?? '') === field.showWhen.equals;

/** Keys of the shown fields that keep the form from being sent, with the cause. */
export function formFaults(form: FormView, values: FormValues): ReadonlyMap<string, 'required' | 'number' | 'min' | 'max' | 'long'> {
  const faults = new Map<string, 'required' | 'number' | 'min' | 'max' | 'long'>();
  for (const field of form.fields) {
    if (field.type === 'text' || field.readonly === true || !isShown(field, values)) continue;
    const value = values[field.key];
    const empty = value === undefined || value === null || value === '' || (field.type === 'checkbox' && value === false);
    if (empty) {
      if (field.required) faults.set(field.key, 'required');
      continue;
    }
    if (field.type === 'number') {
      if (typeof value !== 'number' || !Number.isFinite(value)) faults.set(field.key, 'number');
      else if (field.min !== undefined && value < field.min) faults.set(field.key, 'min');
      else if (field.max !== undefined && value > field.max) faults.set(field.key, 'max');
    } else if (field.maxLength !== undefined && String(value).length > field.maxLength) faults.set(field.key, 'long');
  }
  return faults;
}

/** What is sent: shown, writable fields with a value. */
export function formAnswer(form: FormView, values: FormValues): FormValues {
  return Object.fromEntries(
    form.fields.flatMap((field) => {
      const value = values[field.key];
      return field.type === 'text' ||
        field.readonly === true ||
        !isShown(field, values) ||
        value === undefined ||
        value === '' ||
        value === null
        ? []
        : [[field.key, value]];
    }),
  );
}

/** The field by which a task is decided (approve or reject), if the form has one: a choice of exactly two. */
export function decisionOf(form: FormView | undefined): { key: string; yes: string; no: string } | undefined {
  for (const field of form?.fields ?? []) {
    if (
      (field.type !== 'radio' && field.type !== 'select') ||
      field.readonly === true ||
      field.showWhen !== undefined ||
      field.options?.length !== 2
    )
      continue;
    const values = field.options.map((option) => option.value);
    const yes = values.find((value) => /^(yes|true|approve|approved|accept|agree|ok)$/i.test(value));
    const no = values.find((value) => /^(no|false|reject|rejected|refuse|deny|back)$/i.test(value));
    if (yes !== undefined && no !== undefined) return { key: field.key, yes, no };
  }
  return undefined;
}

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
