import { defineLedger } from './define.ts';
import { count, day, number, personName, REMARK, text } from './fields.ts';

/** 供热企业 (smart-heating 6.1.1.1 a 1). */
export const enterprise = defineLedger({
  id: 'enterprise',
  order: 1,
  label: { zh: '供热企业', en: 'Enterprise' },
  code: 'E{nn}',
  fields: {
    name: text('企业名称', 'Name', { required: true, unique: true, level: 1 }),
    shortName: text('简称', 'Short name', { maxLength: 40, level: 1 }),
    creditCode: text('统一社会信用代码', 'Unified social credit code', { pattern: '[0-9A-HJ-NPQRTUWXY]{18}', unique: true, level: 1 }),
    licence: text('供热经营许可证号', 'Heating licence no.', { maxLength: 60, level: 1 }),
    licenceUntil: day('许可证有效期至', 'Licence valid until', { level: 1 }),
    address: text('地址', 'Address', { level: 1 }),
    hotline: text('客服热线', 'Service hotline', { pattern: '[0-9-]{5,20}', level: 1 }),
    dispatchPhone: text('调度电话', 'Dispatch telephone', { pattern: '[0-9-]{5,20}' }),
    legalPerson: personName('法定代表人', 'Legal representative'),
    heatedArea: number('供热面积', 'Heated area', 'm2', [0, 1e9]),
    staff: count('职工人数', 'Staff', 100_000),
    founded: day('成立日期', 'Founded', { level: 1 }),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'shortName', 'creditCode', 'licence', 'licenceUntil', 'founded'] },
    { label: { zh: '联系', en: 'Contact' }, fields: ['address', 'hotline', 'dispatchPhone', 'legalPerson'] },
    { label: { zh: '规模', en: 'Size' }, fields: ['heatedArea', 'staff', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'hotline', 'heatedArea'],
});
