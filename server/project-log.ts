import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { EngineEvent, WorkflowEngine } from './engines/workflow/port.ts';
import type { Log } from './services.ts';
import type { Store } from './store/port.ts';

const CURSORS = 'projections';
const cursor = Compile(Type.Object({ position: Type.Integer() }));
const AGAIN = 1000;

export interface Projection {
  /** Collections' state name: `tasks`. */
  readonly name: string;
  /** Makes the effect of the events durable; must bear the same events twice. */
  apply(events: readonly EngineEvent[]): Promise<void>;
}

/**
 * Feeds a projection with the workflow engine's log from where it stopped. The cursor is written after the effect, so a crash repeats some
 * events and loses none; delete the collections and the cursor, and all is built anew.
 */
export async function projectLog(
  engine: Pick<WorkflowEngine, 'follow'>,
  store: Store,
  log: Log,
  projection: Projection,
): Promise<() => Promise<void>> {
  const saved = await store.get(CURSORS, projection.name);
  const from = cursor.Check(saved) ? saved.position : 0;
  const pages: (readonly EngineEvent[])[] = [];
  const stopped = new AbortController();
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    for (let page = pages[0]; page && !stopped.signal.aborted; page = pages[0]) {
      try {
        await projection.apply(page);
        await store.upsert(CURSORS, { _id: projection.name, position: page.at(-1)?.position ?? 0 });
        pages.shift();
      } catch (error) {
        if (stopped.signal.aborted) return;
        log.error(
          { error: String(error), projection: projection.name, position: page[0]?.position },
          'a projection of the workflow log failed; it is tried again',
        );
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, AGAIN);
          stopped.signal.addEventListener('abort', () => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
    }
  }
  const stop = engine.follow(from, (events) => {
    pages.push(events);
    running ??= drain().finally(() => {
      running = undefined;
    });
  });
  return async () => {
    stop();
    stopped.abort();
    await running;
  };
}
