import type { Text } from '#domain/text.ts';

/** What the story can do on the real pages; the browser stage is `stage.ts`, tests bring their own. */
export interface Stage {
  become(persona: string): Promise<void>;
  go(path: string): Promise<void>;
  /** Waits until the element with the test id is there, lights it up. */
  show(testId: string): Promise<void>;
  click(testId: string): Promise<void>;
  fill(testId: string, text: string): Promise<void>;
  /** Whether the element is on the page now. */
  has(testId: string): boolean;
  wait(ms: number): Promise<void>;
  /** Asks until it gets an answer. @throws StoryStopped after `ms`. */
  until<T>(what: Text, ask: () => Promise<T | undefined>, ms: number): Promise<T>;
  readonly plant: PlantView;
}

/** The little that the story asks the API, as the person who acts. */
export interface PlantView {
  leak(): Promise<Leak | undefined>;
  task(alarm: string, element: string): Promise<{ readonly key: string; readonly instance: string } | undefined>;
  alarmNormal(alarm: string): Promise<boolean>;
  instanceState(key: string): Promise<string>;
  nodeOf(tag: string): Promise<string | undefined>;
}
export interface Leak {
  readonly id: string;
  readonly asset: string;
  readonly tag: string;
  readonly acknowledged: boolean;
}

export interface Facts {
  leak?: Leak;
  instance?: string;
}
export interface Step {
  readonly persona: 'dispatcher' | 'manager' | 'process-engineer' | 'audit-administrator';
  readonly caption: Text;
  /** How long the caption stays after the action, ms. */
  readonly stay: number;
  readonly act: (stage: Stage, facts: Facts) => Promise<void>;
}

/** The story cannot go on, with the reason for people. */
export class StoryStopped extends Error {
  readonly text: Text;
  constructor(text: Text) {
    super(text.en);
    this.name = 'StoryStopped';
    this.text = text;
  }
}

const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new StoryStopped({ zh: '缺少前一步的结果', en: 'the result of the step before is missing' });
  return value;
};
const station = (asset: string): string => asset.split('.')[0] ?? asset;

/** From the device to a person's decision and back, acted through the real pages and the real API. */
export const STORY: readonly Step[] = [
  {
    persona: 'dispatcher',
    caption: {
      zh: '调度台：热源、8 座换热站的实时画面，数值来自 Modbus、OPC UA 与 MQTT',
      en: 'Control room: the source and eight stations live, over Modbus, OPC UA and MQTT',
    },
    stay: 3500,
    act: async (stage) => {
      await stage.go('/');
      await stage.show('mimic');
    },
  },
  {
    persona: 'dispatcher',
    caption: { zh: '接班：声音启用并自检', en: 'Taking the shift arms the sound and tests it' },
    stay: 2000,
    act: async (stage) => {
      await stage.show('sound');
      await stage.click('sound');
    },
  },
  {
    persona: 'dispatcher',
    caption: {
      zh: '某机组补水突增：二次网泄漏，等待报警…',
      en: 'A unit’s make-up water jumps: a leak on the secondary side. Waiting for the alarm…',
    },
    stay: 2500,
    act: async (stage, facts) => {
      facts.leak = await stage.until({ zh: '没有等到泄漏报警', en: 'no leak alarm came' }, () => stage.plant.leak(), 180_000);
      await stage.show('alarm-strip');
    },
  },
  {
    persona: 'dispatcher',
    caption: { zh: '确认报警（A 键），所有窗口同时静音', en: 'The alarm is acknowledged (key A); every window falls silent' },
    stay: 2500,
    act: async (stage, facts) => {
      const leak = need(facts.leak);
      await stage.go(`/alarms?sel=${encodeURIComponent(leak.id)}`);
      await stage.show('alarm-detail');
      if (stage.has('ack-detail')) await stage.click('ack-detail');
    },
  },
  {
    persona: 'dispatcher',
    caption: { zh: '一次点击到现场画面：只有异常处有颜色', en: 'One click to the place: only what is abnormal has colour' },
    stay: 3500,
    act: async (stage, facts) => {
      const leak = need(facts.leak);
      await stage.go(`/m/${station(leak.asset)}?tag=${encodeURIComponent(leak.tag)}`);
      await stage.show('mimic');
    },
  },
  {
    persona: 'dispatcher',
    caption: {
      zh: '报警已启动应急流程：调度员核实并建议关闭支线阀',
      en: 'The alarm started the process: the dispatcher confirms and proposes to close the branch valve',
    },
    stay: 1500,
    act: async (stage, facts) => {
      const leak = need(facts.leak);
      const task = await stage.until(
        { zh: '没有等到待办', en: 'the task did not come' },
        () => stage.plant.task(leak.id, 'confirm'),
        60_000,
      );
      facts.instance = task.instance;
      await stage.go(`/tasks/${task.key}`);
      await stage.show('task-form');
      await stage.fill('field-seen', '地沟渗水，支管法兰漏 (wet duct, flange leaks)');
      await stage.click('field-action-close-valve');
      await stage.wait(1800);
      await stage.click('complete');
    },
  },
  {
    persona: 'manager',
    caption: {
      zh: '主管审批：何处、何时起、改前改后、剩余时间；提出人不能审批自己',
      en: 'The manager decides: where, since when, before and after, time left. Nobody approves their own proposal',
    },
    stay: 1500,
    act: async (stage, facts) => {
      const leak = need(facts.leak);
      const task = await stage.until(
        { zh: '没有等到审批待办', en: 'the approval task did not come' },
        () => stage.plant.task(leak.id, 'approve'),
        60_000,
      );
      await stage.go(`/tasks/${task.key}`);
      await stage.show('task-writes');
      await stage.wait(2500);
      await stage.click('approve');
    },
  },
  {
    persona: 'manager',
    caption: {
      zh: '闸口校验后下发，节点写入 Modbus 并回读',
      en: 'Through the gate: the node writes the Modbus register and reads it back',
    },
    stay: 4500,
    act: async (stage, facts) => {
      await stage.go(`/workflows/${need(facts.instance)}`);
      await stage.show('bpmn');
    },
  },
  {
    persona: 'manager',
    caption: {
      zh: '补水回落，报警恢复，流程结束；每一步都有谁、何时、何值',
      en: 'The make-up falls, the alarm returns to normal, the process ends; every step says who, when and what',
    },
    stay: 4000,
    act: async (stage, facts) => {
      const leak = need(facts.leak);
      const key = need(facts.instance);
      await stage.until(
        { zh: '报警没有恢复', en: 'the alarm did not return to normal' },
        async () => ((await stage.plant.alarmNormal(leak.id)) ? true : undefined),
        240_000,
      );
      await stage.until(
        { zh: '流程没有结束', en: 'the process did not end' },
        async () => ((await stage.plant.instanceState(key)) === 'completed' ? true : undefined),
        60_000,
      );
      await stage.show('timeline');
    },
  },
  {
    persona: 'process-engineer',
    caption: {
      zh: '工艺工程师：从点位到编排节点两次点击以内',
      en: 'The process engineer: from the tag to its flow node in at most two clicks',
    },
    stay: 4000,
    act: async (stage, facts) => {
      const { tag } = need(facts.leak);
      await stage.go(`/tags/${tag}`);
      await stage.show('flow-links');
      await stage.wait(2000);
      const node = await stage.plant.nodeOf(tag);
      if (node !== undefined) await stage.click(`flow-node-${node}`);
    },
  },
  {
    persona: 'audit-administrator',
    caption: {
      zh: '审计管理员：校验整条哈希链，改动一个字节也会被指出',
      en: 'The audit administrator verifies the chain of hashes: one changed byte would be named',
    },
    stay: 4500,
    act: async (stage) => {
      await stage.go('/system/audit');
      await stage.show('verify');
      await stage.click('verify');
      await stage.show('verify-result');
    },
  },
];

export interface StoryView {
  readonly step: number;
  readonly of: number;
  readonly persona: Step['persona'];
  readonly caption: Text;
}

/** Plays the steps in order; who acts is changed only when it changes. @throws StoryStopped */
export async function play(stage: Stage, tell: (view: StoryView) => void, steps: readonly Step[] = STORY): Promise<Facts> {
  const facts: Facts = {};
  let persona: string | undefined;
  for (const [i, step] of steps.entries()) {
    tell({ step: i + 1, of: steps.length, persona: step.persona, caption: step.caption });
    if (step.persona !== persona) await stage.become(step.persona);
    persona = step.persona;
    await step.act(stage, facts);
    await stage.wait(step.stay);
  }
  return facts;
}
