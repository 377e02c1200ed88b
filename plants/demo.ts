import type { GateRule } from '#domain/command/types.ts';
import type { Asset, TagDefinition } from '#domain/tag.ts';
import type { Measurand, Plant } from './define.ts';
import {
  BOILER_MEASURANDS,
  CHP_MEASURANDS,
  HOUSEHOLD_MEASURANDS,
  SOURCE_MEASURANDS,
  STATION_MEASURANDS,
  UNIT_MEASURANDS,
  WEATHER_MEASURANDS,
} from './measurands.ts';

const PREFIX = 'HZ.E01';
/** Names of the eight stations of the demo plant, in order of their number. */
const STATION_NAMES: readonly { readonly zh: string; readonly en: string }[] = [
  { zh: '和平里', en: 'Hepingli' },
  { zh: '锦绣家园', en: 'Jinxiu Garden' },
  { zh: '市立医院', en: 'City Hospital' },
  { zh: '老干部局', en: 'Veterans Bureau' },
  { zh: '西湖花园', en: 'Westlake Garden' },
  { zh: '城南小学', en: 'Chengnan School' },
  { zh: '枫林苑', en: 'Fenglin Court' },
  { zh: '阳光新城', en: 'Sunshine City' },
];
/** Sampled households with a meter and a room sensor, by unit. */
const HOUSEHOLDS_A_UNIT = 2;

const pad = (n: number, width: number): string => String(n).padStart(width, '0');
const stationId = (n: number): string => `STA${pad(n, 3)}`;
const unitId = (station: number, unit: number): string => `${stationId(station)}.UNT${pad(unit, 2)}`;

function tagsOf(asset: Asset, measurands: readonly Measurand[], every: number): TagDefinition[] {
  return measurands.map((m) => ({
    id: `${asset.id}.${m.code}`,
    aliases: [`${PREFIX}.${asset.id}.${m.code}`],
    label: { zh: `${asset.label.zh} · ${m.label.zh}`, en: `${asset.label.en} · ${m.label.en}` },
    asset: asset.id,
    measurand: m.code,
    type: m.type,
    unit: m.unit,
    decimals: m.decimals,
    every,
    ...(m.range ? { range: m.range } : {}),
    ...(m.limits ? { limits: m.limits } : {}),
  }));
}

/** Allow-list of one unit: what a person, a process or a control node may write there. */
function gateOf(unit: string, station: string): GateRule[] {
  const notStopped = [{ tag: `${station}.STOPPED`, equals: false, why: 'emergency stop is latched' }];
  const base = { permissive: notStopped } as const;
  return [
    {
      ...base,
      tag: `${unit}.2T_SP`,
      min: 30,
      max: 65,
      maxStep: 10,
      minInterval: 5000,
      risk: 'middle',
      persons: 1,
      readBack: { tag: `${unit}.2T_SP`, within: 0.1, timeout: 10_000 },
      writers: ['command', 'output'],
    },
    {
      ...base,
      tag: `${unit}.CV_SP`,
      min: 0,
      max: 100,
      maxStep: 20,
      minInterval: 1000,
      risk: 'middle',
      persons: 1,
      mode: { tag: `${unit}.MODE`, allow: ['manual', 'remote'] },
      readBack: { tag: `${unit}.CV_SP`, within: 0.5, timeout: 10_000 },
      writers: ['command', 'output'],
    },
    {
      ...base,
      tag: `${unit}.CP_SP`,
      min: 15,
      max: 50,
      maxStep: 10,
      minInterval: 5000,
      risk: 'middle',
      persons: 1,
      readBack: { tag: `${unit}.CP_SP`, within: 0.1, timeout: 10_000 },
      writers: ['command'],
    },
    {
      ...base,
      tag: `${unit}.BV_SP`,
      min: 0,
      max: 100,
      minInterval: 5000,
      risk: 'high',
      persons: 2,
      readBack: { tag: `${unit}.BV_SP`, within: 1, timeout: 10_000 },
      writers: ['command'],
    },
    {
      ...base,
      tag: `${unit}.MODE`,
      min: 0,
      max: 2,
      minInterval: 1000,
      risk: 'middle',
      persons: 1,
      readBack: { tag: `${unit}.MODE`, within: 0, timeout: 10_000 },
      writers: ['command'],
    },
  ];
}

function build(): Plant {
  const assets: Asset[] = [{ id: 'E01', type: 'enterprise', label: { zh: '城南热网', en: 'Chengnan network' } }];
  const tags: TagDefinition[] = [];
  const gate: GateRule[] = [];
  const add = (asset: Asset, measurands: readonly Measurand[], every: number): void => {
    assets.push(asset);
    tags.push(...tagsOf(asset, measurands, every));
  };
  add({ id: 'SRC001', type: 'source', label: { zh: '热电一厂首站', en: 'CHP plant no. 1' }, parent: 'E01' }, SOURCE_MEASURANDS, 5);
  add({ id: 'SRC001.CHP01', type: 'chp', label: { zh: '1号热电联产机组', en: 'CHP unit 1' }, parent: 'SRC001' }, CHP_MEASURANDS, 5);
  for (const n of [1, 2]) {
    add(
      { id: `SRC001.BLR0${n}`, type: 'boiler', label: { zh: `${n}号调峰锅炉`, en: `Peak boiler ${n}` }, parent: 'SRC001' },
      BOILER_MEASURANDS,
      5,
    );
    gate.push({
      tag: `SRC001.BLR0${n}.HE_SP`,
      min: 0,
      max: 58,
      maxStep: 10,
      minInterval: 5000,
      risk: 'high',
      persons: 2,
      readBack: { tag: `SRC001.BLR0${n}.HE_SP`, within: 0.1, timeout: 10_000 },
      writers: ['command'],
    });
  }
  gate.push({
    tag: 'SRC001.T_SP',
    min: 70,
    max: 125,
    maxStep: 10,
    minInterval: 5000,
    risk: 'high',
    persons: 2,
    readBack: { tag: 'SRC001.T_SP', within: 0.1, timeout: 10_000 },
    writers: ['command'],
  });
  add({ id: 'WX001', type: 'weather', label: { zh: '气象站', en: 'Weather station' }, parent: 'E01' }, WEATHER_MEASURANDS, 10);
  STATION_NAMES.forEach((name, index) => {
    const station = index + 1;
    add(
      { id: stationId(station), type: 'station', label: { zh: `${name.zh}换热站`, en: `${name.en} station` }, parent: 'E01' },
      STATION_MEASURANDS,
      10,
    );
    for (const unit of [1, 2]) {
      const id = unitId(station, unit);
      add(
        { id, type: 'unit', label: { zh: `${name.zh}${unit}号机组`, en: `${name.en} unit ${unit}` }, parent: stationId(station) },
        UNIT_MEASURANDS,
        10,
      );
      gate.push(...gateOf(id, stationId(station)));
      for (let user = 1; user <= HOUSEHOLDS_A_UNIT; user += 1) {
        add(
          {
            id: `${id}.USR${pad(user, 3)}`,
            type: 'household',
            label: { zh: `${name.zh}${unit}号机组 采样户${user}`, en: `${name.en} unit ${unit} household ${user}` },
            parent: id,
          },
          HOUSEHOLD_MEASURANDS,
          60,
        );
      }
    }
  });
  return { id: 'demo', assets, tags, gate };
}

/** The demo plant: 1 source with a CHP unit and 2 peak boilers, 8 stations with 2 units each, weather and sampled households. */
export const demoPlant: Plant = build();
