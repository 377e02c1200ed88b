import Type from 'typebox';
import { modeOf } from '#domain/command/mode.ts';
import { filterOutdoor, weatherCurve } from '#domain/control/weather-curve.ts';
import { parseDuration } from '#domain/time.ts';
import { defineNode } from '../define.ts';
import { duration, quantity, tagRef } from '../fields.ts';
import { reading } from '../ports.ts';

const Saved = Type.Object({ outdoor: Type.Number(), at: Type.Number() });

export const weatherCurveNode = defineNode({
  type: 'heat-weather-curve',
  category: 'control',
  label: { zh: '气候补偿', en: 'Weather compensation' },
  help: {
    zh: '按室外温度（经滤波）和供热调节曲线计算二次供温设定值，并按速率限制从当前设定值平滑过渡。控制方式不是远程时不输出。',
    en: 'Secondary supply setpoint from the filtered outdoor temperature and the heating curve, moved from the present setpoint at a limited rate. It is silent outside remote mode.',
  },
  config: Type.Object({
    present: tagRef({ access: 'reads', label: { zh: '当前设定值点位', en: 'Present setpoint tag' } }),
    mode: tagRef({ access: 'reads', optional: true, label: { zh: '控制方式点位', en: 'Mode tag' } }),
    room: quantity({ label: { zh: '室内目标温度', en: 'Room temperature' }, unit: '°C', min: 10, max: 26, default: 20 }),
    designOutdoor: quantity({ label: { zh: '设计室外温度', en: 'Design outdoor temperature' }, unit: '°C', min: -45, max: 5, default: -9 }),
    designSupply: quantity({ label: { zh: '设计供水温度', en: 'Design supply temperature' }, unit: '°C', min: 30, max: 95, default: 60 }),
    designReturn: quantity({ label: { zh: '设计回水温度', en: 'Design return temperature' }, unit: '°C', min: 20, max: 80, default: 45 }),
    exponent: quantity({
      label: { zh: '散热指数 b', en: 'Emitter exponent b' },
      unit: '',
      min: 0,
      max: 1,
      default: 0.3,
      help: { zh: '散热器约 0.3，地暖约 0.1', en: 'about 0.3 for radiators, 0.1 for floor heating' },
    }),
    shift: quantity({ label: { zh: '曲线平移', en: 'Curve shift' }, unit: 'K', min: -15, max: 15, default: 0 }),
    min: quantity({ label: { zh: '设定值下限', en: 'Lowest setpoint' }, unit: '°C', min: 20, max: 75, default: 30 }),
    max: quantity({ label: { zh: '设定值上限', en: 'Highest setpoint' }, unit: '°C', min: 20, max: 75, default: 65 }),
    filter: duration({ label: { zh: '室外温度滤波', en: 'Outdoor filter' }, default: '6h' }),
    rate: quantity({ label: { zh: '设定值速率限制', en: 'Setpoint rate limit' }, unit: 'K/min', min: 0.01, max: 10, default: 0.5 }),
  }),
  input: reading('°C', { zh: '室外温度', en: 'outdoor temperature' }),
  output: reading('°C', { zh: '二次供温设定', en: 'secondary supply setpoint' }),
  setup({ config, ctx, send }) {
    const tau = parseDuration(config.filter) ?? 0;
    let saved = ctx.state.load(Saved);
    return (outdoor) => {
      if (outdoor.quality === 'bad' || outdoor.value === null)
        return ctx.status('warn', { zh: '室外温度无效，保持设定值', en: 'no valid outdoor temperature, setpoint held' });
      const minutes = saved ? Math.min(10, Math.max(0, (outdoor.at - saved.at) / 60_000)) : 0;
      saved = { outdoor: filterOutdoor(saved?.outdoor, outdoor.value, outdoor.at - (saved?.at ?? outdoor.at), tau), at: outdoor.at };
      ctx.state.save(saved);
      const target = weatherCurve(config, saved.outdoor).supply;
      const mode = config.mode ? ctx.samples.fresh(config.mode)?.value : 2;
      const present = ctx.samples.fresh(config.present)?.value;
      if (typeof mode !== 'number' || modeOf(mode) !== 'remote' || typeof present !== 'number') {
        return ctx.status('wait', { zh: `非远程，曲线值 ${target.toFixed(1)} °C`, en: `not in remote, curve ${target.toFixed(1)} °C` });
      }
      const step = config.rate * minutes;
      const value = Math.min(present + step, Math.max(present - step, target));
      ctx.status('ok', {
        zh: `室外 ${saved.outdoor.toFixed(1)} → 设定 ${value.toFixed(1)} °C（曲线 ${target.toFixed(1)}）`,
        en: `outdoor ${saved.outdoor.toFixed(1)} → setpoint ${value.toFixed(1)} °C (curve ${target.toFixed(1)})`,
      });
      send({ at: outdoor.at, value, quality: outdoor.quality });
    };
  },
});
