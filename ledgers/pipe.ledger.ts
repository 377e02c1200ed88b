import { defineLedger } from './define.ts';
import { choice, day, geo, number, refer, REMARK, text } from './fields.ts';

/** 管段: its course is GeoJSON; coordinates of the network are sensitive (security.md 5). */
export const pipe = defineLedger({
  id: 'pipe',
  order: 51,
  label: { zh: '管段', en: 'Pipe' },
  code: 'PIP{nnnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    network: choice(
      '管网',
      'Network',
      [
        ['primary', '一次网', 'Primary'],
        ['secondary', '二次网', 'Secondary'],
        ['steam', '蒸汽', 'Steam'],
      ],
      { required: true },
    ),
    medium: choice('用途', 'Carries', [
      ['supply', '供水', 'Supply'],
      ['return', '回水', 'Return'],
      ['pair', '供回水', 'Supply and return'],
      ['steam', '蒸汽', 'Steam'],
      ['condensate', '凝结水', 'Condensate'],
    ]),
    from: refer('network-node', '起点', 'From', { required: true }),
    to: refer('network-node', '终点', 'To', { required: true }),
    course: geo('走向', 'Course', 'LineString', { level: 3 }),
    diameter: number('公称直径', 'Nominal diameter', 'mm', [10, 2000], { required: true }),
    length: number('长度', 'Length', 'm', [0, 100_000], { required: true }),
    material: text('材质', 'Material', { maxLength: 60 }),
    insulation: text('保温', 'Insulation', { maxLength: 60 }),
    laying: choice('敷设方式', 'Laid', [
      ['buried', '直埋', 'Buried'],
      ['channel', '管沟', 'In a channel'],
      ['gallery', '管廊', 'In a gallery'],
      ['overhead', '架空', 'Overhead'],
    ]),
    designPressure: number('设计压力', 'Design pressure', 'MPa', [0, 4]),
    designTemperature: number('设计温度', 'Design temperature', '°C', [0, 400]),
    laidOn: day('敷设日期', 'Laid on'),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'network', 'medium', 'from', 'to', 'course', 'laidOn'] },
    {
      label: { zh: '管道', en: 'Pipe' },
      fields: ['diameter', 'length', 'material', 'insulation', 'laying', 'designPressure', 'designTemperature', 'remark'],
    },
  ],
  title: 'name',
  columns: ['name', 'network', 'from', 'to', 'diameter', 'length'],
});
