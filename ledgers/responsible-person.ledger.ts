import { defineLedger } from './define.ts';
import { choice, day, email, mobile, personName, refer, REMARK, text } from './fields.ts';

/** 责任人员 (smart-heating 6.1.1.1 a 1). */
export const responsiblePerson = defineLedger({
  id: 'responsible-person',
  order: 2,
  label: { zh: '责任人员', en: 'Responsible person' },
  code: 'PSN{nnn}',
  fields: {
    name: personName('姓名', 'Name', { required: true }),
    enterprise: refer('enterprise', '企业', 'Enterprise', { required: true }),
    duty: choice(
      '职责',
      'Duty',
      [
        ['head', '企业负责人', 'Head of the enterprise'],
        ['safety', '安全负责人', 'Safety'],
        ['production', '生产负责人', 'Production'],
        ['dispatch', '调度负责人', 'Dispatch'],
        ['service', '客服负责人', 'Customer service'],
        ['data', '数据负责人', 'Data'],
      ],
      { required: true },
    ),
    position: text('职务', 'Position', { maxLength: 60 }),
    mobile: mobile('手机', 'Mobile', { required: true }),
    landline: text('固定电话', 'Landline', { pattern: '0\\d{2,3}-\\d{7,8}', class: 'personal', level: 3, mask: 'landline' }),
    email: email('邮箱', 'E-mail'),
    certificate: text('资格证书', 'Certificate'),
    certificateUntil: day('证书有效期至', 'Certificate valid until'),
    since: day('任职起', 'In charge since'),
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'enterprise', 'duty', 'position', 'since'] },
    { label: { zh: '联系', en: 'Contact' }, fields: ['mobile', 'landline', 'email'] },
    { label: { zh: '资格', en: 'Qualification' }, fields: ['certificate', 'certificateUntil', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'enterprise', 'duty', 'mobile'],
});
