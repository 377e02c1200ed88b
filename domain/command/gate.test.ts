import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateRule } from './types.ts';
import { checkWrite, type GateVerdict, type WriteCheck } from './gate.ts';

const rule: GateRule = {
  tag: 'S.CV_SP',
  min: 0,
  max: 100,
  maxStep: 20,
  minInterval: 1000,
  risk: 'high',
  persons: 2,
  mode: { tag: 'S.MODE', allow: ['manual', 'remote'] },
  permissive: [{ tag: 'S.STOPPED', equals: false, why: 'emergency stop is latched' }],
  readBack: { tag: 'S.CV_SP', within: 0.5, timeout: 10_000 },
  writers: ['command', 'output'],
};
const good: WriteCheck = {
  rule,
  value: 50,
  writer: 'command',
  present: 45,
  mode: 1,
  permissive: () => false,
  lastWriteAt: 0,
  now: 10_000,
  persons: ['a', 'b'],
  roleOk: true,
};
const code = (verdict: GateVerdict): string => (verdict.ok ? 'ok' : verdict.code);

describe('checkWrite', () => {
  it.each<[string, Partial<WriteCheck>, string]>([
    ['everything in order', {}, 'ok'],
    ['not listed', { rule: undefined }, 'GATE_NOT_LISTED'],
    ['no right', { roleOk: false }, 'GATE_ROLE'],
    ['no right, three persons', { persons: ['a', 'b', 'c'], roleOk: false }, 'GATE_ROLE'],
    ['one person of two', { persons: ['a'] }, 'GATE_PERSONS'],
    ['the same person twice', { persons: ['a', 'a'] }, 'GATE_PERSONS'],
    ['not a number', { value: Number.NaN }, 'GATE_VALUE'],
    ['below', { value: -1 }, 'GATE_RANGE'],
    ['above', { value: 101 }, 'GATE_RANGE'],
    ['auto', { mode: 0 }, 'TAG_IN_AUTO'],
    ['local', { mode: 3 }, 'GATE_MODE'],
    ['mode unknown', { mode: undefined }, 'GATE_MODE'],
    ['mode out of table', { mode: 9 }, 'GATE_MODE'],
    ['a control node owns it', { mode: 2, automatic: true }, 'TAG_IN_AUTO'],
    ['stopped', { permissive: () => true }, 'GATE_PERMISSIVE'],
    ['stop state unknown', { permissive: () => undefined }, 'GATE_PERMISSIVE'],
    ['present unknown', { present: undefined }, 'GATE_PRESENT_UNKNOWN'],
    ['present bad', { present: null }, 'GATE_PRESENT_UNKNOWN'],
    ['step', { value: 66 }, 'GATE_STEP'],
    ['largest step', { value: 65 }, 'ok'],
    ['too soon', { lastWriteAt: 9001 }, 'GATE_RATE'],
    ['soon enough', { lastWriteAt: 9000 }, 'ok'],
    ['never written', { lastWriteAt: undefined }, 'ok'],
    ['output in remote needs no persons', { writer: 'output', mode: 2, persons: [], roleOk: false }, 'ok'],
    ['output in manual', { writer: 'output', mode: 1 }, 'GATE_MODE'],
    ['output to a command-only tag', { writer: 'output', rule: { ...rule, writers: ['command'] } }, 'GATE_WRITER'],
    ['command to an output-only tag', { rule: { ...rule, writers: ['output'] } }, 'GATE_WRITER'],
  ])('%s', (_name, change, expected) => {
    expect(code(checkWrite({ ...good, ...change }))).toBe(expected);
  });

  const checks = fc.record({
    value: fc.oneof(fc.double(), fc.boolean(), fc.integer({ min: 0, max: 100 })),
    writer: fc.constantFrom('command' as const, 'output' as const),
    present: fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double(), fc.string(), fc.constant(null)), { nil: undefined }),
    mode: fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined }),
    stopped: fc.option(fc.boolean(), { nil: undefined }),
    lastWriteAt: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
    persons: fc.array(fc.constantFrom('a', 'b', 'c')),
    roleOk: fc.boolean(),
    automatic: fc.boolean(),
    listed: fc.boolean(),
  });

  /** Everything that a passed write must satisfy, said a second way. */
  const keeps = (check: WriteCheck, stopped: boolean | undefined): boolean => {
    const value = Number(check.value);
    const movement =
      typeof check.present === 'number' && Math.abs(value - check.present) <= 20.001 && 10_000 - (check.lastWriteAt ?? -Infinity) >= 1000;
    const owner =
      check.writer === 'output'
        ? check.mode === 2
        : [1, 2].includes(Number(check.mode)) && new Set(check.persons).size >= 2 && check.roleOk === true && check.automatic === false;
    return value >= 0 && value <= 100 && movement && stopped === false && owner;
  };

  it('whatever passes keeps every limit of its rule', () => {
    let passed = 0;
    const holds = fc.property(checks, ({ stopped, listed, ...some }) => {
      const check: WriteCheck = { ...some, rule: listed ? rule : undefined, permissive: () => stopped, now: 10_000 };
      if (!checkWrite(check).ok) return true;
      passed += 1;
      return listed && keeps(check, stopped);
    });
    expect(fc.check(holds, { numRuns: 5000 })).toMatchObject({ failed: false });
    expect(passed).toBeGreaterThan(0);
  });

  it('never passes a value that a wider rule of the same kind refuses', () => {
    const holds = fc.property(checks, fc.double({ min: 0, max: 50, noNaN: true }), (some, narrower) => {
      const base: WriteCheck = { ...some, rule, permissive: () => false, now: 10_000 };
      const strict: WriteCheck = { ...base, rule: { ...rule, min: rule.min + narrower, max: rule.max - narrower } };
      return !checkWrite(strict).ok || checkWrite(base).ok;
    });
    expect(fc.check(holds, { numRuns: 5000 })).toMatchObject({ failed: false });
  });
});
