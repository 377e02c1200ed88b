import Type from 'typebox';
import { judge, NO_HISTORY, type QualityParams, type QualityState } from '#domain/control/quality.ts';
import type { Sample } from '#domain/sample.ts';
import { parseDuration } from '#domain/time.ts';
import { defineNode } from '../define.ts';
import { duration, flag, integer, list, quantity, tagRef } from '../fields.ts';
import { samples } from '../ports.ts';

const Row = Type.Object({
  tag: tagRef({ access: 'reads', label: { zh: '点位', en: 'Tag' } }),
  rate: quantity({
    label: { zh: '每分钟最大变化', en: 'Largest change a minute' },
    unit: '',
    min: 0,
    max: 1e9,
    default: 0,
    help: { zh: '0 = 不检查', en: '0 = no check' },
  }),
  flat: duration({ label: { zh: '不变判卡死', en: 'Stuck after' }, default: '0s' }),
  window: integer({ label: { zh: '尖峰窗口', en: 'Spike window' }, min: 0, max: 200, default: 0 }),
  sigmas: quantity({ label: { zh: '尖峰门限', en: 'Spike threshold' }, unit: 'σ', min: 1, max: 20, default: 4 }),
});

const FINDING_SHOWN = 60_000;

export const quality = defineNode({
  type: 'heat-quality',
  category: 'data',
  label: { zh: '质量检查', en: 'Quality' },
  help: {
    zh: '给采样值打质量戳：超量程为坏；变化过快、长时间不变、尖峰（Hampel）为可疑。量程取自点位字典。不会把质量改好。',
    en: 'Marks samples: outside the range of the tag dictionary = bad; too fast, stuck, spike (Hampel) = uncertain. It never makes a quality better.',
  },
  config: Type.Object({
    range: flag({ label: { zh: '检查量程', en: 'Check the range' }, default: true }),
    rows: list(Row, { label: { zh: '逐点检查', en: 'Checks by tag' } }),
  }),
  input: samples({ zh: '采样值', en: 'samples' }),
  output: samples({ zh: '采样值', en: 'samples' }),
  setup({ config, ctx, send }) {
    const states = new Map<string, QualityState>();
    const params = new Map<string, QualityParams>(
      config.rows.map((row) => {
        const flatAfter = parseDuration(row.flat) ?? 0;
        return [
          row.tag,
          {
            ...(row.rate > 0 ? { ratePerMinute: row.rate } : {}),
            ...(flatAfter > 0 ? { flatAfter } : {}),
            ...(row.window > 2 ? { spike: { window: row.window, sigmas: row.sigmas } } : {}),
          },
        ];
      }),
    );
    let found = Number.NEGATIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    const check = (sample: Sample): Sample => {
      if (typeof sample.value !== 'number') return sample;
      const range = config.range ? ctx.tag(sample.tag)?.range : undefined;
      const verdict = judge({ ...params.get(sample.tag), ...(range ? { range } : {}) }, states.get(sample.tag) ?? NO_HISTORY, {
        at: sample.at,
        value: sample.value,
        quality: sample.quality,
      });
      states.set(sample.tag, verdict.state);
      latest = Math.max(latest, sample.at);
      if (verdict.findings.length > 0) found = sample.at;
      if (verdict.findings.length > 0)
        ctx.status('warn', { zh: `${sample.tag}：${verdict.findings.join(' ')}`, en: `${sample.tag}: ${verdict.findings.join(' ')}` });
      // A value outside its range is no value: bad quality carries null.
      return { ...sample, value: verdict.quality === 'bad' ? null : sample.value, quality: verdict.quality };
    };
    return (batch) => {
      send(batch.map(check));
      // The last finding stays to be read for a minute.
      if (latest - found > FINDING_SHOWN) ctx.status('ok', { zh: `检查 ${states.size} 点`, en: `${states.size} tags checked` });
    };
  },
});
