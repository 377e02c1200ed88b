import Type from 'typebox';
import { defineNode } from '../define.ts';
import { tagRef } from '../fields.ts';
import { reading } from '../ports.ts';

export const tagOut = defineNode({
  type: 'tag-out',
  category: 'data',
  label: { zh: '控制输出', en: 'Output' },
  help: {
    zh: '把控制节点的周期输出经下发闸口（白名单、范围、步长、频率、控制方式、允许条件）交给该点位的下发节点。',
    en: 'Takes the cyclic value of a control node through the gate (allow-list, range, step, rate, mode, permissives) to the node that owns the tag.',
  },
  config: Type.Object({ tag: tagRef({ access: 'writes', label: { zh: '点位', en: 'Tag' } }) }),
  input: reading('', { zh: '输出值', en: 'value' }),
  setup({ config, ctx }) {
    const write = async (value: number): Promise<void> => {
      const { verdict, outcome } = await ctx.outputs.write(config.tag, value);
      if (!verdict.ok) ctx.status('warn', { zh: `闸口拒绝：${verdict.detail.zh}`, en: `gate: ${verdict.detail.en}` });
      else if (outcome?.state === 'confirmed') ctx.status('ok', { zh: `${value.toFixed(2)} 已回读`, en: `${value.toFixed(2)} read back` });
      else ctx.status('fault', { zh: `下发失败：${outcome?.detail ?? ''}`, en: `write failed: ${outcome?.detail ?? ''}` });
    };
    let busy = false;
    return (value) => {
      if (value.value === null || value.quality === 'bad' || busy) return;
      busy = true;
      write(value.value)
        .catch((error: unknown) => ctx.log.error(String(error)))
        .finally(() => {
          busy = false;
        });
    };
  },
});
