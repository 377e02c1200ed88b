import { defineLedger } from './define.ts';
import { choice, day, geo, mobile, number, personName, refer, REMARK, text } from './fields.ts';

/** 蒸汽用户: who takes steam from the header. */
export const steamCustomer = defineLedger({
  id: 'steam-customer',
  order: 61,
  label: { zh: '蒸汽用户', en: 'Steam customer' },
  code: 'STC{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true, unique: true, class: 'business' }),
    source: refer('heat-source', '热源', 'Heat source', { required: true }),
    trade: choice('行业', 'Trade', [
      ['chemical', '化工', 'Chemicals'],
      ['textile', '纺织', 'Textiles'],
      ['food', '食品', 'Food'],
      ['paper', '造纸', 'Paper'],
      ['medical', '医药', 'Pharmaceuticals'],
      ['other', '其它', 'Other'],
    ]),
    address: text('地址', 'Address'),
    location: geo('坐标', 'Location', 'Point'),
    pressure: number('用汽压力', 'Steam pressure', 'MPa', [0, 10]),
    temperature: number('用汽温度', 'Steam temperature', '°C', [100, 600]),
    maximumFlow: number('最大用汽量', 'Largest flow', 't/h', [0, 1000]),
    meter: text('流量计编号', 'Flow meter no.', { maxLength: 60 }),
    calibrationDue: day('检定到期', 'Calibration due'),
    contact: personName('联系人', 'Contact'),
    contactMobile: mobile('联系人手机', "Contact's mobile"),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'source', 'trade', 'address', 'location'] },
    { label: { zh: '用汽', en: 'Steam' }, fields: ['pressure', 'temperature', 'maximumFlow', 'meter', 'calibrationDue'] },
    { label: { zh: '联系人', en: 'Contact' }, fields: ['contact', 'contactMobile', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'source', 'trade', 'pressure', 'maximumFlow'],
});
