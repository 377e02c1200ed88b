export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text field of an answer. @throws Error if it is not there */
export function textOf(answer: unknown, field: string): string {
  const value = isRecord(answer) ? answer[field] : undefined;
  if (typeof value !== 'string') throw new Error(`no ${field} in ${JSON.stringify(answer)}`);
  return value;
}
