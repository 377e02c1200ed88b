import { defineLedger } from './define.ts';
import { choice, day, list, REMARK, text } from './fields.ts';

/** 数据权属合同 (smart-heating 9.2.3, 8.2 g): who owns a data set and who may use it for what. */
export const dataContract = defineLedger({
  id: 'data-contract',
  order: 70,
  label: { zh: '数据权属合同', en: 'Data contract' },
  code: 'DAT{nnn}',
  fields: {
    dataset: text('数据集', 'Data set', { required: true }),
    dataClass: choice(
      '数据类别',
      'Class of the data',
      [
        ['operation', '生产运行', 'Operation'],
        ['asset', '设备台账', 'Assets'],
        ['personal', '个人信息', 'Personal'],
        ['business', '经营', 'Business'],
      ],
      { required: true },
    ),
    dataLevel: choice(
      '数据级别',
      'Level of the data',
      [
        ['1', '1 公开', '1 public'],
        ['2', '2 内部', '2 internal'],
        ['3', '3 敏感', '3 sensitive'],
        ['4', '4 高敏', '4 highly sensitive'],
      ],
      { required: true },
    ),
    owner: text('所有权人', 'Owner', { required: true, class: 'business' }),
    user: text('使用权人', 'User', { required: true, class: 'business' }),
    purpose: text('使用目的', 'Purpose', { required: true, maxLength: 500, lines: true }),
    uses: list('允许的用途', 'Permitted uses'),
    contractNo: text('合同号', 'Contract no.', { required: true, unique: true, maxLength: 60, class: 'business' }),
    signed: day('签订日期', 'Signed', { required: true }),
    until: day('有效期至', 'Valid until', { required: true }),
    consent: text('授权同意编号', 'Consent no.', { maxLength: 60 }),
    ...REMARK,
  },
  groups: [
    { label: { zh: '数据', en: 'Data' }, fields: ['dataset', 'dataClass', 'dataLevel', 'purpose', 'uses'] },
    { label: { zh: '合同', en: 'Contract' }, fields: ['contractNo', 'owner', 'user', 'signed', 'until', 'consent', 'remark'] },
  ],
  title: 'dataset',
  columns: ['dataset', 'dataLevel', 'owner', 'user', 'until'],
  checks: [
    {
      when: { dataClass: ['personal'] },
      field: 'consent',
      required: true,
      text: { zh: '个人信息须有授权同意 (smart-heating 8.2 g)', en: 'personal data needs a consent (smart-heating 8.2 g)' },
    },
  ],
});
