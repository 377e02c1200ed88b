import type { FormView } from '#contract/tasks';

export type FormValues = Readonly<Record<string, string | number | boolean | null>>;
export type Field = FormView['fields'][number];

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
