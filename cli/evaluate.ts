import { parseEvaluateCase } from '#domain/alarm/case.ts';
import { evaluateFacts } from '#domain/alarm/condition.ts';
import { runCases } from './cases.ts';
import type { Output } from './cases.ts';

/** `nuanliu evaluate case.json ...`: one line `{"results": [true, false, null]}` a file; exit codes as `replay`. */
export const evaluate = (files: readonly string[], out: Output): Promise<number> =>
  runCases(files, out, (value) => {
    const { conditions, named, facts } = parseEvaluateCase(value);
    return { results: evaluateFacts(conditions, named, facts) };
  });
