import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';

/**
 * The form-js JSON subset that is rendered: text, textfield, number, select, radio, checkbox, textarea. form-js knows one language, so the
 * Chinese label is its `label` and the English one is the custom property `en`.
 */
const Properties = Type.Object({
  en: Type.String({ minLength: 1 }),
  descriptionEn: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
  optionsEn: Type.Optional(Type.Record(Type.String(), Type.String())),
});
const Component = Type.Object({
  id: Type.String({ minLength: 1 }),
  key: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' })),
  type: Type.Enum(['text', 'textfield', 'number', 'select', 'radio', 'checkbox', 'textarea']),
  label: Type.Optional(Type.String()),
  text: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  disabled: Type.Optional(Type.Boolean()),
  values: Type.Optional(Type.Array(Type.Object({ value: Type.String(), label: Type.String() }))),
  validate: Type.Optional(
    Type.Object({
      required: Type.Optional(Type.Boolean()),
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      maxLength: Type.Optional(Type.Integer()),
    }),
  ),
  conditional: Type.Optional(Type.Object({ hide: Type.String() })),
  properties: Properties,
});
type Component = Static<typeof Component>;
const FormFile = Type.Object({
  id: Type.String({ minLength: 1 }),
  type: Type.Literal('default'),
  components: Type.Array(Component, { maxItems: 100 }),
});
const check = Compile(FormFile);

interface FormField {
  readonly key: string;
  readonly type: Component['type'];
  readonly label: Text;
  readonly description?: Text;
  readonly required: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  readonly unit?: string;
  readonly options?: readonly { readonly value: string; readonly label: Text }[];
  readonly showWhen?: { readonly key: string; readonly equals: string };
  readonly readonly?: boolean;
}
export interface Form {
  readonly id: string;
  readonly fields: readonly FormField[];
}

const fault = (form: string, path: string, detail: string): Problem =>
  new Problem('FORM_INVALID', 422, `${form}: ${detail}`, { place: { file: form, path } });

function fieldOf(form: string, component: Component, path: string): FormField {
  const { validate, properties, values } = component;
  const zh = component.label ?? component.text ?? '';
  if (zh === '') throw fault(form, `${path}/label`, 'a field needs its Chinese label');
  if (component.type !== 'text' && component.key === undefined) throw fault(form, `${path}/key`, 'an input needs a key');
  const needsOptions = component.type === 'select' || component.type === 'radio';
  if (needsOptions && (values === undefined || values.length === 0)) throw fault(form, `${path}/values`, 'a choice needs options');
  const hide = component.conditional && /^=\s*([A-Za-z][A-Za-z0-9_]*)\s*!=\s*"([^"]*)"\s*$/.exec(component.conditional.hide);
  if (component.conditional && !hide) throw fault(form, `${path}/conditional/hide`, 'only `= key != "value"` is supported');
  return {
    key: component.key ?? component.id,
    type: component.type,
    label: { zh, en: properties.en },
    required: validate?.required === true,
    ...(component.description === undefined
      ? {}
      : { description: { zh: component.description, en: properties.descriptionEn ?? component.description } }),
    ...(validate?.min === undefined ? {} : { min: validate.min }),
    ...(validate?.max === undefined ? {} : { max: validate.max }),
    ...(validate?.maxLength === undefined ? {} : { maxLength: validate.maxLength }),
    ...(properties.unit === undefined ? {} : { unit: properties.unit }),
    ...(values
      ? {
          options: values.map((option) => ({
            value: option.value,
            label: { zh: option.label, en: properties.optionsEn?.[option.value] ?? option.label },
          })),
        }
      : {}),
    ...(hide ? { showWhen: { key: hide[1] ?? '', equals: hide[2] ?? '' } } : {}),
    ...(component.disabled ? { readonly: true } : {}),
  };
}

/** @throws Problem FORM_INVALID with the place in the file */
export function parseForm(name: string, json: unknown): Form {
  if (!check.Check(json)) {
    const [first] = check.Errors(json);
    throw fault(name, first?.instancePath ?? '', first?.message ?? 'is no form');
  }
  const fields = json.components.map((component, index) => fieldOf(name, component, `/components/${index}`));
  const keys = fields.map((field) => field.key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw fault(name, '/components', `the key "${twice}" is used twice`);
  return { id: json.id, fields };
}

type Scalar = string | number | boolean | null;

function valueFault(field: FormField, value: Scalar | undefined): string | undefined {
  const empty = value === undefined || value === null || value === '';
  if (empty) return field.required ? 'is required' : undefined;
  switch (field.type) {
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (field.min !== undefined && value < field.min) return `must be at least ${field.min}`;
      return field.max !== undefined && value > field.max ? `must be at most ${field.max}` : undefined;
    case 'checkbox':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'select':
    case 'radio':
      return field.options?.some((option) => option.value === value) ? undefined : 'is none of the options';
    case 'text':
    case 'textfield':
    case 'textarea':
      break;
  }
  if (typeof value !== 'string') return 'must be a text';
  return value.length > (field.maxLength ?? 4000) ? `must be at most ${field.maxLength ?? 4000} characters` : undefined;
}

/**
 * The values that a form may set: only its own shown, writable fields.
 * @throws Problem TASK_FORM_INVALID with the field
 */
export function checkForm(form: Form, given: Readonly<Record<string, Scalar>>): Record<string, Scalar> {
  const fields = form.fields.filter((field) => field.type !== 'text' && field.readonly !== true);
  for (const key of Object.keys(given)) {
    if (!fields.some((field) => field.key === key))
      throw new Problem('TASK_FORM_INVALID', 422, `the form has no field "${key}"`, { place: { path: `variables/${key}` } });
  }
  const values = new Map<string, Scalar>();
  for (const field of fields) {
    const shown = field.showWhen === undefined || given[field.showWhen.key] === field.showWhen.equals;
    const value = shown && Object.hasOwn(given, field.key) ? given[field.key] : undefined;
    const problem = shown ? valueFault(field, value) : undefined;
    if (problem !== undefined)
      throw new Problem('TASK_FORM_INVALID', 422, `"${field.key}" ${problem}`, { place: { path: `variables/${field.key}` } });
    values.set(field.key, value ?? (field.type === 'checkbox' ? false : null));
  }
  return Object.fromEntries(values);
}
