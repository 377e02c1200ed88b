import Type from 'typebox';
import { defineNode } from '../define.ts';
import { tagRef } from '../fields.ts';
import { reading } from '../ports.ts';

export const tagIn = defineNode({
  type: 'tag-in',
  category: 'data',
  label: { zh: '点位输入', en: 'Tag in' },
  help: { zh: '每来一个该点位的采样值就输出一次，坏质量也输出。', en: 'Sends each sample of the tag, bad ones too.' },
  config: Type.Object({ tag: tagRef({ access: 'reads', label: { zh: '点位', en: 'Tag' } }) }),
  output: reading('', { zh: '采样值', en: 'sample' }),
  setup({ config, ctx, send }) {
    const unit = ctx.tag(config.tag)?.unit ?? '';
    ctx.samples.follow([config.tag], (batch) => {
      for (const sample of batch) {
        if (sample.tag !== config.tag) continue;
        const value = typeof sample.value === 'boolean' ? Number(sample.value) : sample.value;
        const good = typeof value === 'number' && sample.quality !== 'bad';
        ctx.status(good ? 'ok' : 'warn', {
          zh: good ? `${value.toFixed(2)} ${unit}` : '坏质量',
          en: good ? `${value.toFixed(2)} ${unit}` : 'bad quality',
        });
        send({ at: sample.at, value: good ? value : null, quality: good ? sample.quality : 'bad' });
      }
    });
  },
});
