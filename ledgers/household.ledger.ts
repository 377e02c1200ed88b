import { defineLedger } from './define.ts';
import { choice, day, homeAddress, mobile, number, personName, refer, REMARK, text, yesNo } from './fields.ts';

/** 热用户 (smart-heating 6.1.1.1 a 5). */
export const household = defineLedger({
  id: 'household',
  order: 32,
  label: { zh: '热用户', en: 'Household' },
  code: '{unit}.USR{nnn}',
  fields: {
    unit: refer('unit', '机组', 'Unit', { required: true }),
    building: refer('building', '楼栋', 'Building', { required: true }),
    room: text('房间', 'Room', { required: true, maxLength: 40, hint: { zh: '单元-房号，如 2-501', en: 'entrance and room, as 2-501' } }),
    kind: choice(
      '用户类别',
      'Kind',
      [
        ['resident', '居民', 'Resident'],
        ['business', '非居民', 'Business'],
      ],
      { required: true },
    ),
    accountNo: text('户号', 'Account no.', { class: 'personal', level: 3, unique: true, required: true, pattern: '[0-9A-Z-]{4,20}' }),
    holder: personName('户主', 'Holder', { required: true }),
    mobile: mobile('手机', 'Mobile'),
    idCard: text('身份证号', 'Identity card', { class: 'personal', level: 4, pattern: '\\d{17}[0-9X]', mask: 'id-card' }),
    address: homeAddress('地址', 'Address'),
    heatedArea: number('供热面积', 'Heated area', 'm2', [1, 100_000], { required: true }),
    position: choice('位置', 'Position', [
      ['middle', '中间户', 'Middle'],
      ['edge', '边户', 'Edge'],
      ['top', '顶层', 'Top floor'],
      ['bottom', '底层', 'Ground floor'],
    ]),
    metering: choice('计费方式', 'Charged by', [
      ['area', '面积', 'Area'],
      ['meter', '热计量', 'Heat meter'],
    ]),
    meter: text('热表编号', 'Heat meter no.', { maxLength: 60 }),
    connected: yesNo('用热', 'Takes heat'),
    connectedOn: day('开户日期', 'Connected on'),
    emitter: choice('散热方式', 'Emitter', [
      ['radiator', '散热器', 'Radiator'],
      ['floor', '地暖', 'Floor heating'],
    ]),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['unit', 'building', 'room', 'kind', 'connected', 'connectedOn'] },
    { label: { zh: '个人信息', en: 'Personal data' }, fields: ['accountNo', 'holder', 'mobile', 'idCard', 'address'] },
    { label: { zh: '热工与计费', en: 'Heat and charges' }, fields: ['heatedArea', 'position', 'emitter', 'metering', 'meter', 'remark'] },
  ],
  title: 'room',
  columns: ['building', 'room', 'holder', 'mobile', 'heatedArea', 'metering'],
  checks: [
    {
      when: { metering: ['meter'] },
      field: 'meter',
      required: true,
      text: { zh: '按热计量收费的用户须有热表编号', en: 'who is charged by meter has a meter number' },
    },
  ],
});
