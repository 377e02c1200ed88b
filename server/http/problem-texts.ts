import type { Text } from '#domain/text.ts';

/** Titles by code; `docs/reference/errors.md` is made of them and a test finds every code of the source here. */
export const PROBLEM_TEXTS: Readonly<Record<string, Text>> = {
  INTERNAL: { zh: '内部错误', en: 'Internal error' },
};
