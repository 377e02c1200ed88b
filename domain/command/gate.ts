import type { TagId, Value } from '../sample.ts';
import type { Text } from '../text.ts';
import type { Millis } from '../time.ts';
import { modeOf } from './mode.ts';
import type { GateRule, Mode } from './types.ts';

/** Stable codes of the gate's refusals; the texts below explain them. */
export type GateCode =
  | 'GATE_NOT_LISTED'
  | 'GATE_WRITER'
  | 'GATE_ROLE'
  | 'GATE_PERSONS'
  | 'GATE_VALUE'
  | 'GATE_RANGE'
  | 'GATE_MODE'
  | 'TAG_IN_AUTO'
  | 'GATE_PERMISSIVE'
  | 'GATE_PRESENT_UNKNOWN'
  | 'GATE_STEP'
  | 'GATE_RATE';

export type GateVerdict = { readonly ok: true } | { readonly ok: false; readonly code: GateCode; readonly detail: Text };

/** All that the gate looks at. Values come from the process image; pass `undefined` for what is unknown, stale or of bad quality. */
export interface WriteCheck {
  /** The tag's line of the allow-list; `undefined` = not listed = refused. */
  readonly rule: GateRule | undefined;
  readonly value: number | boolean;
  readonly writer: 'command' | 'output';
  /** Present value of the written tag, in its unit. Needed when the rule has `maxStep`. */
  readonly present?: Value | undefined;
  /** Register value of the rule's mode tag (`MODE_NUMBERS`). Needed when the rule has `mode`. */
  readonly mode?: Value | undefined;
  /** Present value of a permissive's tag. */
  readonly permissive?: (tag: TagId) => Value | undefined;
  /** When the tag was last written through a gate. */
  readonly lastWriteAt?: Millis | undefined;
  readonly now: Millis;
  /** Ids of the persons who stand behind a command (submitter, approver); the same id twice counts once. Ignored for an output: its deployment approved it. */
  readonly persons?: readonly string[];
  /** The caller's rights allow this command. Ignored for an output. */
  readonly roleOk?: boolean;
  /** A control node writes this tag cyclically at present: it is the owner, a command is refused. */
  readonly automatic?: boolean;
}

const OK: GateVerdict = { ok: true };
const refuse = (code: GateCode, zh: string, en: string): GateVerdict => ({ ok: false, code, detail: { zh, en } });
const number = (value: number | boolean): number => (typeof value === 'boolean' ? Number(value) : value);

const MODE_TEXT: Readonly<Record<Mode, Text>> = {
  auto: { zh: '自动', en: 'auto' },
  manual: { zh: '手动', en: 'manual' },
  remote: { zh: '远程', en: 'remote' },
  local: { zh: '就地', en: 'local' },
};

function checkPersons(rule: GateRule, check: WriteCheck): GateVerdict {
  if (check.writer === 'output') return OK;
  if (check.roleOk !== true) return refuse('GATE_ROLE', '没有下发该点位的权限', 'no right to write this tag');
  const persons = new Set(check.persons ?? []).size;
  if (persons < rule.persons)
    return refuse('GATE_PERSONS', `需要 ${rule.persons} 人，现有 ${persons} 人`, `needs ${rule.persons} persons, has ${persons}`);
  return OK;
}

function checkRange(rule: GateRule, value: number): GateVerdict {
  if (!Number.isFinite(value)) return refuse('GATE_VALUE', '给定值不是数', 'the value is not a number');
  if (value < rule.min || value > rule.max)
    return refuse('GATE_RANGE', `${value} 超出允许范围 ${rule.min}–${rule.max}`, `${value} is outside ${rule.min} to ${rule.max}`);
  return OK;
}

function checkMode(rule: GateRule, check: WriteCheck): GateVerdict {
  if (rule.mode) {
    const mode = typeof check.mode === 'number' ? modeOf(check.mode) : undefined;
    if (!mode) return refuse('GATE_MODE', `控制方式未知（${rule.mode.tag}）`, `mode unknown (${rule.mode.tag})`);
    // A control node owns the output in remote only; in manual the person does.
    const allowed = rule.mode.allow.includes(mode) && (check.writer === 'command' || mode === 'remote');
    if (!allowed) {
      const code = check.writer === 'command' && mode === 'auto' ? 'TAG_IN_AUTO' : 'GATE_MODE';
      return refuse(code, `控制方式为${MODE_TEXT[mode].zh}，不允许下发`, `mode is ${MODE_TEXT[mode].en}, writing is not allowed`);
    }
  }
  if (check.writer === 'command' && check.automatic === true)
    return refuse('TAG_IN_AUTO', '控制节点正在自动控制该点位，请先切到手动', 'a control node owns this tag; switch it to manual first');
  return OK;
}

function checkPermissives(rule: GateRule, check: WriteCheck): GateVerdict {
  for (const permissive of rule.permissive ?? []) {
    const present = check.permissive?.(permissive.tag);
    if (present === undefined || present === null)
      return refuse('GATE_PERMISSIVE', `允许条件未知：${permissive.tag}`, `permissive unknown: ${permissive.tag}`);
    if (present !== permissive.equals)
      return refuse('GATE_PERMISSIVE', `允许条件不满足：${permissive.tag}`, `permissive not met: ${permissive.tag} (${permissive.why})`);
  }
  return OK;
}

function checkMovement(rule: GateRule, check: WriteCheck, value: number): GateVerdict {
  if (rule.maxStep !== undefined) {
    if (typeof check.present !== 'number' || !Number.isFinite(check.present))
      return refuse('GATE_PRESENT_UNKNOWN', '当前值未知，无法检查步长', 'the present value is unknown, the step cannot be checked');
    const step = Math.abs(value - check.present);
    // Float32 registers give back 43.000004 for 43: a hair over the limit is not a step.
    if (step > rule.maxStep + 1e-4)
      return refuse(
        'GATE_STEP',
        `变化 ${step.toFixed(2)} 超过一次允许的 ${rule.maxStep}`,
        `a step of ${step.toFixed(2)} exceeds ${rule.maxStep}`,
      );
  }
  if (rule.minInterval !== undefined && check.lastWriteAt !== undefined && check.now - check.lastWriteAt < rule.minInterval) {
    return refuse(
      'GATE_RATE',
      `距上次下发不足 ${rule.minInterval / 1000} 秒`,
      `less than ${rule.minInterval / 1000} s since the last write`,
    );
  }
  return OK;
}

/**
 * The one gate for every write to a device (security.md D6): allow-list, writer, role, persons, range, mode, interlock, step, rate; deny by
 * default. Pure: a command passes it in the server, an output in the flow runtime, and a write node once more before the register.
 */
export function checkWrite(check: WriteCheck): GateVerdict {
  const { rule } = check;
  if (!rule) return refuse('GATE_NOT_LISTED', '该点位不在下发白名单中', 'the tag is not on the allow-list');
  if (!rule.writers.includes(check.writer))
    return refuse(
      'GATE_WRITER',
      check.writer === 'output' ? '控制节点不得写该点位' : '该点位不接受人工命令',
      `the tag takes no ${check.writer}`,
    );
  const value = number(check.value);
  for (const verdict of [checkPersons(rule, check), checkRange(rule, value), checkMode(rule, check), checkPermissives(rule, check)]) {
    if (!verdict.ok) return verdict;
  }
  return checkMovement(rule, check, value);
}
