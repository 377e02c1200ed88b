import { defineLedger } from './define.ts';
import { choice, number, personName, refer, REMARK, text } from './fields.ts';

const MONEY = { class: 'business', level: 3 } as const;

/** 热费账户 of a household for a season. */
export const heatFeeAccount = defineLedger({
  id: 'heat-fee-account',
  order: 63,
  label: { zh: '热费账户', en: 'Heat-fee account' },
  code: 'HFA{nnnnn}',
  fields: {
    household: refer('household', '热用户', 'Household', { required: true }),
    season: text('采暖季', 'Season', { required: true, pattern: '20\\d{2}-20\\d{2}' }),
    payer: personName('缴费人', 'Payer'),
    bankCard: text('银行卡', 'Bank card', { class: 'personal', level: 4, pattern: '\\d{12,19}', mask: 'bank-card' }),
    tariff: choice(
      '计费方式',
      'Tariff',
      [
        ['area', '按面积', 'By area'],
        ['two-part', '两部制', 'Two-part'],
      ],
      { required: true },
    ),
    chargedArea: number('计费面积', 'Charged area', 'm2', [0, 100_000], { required: true }),
    unitPrice: number('单价', 'Unit price', '元/m2', [0, 1000], { class: 'business', level: 1 }),
    due: number('应收', 'Due', '元', [0, 1e8], MONEY),
    paid: number('实收', 'Paid', '元', [0, 1e8], MONEY),
    state: choice('状态', 'State', [
      ['open', '未缴', 'Open'],
      ['part', '部分缴', 'Paid in part'],
      ['paid', '已缴', 'Paid'],
      ['exempt', '减免', 'Exempt'],
      ['off', '停热', 'Heat off'],
    ]),
    ...REMARK,
  },
  groups: [
    { label: { zh: '账户', en: 'Account' }, fields: ['household', 'season', 'payer', 'bankCard', 'tariff', 'state'] },
    { label: { zh: '费用', en: 'Fees' }, fields: ['chargedArea', 'unitPrice', 'due', 'paid', 'remark'] },
  ],
  title: 'season',
  columns: ['household', 'season', 'tariff', 'chargedArea', 'state'],
});
