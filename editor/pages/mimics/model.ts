import type { Text } from '#domain/text.ts';

type Medium = 'supply' | 'return' | 'supply2' | 'return2' | 'makeup';
export interface MimicSymbol {
  readonly id: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly rot: number;
  readonly bold: boolean;
  readonly text?: Text;
  readonly bind: Readonly<Record<string, string>>;
  /** Picture that a click opens. */
  readonly to?: string;
}
export interface MimicPipe {
  readonly from: string;
  readonly to: string;
  readonly medium: Medium;
  readonly waypoints: readonly Point[];
}
export interface Mimic {
  readonly id: string;
  readonly title: Text;
  readonly size: Point;
  readonly symbols: readonly MimicSymbol[];
  readonly pipes: readonly MimicPipe[];
}
export type Point = readonly [x: number, y: number];

/** Named nozzles of each symbol, from its origin; pipes dock only to them. */
const NOZZLES: Readonly<Record<string, Readonly<Record<string, Point>>>> = {
  junction: { N: [0, 0] },
  plant: { N1: [132, 16], N2: [132, 44] },
  station: { N1: [0, 34], N2: [0, 70] },
  'control-valve': { N1: [-14, 0], N2: [14, 0] },
  'branch-valve': { N1: [-14, 0], N2: [14, 0] },
  pump: { N1: [-15, 0], N2: [15, 0] },
  hx: { N1: [-22, -14], N2: [-22, 14], N3: [22, -14], N4: [22, 14] },
  building: { N1: [-20, -14], N2: [-20, 14] },
  value: {},
  text: {},
};
const MEDIA: readonly Medium[] = ['supply', 'return', 'supply2', 'return2', 'makeup'];

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const fail = (place: string, why: string): never => {
  throw new Error(`${place}: ${why}`);
};

function readText(value: unknown, place: string): Text {
  if (!isRecord(value) || typeof value['zh'] !== 'string' || typeof value['en'] !== 'string') return fail(place, 'needs zh and en');
  return { zh: value['zh'], en: value['en'] };
}
function readPoint(value: unknown, place: string): Point {
  if (!Array.isArray(value) || typeof value[0] !== 'number' || typeof value[1] !== 'number') return fail(place, 'needs [x, y]');
  return [value[0], value[1]];
}
function readSymbol(value: unknown, place: string): MimicSymbol {
  if (!isRecord(value) || typeof value['id'] !== 'string' || typeof value['type'] !== 'string') return fail(place, 'needs id and type');
  const { id, type, x, y, rot, bold, text, bind, to } = value;
  if (!(type in NOZZLES)) return fail(`${place}.type`, `unknown symbol ${type}`);
  if (typeof x !== 'number' || typeof y !== 'number') return fail(place, 'needs x and y');
  const bound = isRecord(bind)
    ? Object.fromEntries(Object.entries(bind).flatMap(([key, tag]) => (typeof tag === 'string' ? [[key, tag]] : [])))
    : {};
  return {
    id,
    type,
    x,
    y,
    rot: typeof rot === 'number' ? rot : 0,
    bold: bold === true,
    bind: bound,
    ...(text === undefined ? {} : { text: readText(text, `${place}.text`) }),
    ...(typeof to === 'string' ? { to } : {}),
  };
}
function readPipe(value: unknown, place: string): MimicPipe {
  if (!isRecord(value) || typeof value['from'] !== 'string' || typeof value['to'] !== 'string') return fail(place, 'needs from and to');
  const medium = MEDIA.find((one) => one === value['medium']) ?? fail(`${place}.medium`, 'unknown medium');
  const waypoints = Array.isArray(value['waypoints'])
    ? value['waypoints'].map((point: unknown, i) => readPoint(point, `${place}.waypoints[${i}]`))
    : [];
  return { from: value['from'], to: value['to'], medium, waypoints };
}

/** Parses a `*.mimic.json`. @throws Error with the place of the fault. */
export function parseMimic(value: unknown): Mimic {
  if (!isRecord(value) || value['schema'] !== 1 || typeof value['id'] !== 'string') return fail('mimic', 'needs schema 1 and an id');
  const symbols = Array.isArray(value['symbols'])
    ? value['symbols'].map((one: unknown, i) => readSymbol(one, `symbols[${i}]`))
    : fail('symbols', 'missing');
  const pipes = Array.isArray(value['pipes'])
    ? value['pipes'].map((one: unknown, i) => readPipe(one, `pipes[${i}]`))
    : fail('pipes', 'missing');
  const mimic: Mimic = {
    id: value['id'],
    title: readText(value['title'], 'title'),
    size: readPoint(value['size'], 'size'),
    symbols,
    pipes,
  };
  pipes.forEach((pipe, i) => {
    for (const end of [pipe.from, pipe.to]) if (!nozzle(mimic, end)) fail(`pipes[${i}]`, `no nozzle ${end}`);
  });
  return mimic;
}

/** Position of `symbol.nozzle` on the picture. */
export function nozzle(mimic: Mimic, end: string): Point | undefined {
  const [id, name = ''] = end.split('.');
  const symbol = mimic.symbols.find((one) => one.id === id);
  const offset = symbol === undefined ? undefined : NOZZLES[symbol.type]?.[name];
  if (!symbol || !offset) return undefined;
  const angle = (symbol.rot * Math.PI) / 180;
  return [
    symbol.x + Math.round(offset[0] * Math.cos(angle) - offset[1] * Math.sin(angle)),
    symbol.y + Math.round(offset[0] * Math.sin(angle) + offset[1] * Math.cos(angle)),
  ];
}

/** Path of a pipe from nozzle to nozzle. */
export function pipePath(mimic: Mimic, pipe: MimicPipe): string {
  const points = [nozzle(mimic, pipe.from), ...pipe.waypoints, nozzle(mimic, pipe.to)].filter(
    (point): point is Point => point !== undefined,
  );
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

/** A bound tag of this picture's asset: `{asset}.1T_S` on STA007 is STA007.1T_S. */
export const bindTag = (template: string, asset: string): string => template.replaceAll('{asset}', asset);
