import type { Text } from '#domain/text.ts';

/** Titles by code; `docs/reference/errors.md` is made of them and a test finds every code of the source here. */
export const PROBLEM_TEXTS: Readonly<Record<string, Text>> = {
  ROUTE_UNKNOWN: { zh: '没有这个地址', en: 'Nothing at this address' },
  INTERNAL: { zh: '内部错误', en: 'Internal error' },
};
