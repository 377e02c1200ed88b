import alarms from '#contract/alarms';
import { contract as flows } from '#contract/flows';
import { contract as tasks } from '#contract/tasks';
import { contract as workflows } from '#contract/workflows';
import { call } from '../api.ts';
import { router } from '../routes.tsx';
import { isActive, isUnacknowledged } from '../ui/mark.tsx';
import { type PlantView, type Stage, StoryStopped } from './story.ts';

const FIND = 15_000;
const ASK = 1000;

/** Lets the story stop at any wait: paused until resumed, thrown out when stopped. */
export class Control {
  paused = false;
  #stopped = false;
  readonly #wakers = new Set<() => void>();

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  toggle(): void {
    this.paused = !this.paused;
    this.#wake();
  }

  #wake(): void {
    for (const waker of this.#wakers) waker();
    this.#wakers.clear();
  }

  async wait(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    while (this.paused && !this.#stopped) await new Promise<void>((resolve) => this.#wakers.add(resolve));
    if (this.#stopped) throw new StoryStopped({ zh: '演示已停止', en: 'the story was stopped' });
  }
}

const plant: PlantView = {
  async leak() {
    const { items } = await call(alarms.list, { query: { limit: 1000 } });
    const found = items.find(
      (item) => item.starts === 'emergency-response' && item.tag !== undefined && (isActive(item.state) || isUnacknowledged(item.state)),
    );
    return found?.tag === undefined
      ? undefined
      : { id: found.id, asset: found.asset, tag: found.tag, acknowledged: !isUnacknowledged(found.state) };
  },
  async task(alarm, element) {
    const { items } = await call(tasks.list, { query: { list: 'all', limit: 200 } });
    return items.find((item) => item.element === element && item.alarm?.id === alarm && item.state === 'open');
  },
  async alarmNormal(alarm) {
    const view = await call(alarms.get, { params: { id: alarm } });
    return !isActive(view.state);
  },
  async instanceState(key) {
    return (await call(workflows.instance, { params: { key } })).state;
  },
  async nodeOf(tag) {
    return (await call(flows.nodesOfTag, { query: { tag } })).items[0]?.node;
  },
};

const element = (testId: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>(`[data-testid="${CSS.escape(testId)}"]`)].find((one) => one.getClientRects().length > 0);

/** Writes into a field as typing would: React listens to the event, not to the property. */
function write(field: HTMLElement, text: string): void {
  const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/** The browser as the story's stage: routes, test ids, and the API as the acting person. */
export function browserStage(control: Control, become: (persona: string) => Promise<void>): Stage {
  let lit: HTMLElement | undefined;
  const light = (found: HTMLElement): void => {
    lit?.classList.remove('spot');
    lit = found;
    found.classList.add('spot');
    found.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const find = async (testId: string): Promise<HTMLElement> => {
    for (let spent = 0; spent < FIND; spent += 150) {
      const found = element(testId);
      if (found) return found;
      await control.wait(150);
    }
    throw new StoryStopped({ zh: `页面上没有 ${testId}`, en: `${testId} is not on the page` });
  };
  return {
    plant,
    become,
    wait: (ms) => control.wait(ms),
    has: (testId) => element(testId) !== undefined,
    async go(path) {
      lit?.classList.remove('spot');
      await router.navigate({ to: path.split('?')[0] ?? path, search: Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? '')) });
      await control.wait(600);
    },
    async show(testId) {
      light(await find(testId));
      await control.wait(900);
    },
    async click(testId) {
      const found = await find(testId);
      light(found);
      await control.wait(700);
      (element(testId) ?? found).click();
      lit?.classList.remove('spot');
      await control.wait(400);
    },
    async fill(testId, text) {
      const found = await find(testId);
      light(found);
      for (let n = 1; n <= text.length; n += 1) {
        write(found, text.slice(0, n));
        await control.wait(60);
      }
    },
    async until(what, ask, ms) {
      for (let spent = 0; spent < ms; spent += ASK) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        await control.wait(ASK);
      }
      throw new StoryStopped(what);
    },
  };
}
