import { Refusal } from './refusal.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body as a record with no other fields than these. */
export function onlyFields(body: unknown, names: readonly string[]): Record<string, unknown> {
  if (!isRecord(body)) throw new Refusal('SIM_BODY_INVALID', 400, 'the body must be an object');
  for (const name of Object.keys(body)) {
    if (!names.includes(name)) throw new Refusal('SIM_FIELD_UNKNOWN', 422, `there is no field "${name}"`, `/${name}`);
  }
  return body;
}

export function textField(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new Refusal('SIM_FIELD_INVALID', 422, `${name} must be a text`, `/${name}`);
  return value;
}

/** A finite number, or undefined when the field is missing. */
export function numberField(fields: Record<string, unknown>, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Refusal('SIM_FIELD_INVALID', 422, `${name} must be a number`, `/${name}`);
  return value;
}
