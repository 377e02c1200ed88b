import type { Geometry, LedgerField, LedgerValue, MaskKind } from './definition.ts';

/** Family names of two characters that a mask must not cut (security.md 5: 欧阳*). */
const TWO = new Set([
  '欧阳',
  '司马',
  '上官',
  '诸葛',
  '东方',
  '皇甫',
  '尉迟',
  '公孙',
  '慕容',
  '令狐',
  '司徒',
  '夏侯',
  '端木',
  '南宫',
  '轩辕',
]);

const stars = (n: number): string => '*'.repeat(Math.max(0, n));
const ends = (text: string, head: number, tail: number): string =>
  text.length <= head + tail ? stars(text.length) : text.slice(0, head) + stars(text.length - head - tail) + text.slice(text.length - tail);

function maskName(text: string): string {
  const letters = Array.from(text);
  const family = TWO.has(letters.slice(0, 2).join('')) && letters.length > 2 ? 2 : 1;
  return letters.length <= 1 ? stars(letters.length) : letters.slice(0, family).join('') + stars(letters.length - family);
}

/** The address as far as the community; building, unit and room are stars: 枫林苑*号楼*单元*室. */
function maskAddress(text: string): string {
  const house = /\d/.exec(text);
  return house ? text.slice(0, house.index) + text.slice(house.index).replaceAll(/[0-9A-Za-z-]+/g, '*') : text;
}

function maskEmail(text: string): string {
  const at = text.indexOf('@');
  return at < 1 ? stars(3) : `${text.slice(0, 1)}***${text.slice(at)}`;
}

const MASKS: Readonly<Record<MaskKind, (text: string) => string>> = {
  name: maskName,
  phone: (text) => ends(text, 3, 4),
  landline: (text) => (text.includes('-') ? `${text.slice(0, text.indexOf('-') + 1)}****${text.slice(-4)}` : ends(text, 0, 4)),
  'id-card': (text) => ends(text, 3, 4),
  address: maskAddress,
  'bank-card': (text) => ends(text, 0, 4),
  email: maskEmail,
};

function roundTwo(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 100) / 100;
  return Array.isArray(value) ? value.map(roundTwo) : value;
}

const roundGeometry = (geometry: Geometry): Geometry => ({ ...geometry, coordinates: geometry.coordinates.map(roundTwo) });

/** What a reader without the right sees of a value; undefined = nothing. Level 4 never shows a part of itself. */
export function maskValue(field: LedgerField, value: LedgerValue): LedgerValue | undefined {
  if (field.level >= 4) return undefined;
  if (field.type === 'text' && typeof value === 'string') return field.mask === undefined ? undefined : MASKS[field.mask](value);
  if (field.type === 'geo' && typeof value === 'object' && 'coordinates' in value) return roundGeometry(value);
  return undefined;
}
