import type { Asset } from '#domain/tag.ts';
import { mobileOf, nameOf, pad } from './people.ts';

/** A record of a ledger as it is shipped. */
export interface PlantRecord {
  readonly type: string;
  readonly code: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export const at = (east: number, north: number): { readonly type: 'Point'; readonly coordinates: readonly number[] } => ({
  type: 'Point',
  coordinates: [Number((116.0412 + east).toFixed(5)), Number((38.8725 + north).toFixed(5))],
});
/** Stations lie on a ring around the source. */
export const placeOf = (n: number): readonly [number, number] => [
  0.02 * Math.cos((n * Math.PI) / 4) * (1 + n / 16),
  0.016 * Math.sin((n * Math.PI) / 4) * (1 + n / 16),
];

/** Nodes and pipes of the primary network: one pipe from the source to each station. */
export function network(stations: readonly Asset[]): PlantRecord[] {
  const node = (n: number): string => `NOD${pad(n, 4)}`;
  return [
    {
      type: 'network-node',
      code: node(1),
      values: { name: '热电一厂出口', kind: 'source', source: 'SRC001', location: at(0, 0), elevation: 42 },
    },
    ...stations.map((station, index) => ({
      type: 'network-node',
      code: node(index + 2),
      values: {
        name: `${station.label.zh}入口`,
        kind: 'station',
        station: station.id,
        location: at(...placeOf(index + 1)),
        elevation: 40 + index,
      },
    })),
    ...stations.map((station, index) => ({
      type: 'pipe',
      code: `PIP${pad(index + 1, 4)}`,
      values: {
        name: `热电一厂—${station.label.zh}`,
        network: 'primary',
        medium: 'pair',
        from: node(1),
        to: node(index + 2),
        course: { type: 'LineString', coordinates: [at(0, 0).coordinates, at(...placeOf(index + 1)).coordinates] },
        diameter: 200,
        length: 1400 + index * 250,
        laying: 'buried',
        designPressure: 1.6,
        designTemperature: 130,
        laidOn: '2009-08-01',
      },
    })),
  ];
}

const STEAM = [
  ['恒丰化工', 'chemical', 18],
  ['锦绣纺织', 'textile', 12],
  ['北方食品', 'food', 8],
] as const;

/** The industrial customers of the steam header, with their contracts. */
export const steam = (): PlantRecord[] =>
  STEAM.flatMap(([name, trade, flow], index): PlantRecord[] => {
    const customer = `STC${pad(index + 1, 3)}`;
    return [
      {
        type: 'steam-customer',
        code: customer,
        values: {
          name,
          source: 'SRC001',
          trade,
          pressure: 1,
          temperature: 280,
          maximumFlow: flow,
          contact: nameOf(200 + index),
          contactMobile: mobileOf(200 + index),
        },
      },
      {
        type: 'steam-contract',
        code: `STK${pad(index + 1, 3)}`,
        values: {
          contractNo: `ZQ-2026-0${index + 1}`,
          customer,
          from: '2026-01-01',
          until: '2027-12-31',
          state: 'active',
          agreedFlow: flow,
          minimumShare: 60,
          price: 235,
        },
      },
    ];
  });
