import type { Asset } from '#domain/tag.ts';
import type { Plant } from './define.ts';
import { at, network, placeOf, steam } from './demo-network.ts';
import type { PlantRecord } from './demo-network.ts';
import { mobileOf, nameOf, pad } from './people.ts';

const BUILDINGS_A_UNIT = 6;
const HOUSEHOLDS_A_BUILDING = 4;
const round = (value: number, step: number): number => Math.round(value / step) * step;
const childrenOf = (plant: Plant, parent: string, type: Asset['type']): readonly Asset[] =>
  plant.assets.filter((asset) => asset.parent === parent && asset.type === type);

function heatSource(plant: Plant, source: Asset): PlantRecord[] {
  const boilers = childrenOf(plant, source.id, 'boiler');
  const device = { maker: '华北锅炉厂', model: 'SZS58-1.6/130/70-Q' };
  return [
    {
      type: 'heat-source',
      code: source.id,
      values: {
        name: source.label.zh,
        enterprise: 'E01',
        kind: 'chp',
        fuel: 'gas',
        address: '城南工业路 1 号',
        location: at(0, 0),
        commissioned: '2009-10-20',
        ratedHeat: 186,
        boilers: boilers.length,
        circulationPumps: 4,
        circulationFlow: 1600,
        circulationHead: 80,
        makeUpCapacity: 40,
        holdingPressure: 0.3,
        designSupply: 110,
        designReturn: 60,
        designPressure: 1.6,
        heatedArea: 1_000_000,
      },
    },
    ...boilers.map((boiler, index) => ({
      type: 'boiler',
      code: boiler.id,
      values: {
        name: boiler.label.zh,
        source: source.id,
        medium: 'hot-water',
        fuel: index === 0 ? 'gas' : 'coal',
        ratedHeat: index === 0 ? 60 : 58,
        ratedPressure: 1.6,
        ratedSupply: 130,
        efficiency: index === 0 ? 92 : 85,
        inspectionDue: '2027-09-30',
        commissioned: '2012-10-15',
        ...device,
        serial: `BLR-2012-0${index + 1}`,
      },
    })),
    ...childrenOf(plant, source.id, 'chp').map((chp) => ({
      type: 'chp-unit',
      code: chp.id,
      values: {
        name: chp.label.zh,
        source: source.id,
        kind: 'extraction',
        ratedPower: 50,
        ratedHeat: 70,
        minimumPower: 15,
        extractionPressure: 1,
        commissioned: '2009-11-01',
        overhaulDue: '2028-06-30',
        maker: '东方汽轮机厂',
        model: 'C50-8.83/0.98',
        serial: 'C50-0907',
      },
    })),
    ...[1, 2, 3, 4].map((n) => pumpOf(n, `${n}号循环泵`, 'circulation', { source: source.id }, [400, 80, 160])),
  ];
}

function pumpOf(
  n: number,
  name: string,
  duty: string,
  place: Readonly<Record<string, string>>,
  [ratedFlow, head, power]: readonly [number, number, number],
): PlantRecord {
  const automatic = duty === 'make-up' ? { automatic: true } : {};
  const smart = { variableSpeed: true, selfDiagnosis: true, ...automatic };
  return { type: 'pump', code: `PMP${pad(n, 3)}`, values: { name, duty, ...place, ratedFlow, head, power, speed: 1480, ...smart } };
}

function stationRecords(plant: Plant, station: Asset, n: number): PlantRecord[] {
  const [east, north] = placeOf(n);
  const units = childrenOf(plant, station.id, 'unit');
  const name = station.label.zh.replace('换热站', '');
  const gateway = `GTW${pad(n, 3)}`;
  return [
    {
      type: 'station',
      code: station.id,
      values: {
        name: station.label.zh,
        enterprise: 'E01',
        source: 'SRC001',
        branch: ['东线', '西线', '中线'][n % 3],
        kind: 'indirect',
        mode: 'unattended',
        address: `${name}路 ${n * 8} 号`,
        location: at(east, north),
        commissioned: `${2009 + n}-10-18`,
        heatedArea: 125_000,
        designLoad: 6,
        units: units.length,
        primarySupply: 110,
        primaryReturn: 60,
        primaryPressure: 1.6,
        tankVolume: 6,
        protocol: 'modbus-tcp',
        controllerAddress: `10.20.${n}.10:502`,
        onLinkLoss: 'hold',
        powerSupply: 'single',
        manager: nameOf(n),
        managerMobile: mobileOf(n),
      },
    },
    {
      type: 'community',
      code: `COM${pad(n, 3)}`,
      values: {
        name: `${name}小区`,
        kind: n === 3 || n === 6 ? 'public' : 'residential',
        station: station.id,
        district: '城南区',
        address: `${name}路 ${n * 8} 号`,
        residentialArea: n === 3 || n === 6 ? 0 : 120_000,
        publicArea: n === 3 || n === 6 ? 120_000 : 5000,
        buildings: units.length * BUILDINGS_A_UNIT,
        households: units.length * BUILDINGS_A_UNIT * HOUSEHOLDS_A_BUILDING,
        builtIn: 2004 + n,
        property: `${name}物业`,
        propertyContact: nameOf(100 + n),
        propertyMobile: mobileOf(100 + n),
      },
    },
    {
      type: 'gateway',
      code: gateway,
      values: {
        name: `${name}网关`,
        station: station.id,
        link: 'fibre',
        backup: '4g',
        protocols: ['Modbus TCP', 'MQTT'],
        edge: true,
        unshielded: true,
        coverage: true,
        address: `10.20.${n}.1`,
      },
    },
    pumpOf(20 + n, `${name}补水泵`, 'make-up', { station: station.id }, [6, 45, 3]),
    ...units.flatMap((unit, index) => unitRecords(plant, station, unit, (n - 1) * units.length + index + 1, n)),
  ];
}

function unitRecords(plant: Plant, station: Asset, unit: Asset, n: number, community: number): PlantRecord[] {
  return [
    {
      type: 'unit',
      code: unit.id,
      values: {
        name: unit.label.zh,
        station: station.id,
        zone: n % 2 === 1 ? 'low' : 'high',
        emitter: n % 4 === 0 ? 'floor' : 'radiator',
        commissioned: '2014-10-18',
        heatedArea: 62_500,
        designLoad: 3,
        exchangers: 1,
        exchangeArea: 60,
        secondarySupply: n % 4 === 0 ? 50 : 60,
        secondaryReturn: n % 4 === 0 ? 40 : 45,
        secondaryPressure: 0.3,
        makeUpDesign: 2,
        pumps: 2,
        valveSize: 100,
        monitored: true,
        automatic: true,
        remote: true,
        maker: '四方换热',
        model: 'BR0.6',
        serial: `BR-${pad(n, 4)}`,
      },
    },
    pumpOf(40 + n, `${unit.label.zh}循环泵`, 'circulation', { station: station.id, unit: unit.id }, [180, 28, 22]),
    ...['2T_S', '2T_R', '2P_S'].map((measurand, index) => sensorOf(station, unit, measurand, (n - 1) * 3 + index + 1)),
    ...Array.from({ length: BUILDINGS_A_UNIT }, (_, index) => buildingRecords(plant, unit, n, index + 1, community)).flat(),
  ];
}

function sensorOf(station: Asset, unit: Asset, measurand: string, n: number): PlantRecord {
  const isPressure = measurand.startsWith('2P');
  return {
    type: 'sensor',
    code: `SNS${pad(n, 4)}`,
    values: {
      measures: isPressure ? 'pressure' : 'pipe-temperature',
      tag: `${unit.id}.${measurand}`,
      station: station.id,
      unit: unit.id,
      rangeLow: 0,
      rangeHigh: isPressure ? 1.6 : 150,
      rangeUnit: isPressure ? 'MPa' : '°C',
      ...(isPressure ? { accuracyClass: 0.5, designPressure: 1 } : { accuracy: 0.5 }),
      pipeDiameter: 150,
      distance: 900,
      installed: '2014-10-10',
      calibrated: '2025-09-15',
      calibrationDue: '2027-09-15',
      certificate: true,
      signalGood: true,
      faultTested: true,
      accepted: '2014-10-16',
      serial: `SN-${pad(n, 5)}`,
    },
  };
}

function buildingRecords(plant: Plant, unit: Asset, n: number, b: number, community: number): PlantRecord[] {
  const code = `BLD${pad((n - 1) * BUILDINGS_A_UNIT + b, 4)}`;
  const area = round(10_400 + ((n * 13 + b * 7) % 9) * 100, 100);
  const isPublic = community === 3 || community === 6;
  const building: PlantRecord = {
    type: 'building',
    code,
    values: {
      name: `${n % 2 === 1 ? b : b + BUILDINGS_A_UNIT}号楼`,
      community: `COM${pad(community, 3)}`,
      unit: unit.id,
      kind: isPublic ? 'public' : 'residential',
      floors: n % 2 === 1 ? 6 : 18,
      entrances: 4,
      heatedArea: area,
      households: HOUSEHOLDS_A_BUILDING,
      builtIn: 2004 + community,
      insulation: community > 5 ? '65' : '50',
      heatIndex: community > 5 ? 38 : 47,
      emitter: n % 4 === 0 ? 'floor' : 'radiator',
      meter: `HM-${code}`,
      valve: 'balance',
    },
  };
  return [
    building,
    ...Array.from({ length: HOUSEHOLDS_A_BUILDING }, (_, index) => householdRecords(plant, unit, code, n, b, index + 1)).flat(),
  ];
}

function householdRecords(plant: Plant, unit: Asset, building: string, n: number, b: number, h: number): PlantRecord[] {
  const number = (b - 1) * HOUSEHOLDS_A_BUILDING + h;
  const code = `${unit.id}.USR${pad(number, 3)}`;
  const serial = (n - 1) * BUILDINGS_A_UNIT * HOUSEHOLDS_A_BUILDING + number;
  const household: PlantRecord = {
    type: 'household',
    code,
    values: {
      unit: unit.id,
      building,
      room: `${h}-${pad((serial % 6) + 1, 1)}0${(serial % 2) + 1}`,
      kind: 'resident',
      accountNo: `3301${pad(serial, 6)}`,
      holder: nameOf(serial + 31),
      mobile: mobileOf(serial + 211),
      address: `城南区${unit.label.zh.replace(/\d号机组/, '')}小区${b}号楼${h}单元${(serial % 6) + 1}0${(serial % 2) + 1}室`,
      heatedArea: 78 + (serial % 7) * 8,
      position: (['middle', 'edge', 'top', 'bottom'] as const)[serial % 4],
      metering: serial % 5 === 0 ? 'meter' : 'area',
      ...(serial % 5 === 0 ? { meter: `UHM-${pad(serial, 5)}` } : {}),
      connected: serial % 9 !== 0,
      emitter: n % 4 === 0 ? 'floor' : 'radiator',
    },
  };
  // Those with tags have a room sensor.
  if (!plant.assets.some((asset) => asset.id === code)) return [household];
  const collector = { household: code, place: 'living-room', accuracy: 0.3, height: 1.3, noHeatNearby: true, period: 60, link: 'nb-iot' };
  return [
    household,
    { type: 'room-collector', code: `RTC${pad((n - 1) * 2 + h, 4)}`, values: { ...collector, serial: `RT-${pad(serial, 5)}` } },
  ];
}

/** The ledgers of a plant as they are when it is new: what the dictionary knows, with the data that people keep about it. */
export function plantRecords(plant: Plant): readonly PlantRecord[] {
  const stations = plant.assets.filter((asset) => asset.type === 'station');
  const enterprise = plant.assets.find((asset) => asset.type === 'enterprise');
  const values = {
    name: `${enterprise?.label.zh ?? ''}有限公司`,
    shortName: enterprise?.label.zh,
    hotline: '0571-96000',
    heatedArea: 1_000_000,
    staff: 86,
  };
  return [
    { type: 'enterprise', code: 'E01', values: { ...values, address: '城南工业路 1 号', legalPerson: nameOf(3), founded: '2005-06-01' } },
    ...(['head', 'safety', 'production', 'dispatch', 'service', 'data'] as const).map((duty, index) => ({
      type: 'responsible-person',
      code: `PSN${pad(index + 1, 3)}`,
      values: { name: nameOf(50 + index), enterprise: 'E01', duty, mobile: mobileOf(50 + index), since: '2022-03-01' },
    })),
    ...plant.assets.filter((asset) => asset.type === 'source').flatMap((source) => heatSource(plant, source)),
    ...stations.flatMap((station, index) => stationRecords(plant, station, index + 1)),
    ...network(stations),
    ...steam(),
  ];
}
