import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { Problem } from '#domain/errors.ts';
import type { FlowFault, FlowNode } from '#nodes/flow-file.ts';
import { joinFlows, parseFlows } from '#nodes/flow-file.ts';

/** What the server answers to GET flows and PUT flows. */
export const DeployedFlows = Type.Object({
  n: Type.Integer(),
  flows: Type.Array(Type.Object({ id: Type.String(), hash: Type.String(), content: Type.Unknown() })),
});
export type DeployedFlows = Static<typeof DeployedFlows>;

interface Given {
  readonly request: (method: 'GET' | 'PUT', path: string, body?: unknown) => Promise<unknown>;
  /** A place on the disk for the last good deployment. */
  readonly cache: { get(key: string): string | undefined; set(key: string, value: string): void };
  readonly check: (flows: unknown) => readonly FlowFault[];
  readonly log: (text: string) => void;
}

const refusal = (faults: readonly FlowFault[]): Problem => {
  const [first] = faults;
  return new Problem(
    first?.code ?? 'FLOW_INVALID',
    first?.status ?? 422,
    `${first?.node ?? ''}: ${first?.detail ?? ''}${faults.length > 1 ? ` (+${faults.length - 1})` : ''}`,
    { place: { element: first?.node ?? '' } },
  );
};

/** The deployed flows as this runtime knows them: from the server, else from its disk, so that it starts without the server. */
export class Deployed {
  readonly #given: Given;
  #current: DeployedFlows = { n: 0, flows: [] };

  constructor(given: Given) {
    this.#given = given;
  }

  get n(): number {
    return this.#current.n;
  }

  get hashes(): Record<string, string> {
    return Object.fromEntries(this.#current.flows.map((flow) => [`flow/${flow.id}`, flow.hash]));
  }

  /** Nodes of the present deployment. */
  get nodes(): FlowNode[] {
    return joinFlows(new Map(this.#current.flows.map((flow) => [flow.id, parseFlows(flow.content)])));
  }

  /** At the start: the server's answer, or the cache if it is away or its flows are broken. */
  async load(): Promise<void> {
    const cached: unknown = JSON.parse(this.#given.cache.get('deployed') ?? 'null');
    if (Check(DeployedFlows, cached)) this.#current = cached;
    try {
      await this.refresh();
    } catch (error) {
      this.#given.log(
        `flows: ${error instanceof Error ? error.message : String(error)}; deployment ${this.#current.n} from the disk goes on`,
      );
    }
  }

  /** Asks for the newest deployment; true if the flows differ from those known. @throws Problem if it cannot be had or must not run. */
  async refresh(): Promise<boolean> {
    return this.#take(await this.#given.request('GET', 'flows'));
  }

  /** Saves what the editor deploys; it runs only after the server has stored it. */
  async save(nodes: unknown, user: string): Promise<void> {
    const faults = this.#given.check(nodes);
    if (faults.length > 0) throw refusal(faults);
    this.#take(await this.#given.request('PUT', 'flows', { user, nodes }));
  }

  #take(answer: unknown): boolean {
    if (!Check(DeployedFlows, answer)) throw new Problem('CONTROL_ANSWER', 502, 'the platform answered something else than flows');
    const faults = this.#given.check(joinFlows(new Map(answer.flows.map((flow) => [flow.id, parseFlows(flow.content)]))));
    if (faults.length > 0) throw refusal(faults);
    const before = JSON.stringify(this.hashes);
    this.#current = answer;
    this.#given.cache.set('deployed', JSON.stringify(answer));
    return before !== JSON.stringify(this.hashes);
  }
}
