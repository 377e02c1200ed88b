import { defineLedger } from './define.ts';
import { choice, count, geo, mobile, number, personName, refer, REMARK, text } from './fields.ts';

/** 小区 (smart-heating 6.1.1.1 a 4): residential or public buildings. */
export const community = defineLedger({
  id: 'community',
  order: 30,
  label: { zh: '小区', en: 'Community' },
  code: 'COM{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true, unique: true }),
    kind: choice(
      '建筑类别',
      'Kind of buildings',
      [
        ['residential', '居住建筑', 'Residential'],
        ['public', '公共建筑', 'Public'],
        ['mixed', '混合', 'Mixed'],
      ],
      { required: true },
    ),
    station: refer('station', '热力站', 'Station'),
    district: text('行政区', 'District', { maxLength: 60, level: 1 }),
    address: text('地址', 'Address', { level: 1 }),
    boundary: geo('范围', 'Boundary', 'Polygon'),
    residentialArea: number('居住建筑面积', 'Residential area', 'm2', [0, 1e7]),
    publicArea: number('公共建筑面积', 'Public area', 'm2', [0, 1e7]),
    buildings: count('楼栋数', 'Buildings', 10_000),
    households: count('户数', 'Households', 100_000),
    occupancy: number('入住率', 'Occupancy', '%', [0, 100], { class: 'operation' }),
    builtIn: count('建成年份', 'Built in', 2200),
    property: text('物业公司', 'Property company'),
    propertyContact: personName('物业联系人', 'Contact at the property company'),
    propertyMobile: mobile('物业联系人手机', "Contact's mobile"),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'kind', 'station', 'district', 'address', 'boundary', 'builtIn'] },
    { label: { zh: '规模', en: 'Size' }, fields: ['residentialArea', 'publicArea', 'buildings', 'households', 'occupancy'] },
    { label: { zh: '物业', en: 'Property company' }, fields: ['property', 'propertyContact', 'propertyMobile', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'kind', 'station', 'residentialArea', 'publicArea', 'households'],
});
