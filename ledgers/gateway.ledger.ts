import { defineLedger } from './define.ts';
import { choice, day, DEVICE, list, number, refer, REMARK, text, yesNo } from './fields.ts';

/** 网关与无线通信 (smart-heating 5.1, 5.2 e). */
export const gateway = defineLedger({
  id: 'gateway',
  order: 41,
  label: { zh: '网关', en: 'Gateway' },
  code: 'GTW{nnn}',
  fields: {
    name: text('名称', 'Name', { required: true }),
    station: refer('station', '热力站', 'Station'),
    building: refer('building', '楼栋', 'Building'),
    link: choice(
      '上行通信',
      'Uplink',
      [
        ['fibre', '光纤', 'Fibre'],
        ['4g', '4G/5G', '4G/5G'],
        ['nb-iot', 'NB-IoT', 'NB-IoT'],
        ['lora', 'LoRa', 'LoRa'],
      ],
      { required: true },
    ),
    backup: choice('备用信道', 'Backup', [
      ['none', '无', 'None'],
      ['4g', '4G/5G', '4G/5G'],
      ['fibre', '光纤', 'Fibre'],
    ]),
    approval: text('无线电型号核准证号', 'Radio type approval', { maxLength: 60 }),
    success: number('传输成功率', 'Delivery', '%', [99, 100], { hint: { zh: '不低于 99 (5.1)', en: 'at least 99 (5.1)' } }),
    protocols: list('支持协议', 'Protocols'),
    edge: yesNo('边缘计算', 'Edge computing'),
    unshielded: yesNo('避开金属屏蔽', 'Away from metal shields'),
    coverage: yesNo('无信号盲区', 'No blind spot'),
    address: text('网络地址', 'Network address', { class: 'security', level: 3, maxLength: 120 }),
    simCard: text('物联卡号', 'SIM card', { class: 'security', level: 3, pattern: '[0-9A-Z]{10,22}' }),
    installed: day('安装日期', 'Installed'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '基本', en: 'Basics' }, fields: ['name', 'station', 'building', 'installed'] },
    { label: { zh: '通信', en: 'Link' }, fields: ['link', 'backup', 'approval', 'success', 'protocols', 'edge', 'address', 'simCard'] },
    { label: { zh: '安装', en: 'Installation' }, fields: ['unshielded', 'coverage'] },
    { label: { zh: '设备', en: 'Device' }, fields: ['maker', 'model', 'serial', 'remark'] },
  ],
  title: 'name',
  columns: ['name', 'station', 'link', 'backup', 'success'],
  checks: [
    {
      when: { link: ['4g', 'nb-iot', 'lora'] },
      field: 'approval',
      required: true,
      text: { zh: '无线通信设备应有型号核准 (smart-heating 5.1)', en: 'a radio device has its type approval (smart-heating 5.1)' },
    },
    {
      when: { link: ['4g', 'nb-iot', 'lora'] },
      field: 'success',
      required: true,
      min: 99,
      text: { zh: '传输成功率不低于 99% (smart-heating 5.1)', en: 'at least 99 % are delivered (smart-heating 5.1)' },
    },
    ...(['unshielded', 'coverage'] as const).map((field) => ({
      field,
      equals: true,
      text: {
        zh: '网关应避开金属屏蔽物，信号无盲区 (smart-heating 5.2 e)',
        en: 'a gateway stands away from metal and leaves no blind spot (smart-heating 5.2 e)',
      },
    })),
  ],
});
