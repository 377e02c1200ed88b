import { defineLedger } from './define.ts';
import { choice, day, DEVICE, number, refer, REMARK, yesNo } from './fields.ts';

/** 室温采集器 (smart-heating 6.1.1.1 a 6; limits of 5.1 and 5.2 b). */
export const roomCollector = defineLedger({
  id: 'room-collector',
  order: 33,
  label: { zh: '室温采集器', en: 'Room collector' },
  code: 'RTC{nnnn}',
  fields: {
    household: refer('household', '热用户', 'Household', { required: true }),
    place: choice(
      '安装房间',
      'Room',
      [
        ['living-room', '客厅', 'Living room'],
        ['bedroom', '卧室', 'Bedroom'],
        ['other', '其它', 'Other'],
      ],
      { required: true },
    ),
    accuracy: number('精度 ±', 'Accuracy ±', '°C', [0.01, 0.5], {
      required: true,
      hint: { zh: '不大于 0.5 (5.1)', en: 'at most 0.5 (5.1)' },
    }),
    height: number('距地高度', 'Height above the floor', 'm', [1.2, 1.4], {
      required: true,
      hint: { zh: '1.3 ± 0.1 (5.2 b)', en: '1.3 ± 0.1 (5.2 b)' },
    }),
    noHeatNearby: yesNo('无局部热源', 'No source of heat nearby', { required: true }),
    period: number('采集周期', 'Sampling period', 'min', [0.1, 1440], { required: true }),
    link: choice('通信', 'Link', [
      ['nb-iot', 'NB-IoT', 'NB-IoT'],
      ['lora', 'LoRa', 'LoRa'],
      ['m-bus', 'M-Bus', 'M-Bus'],
      ['other', '其它', 'Other'],
    ]),
    gateway: refer('gateway', '网关', 'Gateway'),
    installed: day('安装日期', 'Installed'),
    batteryDue: day('电池更换到期', 'Battery due'),
    ...DEVICE,
    ...REMARK,
  },
  groups: [
    { label: { zh: '安装', en: 'Installation' }, fields: ['household', 'place', 'height', 'noHeatNearby', 'installed'] },
    { label: { zh: '采集', en: 'Sampling' }, fields: ['accuracy', 'period', 'link', 'gateway', 'batteryDue'] },
    { label: { zh: '设备', en: 'Device' }, fields: ['maker', 'model', 'serial', 'remark'] },
  ],
  title: 'serial',
  columns: ['household', 'place', 'accuracy', 'height', 'link', 'serial'],
  checks: [
    {
      field: 'noHeatNearby',
      equals: true,
      text: { zh: '应安装在无局部热源干扰处 (smart-heating 5.2 b)', en: 'no source of heat may be nearby (smart-heating 5.2 b)' },
    },
  ],
});
