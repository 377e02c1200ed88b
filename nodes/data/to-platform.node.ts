import Type from 'typebox';
import { defineNode } from '../define.ts';
import { samples } from '../ports.ts';

export const toPlatform = defineNode({
  type: 'to-platform',
  category: 'data',
  label: { zh: '上送平台', en: 'To platform' },
  help: {
    zh: '把采样值交给链路：先写入本机磁盘队列，平台存好并确认后才删除。未登记的点位不上送。',
    en: 'Hands samples to the link: first to the disk queue here, deleted only when the platform has stored them. Unknown tags are not sent.',
  },
  config: Type.Object({}),
  input: samples({ zh: '采样值', en: 'samples' }),
  setup({ ctx }) {
    return (batch) => {
      const known = batch.filter((sample) => ctx.tag(sample.tag) !== undefined);
      ctx.samples.publish(known);
      const unknown = batch.find((sample) => ctx.tag(sample.tag) === undefined);
      if (unknown) ctx.status('warn', { zh: `未登记的点位：${unknown.tag}`, en: `unknown tag: ${unknown.tag}` });
      else ctx.status('ok', { zh: `${known.length} 点`, en: `${known.length} samples` });
    };
  },
});
