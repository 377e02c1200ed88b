import { defineLedger } from './define.ts';
import { choice, geo, number, refer, REMARK, text } from './fields.ts';

/** 管网节点: chambers, valves, branches; where pipes meet. */
export const networkNode = defineLedger({
  id: 'network-node',
  order: 50,
  label: { zh: '管网节点', en: 'Network node' },
  code: 'NOD{nnnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    kind: choice(
      '类型',
      'Kind',
      [
        ['source', '热源出口', 'Source outlet'],
        ['station', '热力站入口', 'Station inlet'],
        ['chamber', '检查室', 'Chamber'],
        ['branch', '分支', 'Branch'],
        ['valve', '阀门', 'Valve'],
        ['compensator', '补偿器', 'Compensator'],
        ['building', '楼栋入口', 'Building inlet'],
      ],
      { required: true },
    ),
    source: refer('heat-source', '热源', 'Heat source'),
    station: refer('station', '热力站', 'Station'),
    location: geo('坐标', 'Location', 'Point', { level: 3 }),
    elevation: number('高程', 'Elevation', 'm', [-200, 5000], { level: 3 }),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'kind', 'source', 'station'] },
    { label: { zh: '位置', en: 'Place' }, fields: ['location', 'elevation', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'kind', 'source', 'station'],
});
