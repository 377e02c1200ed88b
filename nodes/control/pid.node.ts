import Type from 'typebox';
import { modeOf } from '#domain/command/mode.ts';
import { pidBumpless, pidStep, type PidParams, type PidState } from '#domain/control/pid.ts';
import type { NodeContext } from '../context.ts';
import { defineNode } from '../define.ts';
import { quantity, tagRef } from '../fields.ts';
import { reading } from '../ports.ts';

const Saved = Type.Object({
  integral: Type.Number(),
  derivative: Type.Number(),
  measurement: Type.Number(),
  output: Type.Number(),
  at: Type.Number(),
  params: Type.String(),
});
/** A pause longer than this is no control interval: go on from the output that the actuator holds. */
const LONGEST_STEP = 120_000;

const numberOf = (ctx: NodeContext, tag: string): number | undefined => {
  const value = ctx.samples.fresh(tag)?.value;
  return typeof value === 'number' ? value : undefined;
};

export const pid = defineNode({
  type: 'heat-pid',
  category: 'control',
  label: { zh: 'PID 调节', en: 'PID' },
  help: {
    zh: 'ISA 二自由度 PID，每来一个测量值计算一次。控制方式不是远程时跟踪执行器的实际值，切换、发布和重启都无扰动。测量值为坏质量时保持输出。',
    en: 'ISA PID with two degrees of freedom, one step for each measurement. Outside remote mode it tracks the actuator; change-over, deploy and restart are bumpless. It holds while the measurement is bad.',
  },
  config: Type.Object({
    setpoint: tagRef({ access: 'reads', label: { zh: '设定值点位', en: 'Setpoint tag' } }),
    mode: tagRef({
      access: 'reads',
      optional: true,
      label: { zh: '控制方式点位', en: 'Mode tag' },
      help: { zh: '只在远程时输出', en: 'works in remote only' },
    }),
    track: tagRef({ access: 'reads', label: { zh: '执行器给定点位', en: 'Actuator tag to track' } }),
    gain: quantity({ label: { zh: '比例增益', en: 'Gain' }, unit: '%/K', min: -100, max: 100, default: 1 }),
    integral: quantity({ label: { zh: '积分时间', en: 'Integral time' }, unit: 's', min: 0, max: 36_000, default: 300 }),
    derivative: quantity({ label: { zh: '微分时间', en: 'Derivative time' }, unit: 's', min: 0, max: 3600, default: 0 }),
    weight: quantity({ label: { zh: '设定值权重', en: 'Setpoint weight' }, unit: '', min: 0, max: 1, default: 0.6 }),
    min: quantity({ label: { zh: '输出下限', en: 'Lowest output' }, unit: '%', min: 0, max: 100, default: 0 }),
    max: quantity({ label: { zh: '输出上限', en: 'Highest output' }, unit: '%', min: 0, max: 100, default: 100 }),
    rate: quantity({ label: { zh: '输出速率限制', en: 'Output rate limit' }, unit: '%/s', min: 0.01, max: 100, default: 1 }),
  }),
  input: reading('°C', { zh: '测量值', en: 'measurement' }),
  output: reading('%', { zh: '输出', en: 'output' }),
  setup({ config, ctx, send }) {
    const params: PidParams = config;
    const fingerprint = JSON.stringify([
      config.gain,
      config.integral,
      config.derivative,
      config.weight,
      config.min,
      config.max,
      config.rate,
    ]);
    const saved = ctx.state.load(Saved);
    let state: PidState | undefined = saved;
    let last = saved?.at;
    let rebase = saved !== undefined && saved.params !== fingerprint;
    const keep = (next: PidState, at: number): void => {
      state = next;
      last = at;
      ctx.state.save({ ...next, at, params: fingerprint });
    };
    return (measurement) => {
      const setpoint = numberOf(ctx, config.setpoint);
      const mode = config.mode ? modeOf(numberOf(ctx, config.mode) ?? -1) : 'remote';
      const actual = numberOf(ctx, config.track);
      if (measurement.quality === 'bad' || measurement.value === null || setpoint === undefined) {
        ctx.status('warn', { zh: '测量值或设定值无效，保持输出', en: 'no valid measurement or setpoint, output held' });
        return;
      }
      const { value, at } = measurement;
      if (mode !== 'remote') {
        if (actual !== undefined) keep(pidBumpless(params, actual, setpoint, value), at);
        ctx.status('wait', {
          zh: `非远程，跟踪 ${actual?.toFixed(1) ?? '?'} %`,
          en: `not in remote, tracking ${actual?.toFixed(1) ?? '?'} %`,
        });
        return;
      }
      if (state === undefined || last === undefined || at - last > LONGEST_STEP || rebase) {
        const start = rebase && state ? state.output : (actual ?? state?.output);
        if (start === undefined) return ctx.status('wait', { zh: '等待执行器的实际值', en: 'waiting for the actuator' });
        keep(pidBumpless(params, start, setpoint, value), at);
        rebase = false;
      } else keep(pidStep(params, state, { setpoint, measurement: value, dt: (at - last) / 1000 }), at);
      const output = state?.output ?? 0;
      ctx.status('ok', {
        zh: `设定 ${setpoint.toFixed(1)} 测量 ${value.toFixed(1)} 输出 ${output.toFixed(1)} %`,
        en: `SP ${setpoint.toFixed(1)} PV ${value.toFixed(1)} OUT ${output.toFixed(1)} %`,
      });
      send({ at, value: output, quality: 'good' });
    };
  },
});
