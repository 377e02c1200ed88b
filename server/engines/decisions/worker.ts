import { parentPort } from 'node:worker_threads';
import { Engine } from 'json-rules-engine';
import type { RuleProperties } from 'json-rules-engine';

/** One question: rules in the library's own shape, and plain facts. */
export interface Question {
  readonly id: number;
  readonly rules: RuleProperties[];
  readonly facts: Record<string, unknown>;
}
export type Answer =
  | { readonly ready: true }
  | { readonly id: number; readonly events: readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[] }
  | { readonly id: number; readonly error: string };

async function answer({ id, rules, facts }: Question): Promise<Answer> {
  try {
    const engine = new Engine(rules, { allowUndefinedFacts: true });
    const { events } = await engine.run(facts);
    return { id, events: events.map(({ type, params }) => ({ type, params: { ...params } })) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (question: Question) => {
  void answer(question).then((reply) => parentPort?.postMessage(reply, []));
});
const ready: Answer = { ready: true };
parentPort?.postMessage(ready, []);
