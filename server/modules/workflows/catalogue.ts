import { Problem } from '#domain/errors.ts';
import type { Text } from '#domain/text.ts';
import type { FormView } from '#contract/tasks';
import { parseContent, parseForm } from '#workflows/define.ts';
import type { ProcessContent, ProcessDefinition } from '#workflows/define.ts';
import type { DeployedModel, WorkflowEngine } from '../../engines/workflow/port.ts';
import type { Deployments, Log, ProcessTexts } from '../../services.ts';
import type { Store } from '../../store/port.ts';

const CONTENTS = 'processContents';

export interface CatalogueEntry extends ProcessTexts {
  readonly xml: string;
  readonly startForm?: { readonly key: string; readonly starter: string };
  readonly definition?: ProcessDefinition;
}

const formView = (key: string, json: unknown): FormView => {
  const { id, fields } = parseForm(key, json);
  return { id, fields: fields.map(({ options, ...field }) => ({ ...field, ...(options ? { options: [...options] } : {}) })) };
};

/** Every version of every process with its texts and forms; follows the deployment pointer into the engine. */
export class Catalogue {
  readonly #engine: WorkflowEngine;
  readonly #store: Store;
  readonly #shipped: ReadonlyMap<string, ProcessDefinition>;
  readonly #entries = new Map<string, CatalogueEntry>();
  readonly #newest = new Map<string, CatalogueEntry>();
  /** Processes that the pointer names: only these may be started. */
  readonly #current = new Set<string>();

  constructor(engine: WorkflowEngine, store: Store, shipped: readonly ProcessDefinition[]) {
    this.#engine = engine;
    this.#store = store;
    this.#shipped = new Map(shipped.map((definition) => [definition.id, definition]));
  }

  /** Loads what was deployed before, then follows the pointer. */
  async open(deployments: Deployments, log: Log): Promise<void> {
    const contents = new Map<string, ProcessContent>();
    for (const doc of await this.#store.all(CONTENTS, {})) contents.set(doc._id, parseContent(doc._id, doc['content']));
    for (const model of await this.#engine.models()) {
      const content = contents.get(`${model.process}@${model.version}`);
      this.#put(model, content ?? parseContent(model.process, model.xml));
    }
    await deployments.follow('process', 'workflow-engine', async (changed, removed) => {
      for (const { id, content } of changed) await this.#deploy(id, content);
      for (const id of removed) this.#current.delete(id);
      if (changed.length > 0) log.info({ processes: changed.map((each) => each.id) }, 'processes deployed');
    });
  }

  async #deploy(id: string, raw: unknown): Promise<void> {
    const content = parseContent(id, raw);
    // Forms are parsed before the model goes live: a broken one refuses the deployment.
    for (const [key, form] of Object.entries(content.forms)) formView(key, form);
    const deployed = await this.#engine.deploy([{ name: `${id}.bpmn`, xml: content.bpmn }]);
    const own = deployed.find((each) => each.process === id);
    if (!own)
      throw new Problem('PROCESS_INVALID', 422, `process/${id}: the model has no executable process with this id`, {
        place: { element: id },
      });
    await this.#store.upsert(CONTENTS, { _id: `${id}@${own.version}`, content });
    this.#put({ ...own, name: id, xml: content.bpmn }, content);
    this.#current.add(id);
  }

  #put(model: DeployedModel, content: ProcessContent): void {
    const definition = this.#shipped.get(model.process);
    const labels = new Map<string, Text>(Object.entries(content.labels));
    const entry: CatalogueEntry = {
      id: model.process,
      version: model.version,
      hash: model.hash,
      label: content.label,
      labels,
      xml: model.xml,
      forms: new Map(Object.entries(content.forms).map(([key, form]) => [key, formView(key, form)])),
      ...(content.startForm ? { startForm: content.startForm } : {}),
      ...(definition ? { definition } : {}),
    };
    this.#entries.set(`${model.process}@${model.version}`, entry);
    this.#newest.set(model.process, entry);
  }

  texts(process: string, version: number): CatalogueEntry | undefined {
    return this.#entries.get(`${process}@${version}`);
  }
  /** What would be started now. @throws Problem PROCESS_NOT_FOUND */
  deployed(process: string): CatalogueEntry {
    const entry = this.#current.has(process) ? this.#newest.get(process) : undefined;
    if (!entry) throw new Problem('PROCESS_NOT_FOUND', 404, `process "${process}" is not deployed`);
    return entry;
  }
  list(): readonly CatalogueEntry[] {
    return [...this.#current].flatMap((id) => this.#newest.get(id) ?? []);
  }
}
