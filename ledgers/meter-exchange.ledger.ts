import { defineLedger } from './define.ts';
import { choice, day, number, refer, REMARK, text } from './fields.ts';

/** 换表: the old meter's last and the new one's first reading, so that no consumption is lost. */
export const meterExchange = defineLedger({
  id: 'meter-exchange',
  order: 60,
  label: { zh: '换表记录', en: 'Meter exchange' },
  code: 'MEX{nnnnn}',
  fields: {
    kind: choice(
      '表计',
      'Meter',
      [
        ['heat', '热表', 'Heat meter'],
        ['water', '水表', 'Water meter'],
        ['electricity', '电表', 'Electricity meter'],
      ],
      { required: true },
    ),
    station: refer('station', '热力站', 'Station'),
    unit: refer('unit', '机组', 'Unit'),
    building: refer('building', '楼栋', 'Building'),
    household: refer('household', '热用户', 'Household'),
    exchanged: day('换表日期', 'Exchanged on', { required: true }),
    reason: choice(
      '原因',
      'Reason',
      [
        ['due', '到期', 'Due'],
        ['fault', '故障', 'Fault'],
        ['damage', '损坏', 'Damage'],
        ['upgrade', '改造', 'Upgrade'],
      ],
      { required: true },
    ),
    oldSerial: text('旧表编号', 'Old meter no.', { required: true, maxLength: 60 }),
    oldReading: number('旧表止码', 'Last reading of the old meter', 'GJ', [0, 1e9], { required: true, class: 'operation' }),
    newSerial: text('新表编号', 'New meter no.', { required: true, maxLength: 60, unique: true }),
    newReading: number('新表起码', 'First reading of the new meter', 'GJ', [0, 1e9], { required: true, class: 'operation' }),
    worker: text('换表人', 'Exchanged by', { maxLength: 60 }),
    ...REMARK,
  },
  groups: [
    { label: { zh: '位置', en: 'Place' }, fields: ['kind', 'station', 'unit', 'building', 'household'] },
    { label: { zh: '换表', en: 'Exchange' }, fields: ['exchanged', 'reason', 'worker'] },
    { label: { zh: '读数', en: 'Readings' }, fields: ['oldSerial', 'oldReading', 'newSerial', 'newReading', 'remark'] },
  ],
  title: 'newSerial',
  columns: ['kind', 'household', 'exchanged', 'oldSerial', 'oldReading', 'newSerial', 'newReading'],
});
