import type { RuleProperties } from 'json-rules-engine';
import { Problem } from '#domain/errors.ts';
import type { DecisionRule } from '#rules/define.ts';
import type { Decisions, Deployments, Timers } from '../../services.ts';
import { parseDecision } from './parse.ts';
import { DecisionRunner } from './runner.ts';

/** Types of the facts as declared; what is missing stays missing, what is not declared is left out. */
function checked(rule: DecisionRule, facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = new Map(Object.entries(facts));
  const kept: [string, unknown][] = [];
  for (const [name, { type }] of Object.entries(rule.facts)) {
    const value = given.get(name);
    if (value === undefined || value === null) continue;
    if (typeof value !== type || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new Problem('DECISION_FACTS', 422, `the fact ${name} must be a ${type}`, { place: { path: name } });
    }
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

const libraryRules = (rule: DecisionRule): RuleProperties[] => {
  const plain: RuleProperties[] = JSON.parse(
    JSON.stringify(rule.rules.map(({ name, priority, conditions, event }) => ({ name, priority, conditions, event }))),
  );
  return plain;
};

/** 决策规则: deployed decision rules, answered by json-rules-engine in a thread that can be ended. */
export class DecisionEngine implements Decisions {
  readonly #rules = new Map<string, DecisionRule>();
  readonly #runner: DecisionRunner;

  private constructor(runner: DecisionRunner) {
    this.#runner = runner;
  }

  static async open(options: {
    readonly deployments: Deployments;
    readonly timers: Timers;
    readonly limit?: number;
  }): Promise<DecisionEngine> {
    const engine = new DecisionEngine(new DecisionRunner(options));
    await options.deployments.follow('decision', 'decision-engine', async (changed, removed) => {
      const parsed = changed.map(({ id, content }) => [id, parseDecision(content)] as const);
      for (const id of removed) engine.#rules.delete(id);
      for (const [id, rule] of parsed) engine.#rules.set(id, rule);
    });
    return engine;
  }

  /** @throws Problem DECISION_UNKNOWN, DECISION_FACTS, DECISION_TIMEOUT, DECISION_FAILED */
  async decide(id: string, facts: Readonly<Record<string, unknown>>): ReturnType<Decisions['decide']> {
    const rule = this.#rules.get(id);
    if (!rule) throw new Problem('DECISION_UNKNOWN', 404, `no decision rule ${id} is deployed`);
    return this.#runner.run(libraryRules(rule), checked(rule, facts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runner.close();
  }
}
