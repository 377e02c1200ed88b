import type { Measurand } from './define.ts';

const number = (
  code: string,
  zh: string,
  en: string,
  unit: string,
  range: readonly [number, number],
  decimals: number,
  limits?: Measurand['limits'],
): Measurand => ({
  code,
  label: { zh, en },
  type: 'number',
  unit,
  range,
  decimals,
  ...(limits ? { limits } : {}),
});
const state = (code: string, zh: string, en: string): Measurand => ({ code, label: { zh, en }, type: 'boolean', unit: '', decimals: 0 });

/** Primary side of a station (plant.md; limits are editable defaults). */
export const STATION_MEASURANDS: readonly Measurand[] = [
  number('1T_S', '一次供温', 'primary supply temperature', '°C', [0, 150], 1, { ll: 60, l: 70, h: 125, hh: 130 }),
  number('1T_R', '一次回温', 'primary return temperature', '°C', [0, 150], 1, { ll: 20, l: 25, h: 65, hh: 75 }),
  number('1P_S', '一次供压', 'primary supply pressure', 'MPa', [0, 1.6], 3, { ll: 0.35, l: 0.45, h: 1.3, hh: 1.4 }),
  number('1P_R', '一次回压', 'primary return pressure', 'MPa', [0, 1.6], 3, { ll: 0.2, l: 0.25, h: 0.6, hh: 0.7 }),
  number('1FL_I', '一次流量', 'primary flow', 't/h', [0, 300], 1, { l: 5, h: 250, hh: 280 }),
  number('1HE_I', '瞬时热量', 'heat power', 'MW', [0, 20], 2),
  number('1HE_T', '累计热量', 'heat total', 'GJ', [0, 1e9], 1),
  number('TANK_L', '水箱液位', 'tank level', 'm', [0, 3], 2, { ll: 0.4, l: 0.6, h: 2.2, hh: 2.5 }),
  number('HB', '心跳', 'heartbeat', '', [0, 65535], 0),
  state('STOPPED', '急停锁定', 'emergency stop latched'),
  state('PWR', '供电', 'power supply'),
];

/** Secondary side of a unit, its drives and setpoints. */
export const UNIT_MEASURANDS: readonly Measurand[] = [
  number('2T_S', '二次供温', 'secondary supply temperature', '°C', [0, 100], 1, { ll: 25, l: 30, h: 65, hh: 75 }),
  number('2T_R', '二次回温', 'secondary return temperature', '°C', [0, 100], 1, { ll: 20, l: 25, h: 55, hh: 60 }),
  number('2P_S', '二次供压', 'secondary supply pressure', 'MPa', [0, 1], 3, { ll: 0.2, l: 0.25, h: 0.6, hh: 0.7 }),
  number('2P_R', '二次回压', 'secondary return pressure', 'MPa', [0, 1], 3, { ll: 0.15, l: 0.2, h: 0.4, hh: 0.45 }),
  number('2FL_I', '二次流量', 'secondary flow', 't/h', [0, 500], 1),
  number('2FL_T', '二次累计流量', 'secondary flow total', 't', [0, 1e9], 1),
  number('2HE_I', '二次瞬时热量', 'secondary heat power', 'MW', [0, 10], 2),
  number('2HE_T', '二次累计热量', 'secondary heat total', 'GJ', [0, 1e9], 1),
  number('CV_PO', '调节阀开度', 'valve opening', '%', [0, 100], 1, { l: 5, h: 95 }),
  number('CP_HZ', '循环泵频率', 'pump frequency', 'Hz', [0, 50], 1, { l: 15, h: 48, hh: 50 }),
  number('MK_FI', '补水流量', 'make-up flow', 't/h', [0, 20], 2, { h: 1, hh: 2 }),
  number('MK_FT', '补水累计', 'make-up total', 'm³', [0, 1e9], 2),
  number('BV_PO', '支线阀开度', 'branch valve position', '%', [0, 100], 0),
  number('2T_SP', '二次供温设定', 'secondary supply setpoint', '°C', [20, 75], 1),
  number('CV_SP', '调节阀手动给定', 'valve setpoint', '%', [0, 100], 1),
  number('CP_SP', '循环泵频率给定', 'pump frequency setpoint', 'Hz', [0, 50], 1),
  number('BV_SP', '支线阀给定', 'branch valve setpoint', '%', [0, 100], 0),
  number('MODE', '控制方式', 'control mode', '', [0, 3], 0),
  state('CP_RUN', '循环泵运行', 'pump running'),
  state('MP_RUN', '补水泵运行', 'make-up pump running'),
];

/** Outlet of the heat source. */
export const SOURCE_MEASURANDS: readonly Measurand[] = [
  number('T_S', '供水温度', 'supply temperature', '°C', [0, 150], 1, { ll: 70, l: 80, h: 125, hh: 130 }),
  number('T_R', '回水温度', 'return temperature', '°C', [0, 150], 1, { ll: 25, l: 30, h: 70, hh: 75 }),
  number('P_S', '供水压力', 'supply pressure', 'MPa', [0, 2.5], 3, { ll: 0.5, l: 0.6, h: 1.5, hh: 1.6 }),
  number('P_R', '回水压力', 'return pressure', 'MPa', [0, 2.5], 3, { ll: 0.18, l: 0.22, h: 0.5, hh: 0.6 }),
  number('FL_I', '瞬时流量', 'flow', 't/h', [0, 6000], 0, { l: 600, h: 5500, hh: 5800 }),
  number('FL_T', '累计流量', 'flow total', 't', [0, 1e9], 0),
  number('HE_I', '瞬时热量', 'heat power', 'MW', [0, 300], 2),
  number('HE_T', '累计供热量', 'heat total', 'GJ', [0, 1e9], 0),
  number('MK_FI', '补水流量', 'make-up flow', 't/h', [0, 200], 1),
  number('T_SP', '供温设定', 'supply temperature setpoint', '°C', [60, 130], 1),
];

export const CHP_MEASURANDS: readonly Measurand[] = [
  number('HE_I', '供热功率', 'heat power', 'MW', [0, 70], 2),
  number('P_EL', '发电功率', 'electric power', 'MW', [0, 50], 2),
  number('FUEL_I', '燃料功率', 'fuel power', 'MW', [0, 250], 1),
  state('RUN', '运行', 'running'),
];

export const BOILER_MEASURANDS: readonly Measurand[] = [
  number('HE_I', '供热功率', 'heat power', 'MW', [0, 60], 2),
  number('T_S', '出水温度', 'outlet temperature', '°C', [0, 150], 1, { h: 125, hh: 130 }),
  number('HE_SP', '负荷给定', 'heat setpoint', 'MW', [0, 60], 1),
  state('RUN', '运行', 'running'),
];

export const WEATHER_MEASURANDS: readonly Measurand[] = [
  number('AT', '室外温度', 'outdoor temperature', '°C', [-40, 45], 1, { ll: -15, l: -9 }),
  number('AH', '湿度', 'humidity', '%', [0, 100], 0),
  number('WS', '风速', 'wind speed', 'm/s', [0, 60], 1),
  number('WD', '风向', 'wind direction', '°', [0, 360], 0),
  number('SR', '太阳辐射', 'solar radiation', 'W/m²', [0, 1200], 0),
];

export const HOUSEHOLD_MEASURANDS: readonly Measurand[] = [
  number('RT', '室内温度', 'room temperature', '°C', [-10, 50], 1, { ll: 14, l: 18, h: 24, hh: 26 }),
  number('UT_S', '入户供温', 'inlet temperature', '°C', [0, 100], 1),
  number('UT_R', '入户回温', 'outlet temperature', '°C', [0, 100], 1),
  number('UHE_T', '累计热量', 'heat total', 'kWh', [0, 1e8], 0),
];
