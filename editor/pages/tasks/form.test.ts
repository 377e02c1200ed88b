import { expect, test } from 'vitest';
import type { FormView } from '#contract/tasks';
import { decisionOf, formAnswer, formFaults } from './form-model.ts';

const text = (zh: string) => ({ zh, en: zh });
const option = (value: string) => ({ value, label: text(value) });
const form: FormView = {
  id: 'leak-confirm',
  fields: [
    { key: 'seen', type: 'textarea', label: text('现场'), required: true, maxLength: 5 },
    {
      key: 'action',
      type: 'radio',
      label: text('处置'),
      required: true,
      options: [option('close-valve'), option('setpoint'), option('none')],
    },
    {
      key: 'setpoint',
      type: 'number',
      label: text('新值'),
      required: true,
      min: 30,
      max: 65,
      showWhen: { key: 'action', equals: 'setpoint' },
    },
    { key: 'code', type: 'textfield', label: text('代码'), required: false, readonly: true },
  ],
};

test('a hidden field is neither required nor sent', () => {
  const values = { seen: '漏水', action: 'close-valve', setpoint: 200, code: 'X' };
  expect(formFaults(form, values).size).toBe(0);
  expect(formAnswer(form, values)).toEqual({ seen: '漏水', action: 'close-valve' });
});

test('faults name the field and the cause', () => {
  expect([...formFaults(form, { action: 'setpoint', seen: '123456', setpoint: 70 })]).toEqual([
    ['seen', 'long'],
    ['setpoint', 'max'],
  ]);
  expect(formFaults(form, {}).get('seen')).toBe('required');
  expect(formFaults(form, { seen: 'x', action: 'setpoint', setpoint: 10 }).get('setpoint')).toBe('min');
});

test('a choice of yes and no becomes two buttons; a choice of three stays a field', () => {
  expect(decisionOf(form)).toBeUndefined();
  expect(
    decisionOf({
      id: 'approve',
      fields: [{ key: 'approved', type: 'radio', label: text('意见'), required: true, options: [option('yes'), option('no')] }],
    }),
  ).toEqual({ key: 'approved', yes: 'yes', no: 'no' });
});
