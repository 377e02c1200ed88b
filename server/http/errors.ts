import { isProblem, Problem, type Place } from '#domain/errors.ts';
import type { Language } from '#domain/text.ts';
import { PROBLEM_TEXTS } from './problem-texts.ts';
import { isRecord } from './schema.ts';

/** RFC 9457 `application/problem+json`; `code` is stable, the texts are in the reader's language. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly place?: Place;
  readonly requestId: string;
}

/** Chinese unless the reader prefers English: the first of both that `Accept-Language` names with the highest weight. */
export function languageOf(accept: string | undefined): Language {
  let best: { language: Language; weight: number } | undefined;
  for (const part of (accept ?? '').split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = tag.startsWith('en') ? 'en' : tag.startsWith('zh') ? 'zh' : undefined;
    const weight = Number(
      parameters
        .find((parameter) => parameter.trim().startsWith('q='))
        ?.trim()
        .slice(2) ?? 1,
    );
    if (language !== undefined && Number.isFinite(weight) && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language ?? 'zh';
}

const statusOf = (error: unknown): number | undefined => {
  const status: unknown = isRecord(error) || error instanceof Error ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
};

/** What a fault is to the outside: problems as they are, faults of the request line as 400, all else as INTERNAL without its text. */
export function toProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (error instanceof URIError || statusOf(error) !== undefined)
    return new Problem('REQUEST_MALFORMED', 400, 'the request cannot be read', { cause: error });
  return new Problem('INTERNAL', 500, 'something went wrong here; the log has it under the request id', { cause: error });
}

/** Texts of both languages that the thrower gave: `context.text` is `{ zh, en }`. */
function ownText(problem: Problem, language: Language): string | undefined {
  const text = problem.context['text'];
  const own: unknown = isRecord(text) ? text[language] : undefined;
  return typeof own === 'string' ? own : undefined;
}

export function documentOf(problem: Problem, language: Language, requestId: string): ProblemDocument {
  const title = PROBLEM_TEXTS[problem.code]?.[language] ?? problem.code;
  return {
    type: `/docs/reference/errors.md#${problem.code.toLowerCase()}`,
    title,
    status: problem.status,
    detail: ownText(problem, language) ?? problem.message,
    code: problem.code,
    ...(problem.place === undefined ? {} : { place: problem.place }),
    requestId,
  };
}
