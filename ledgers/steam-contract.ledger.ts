import { defineLedger } from './define.ts';
import { choice, day, number, refer, REMARK, text } from './fields.ts';

const MONEY = { class: 'business', level: 3 } as const;

/** 蒸汽合同: amounts and prices are sensitive business data. */
export const steamContract = defineLedger({
  id: 'steam-contract',
  order: 62,
  label: { zh: '蒸汽合同', en: 'Steam contract' },
  code: 'STK{nnn}',
  fields: {
    contractNo: text('合同号', 'Contract no.', { required: true, unique: true, maxLength: 60, class: 'business' }),
    customer: refer('steam-customer', '蒸汽用户', 'Steam customer', { required: true, class: 'business' }),
    from: day('起始日期', 'From', { required: true, class: 'business' }),
    until: day('终止日期', 'Until', { required: true, class: 'business' }),
    state: choice(
      '状态',
      'State',
      [
        ['draft', '拟订', 'Being drawn up'],
        ['active', '履行', 'In force'],
        ['ended', '终止', 'Ended'],
      ],
      { required: true, class: 'business' },
    ),
    agreedFlow: number('约定流量', 'Agreed flow', 't/h', [0, 1000], { class: 'business' }),
    minimumShare: number('最低用汽比例', 'Minimum share', '%', [0, 100], { class: 'business' }),
    price: number('单价', 'Price', '元/t', [0, 10_000], MONEY),
    basicFee: number('月基本费', 'Basic fee a month', '元', [0, 1e8], MONEY),
    guarantee: number('保证金', 'Guarantee', '元', [0, 1e9], MONEY),
    ...REMARK,
  },
  groups: [
    { label: { zh: '合同', en: 'Contract' }, fields: ['contractNo', 'customer', 'from', 'until', 'state'] },
    { label: { zh: '用量', en: 'Amounts' }, fields: ['agreedFlow', 'minimumShare'] },
    { label: { zh: '费用', en: 'Fees' }, fields: ['price', 'basicFee', 'guarantee', 'remark'] },
  ],
  title: 'contractNo',
  columns: ['contractNo', 'customer', 'from', 'until', 'state'],
});
