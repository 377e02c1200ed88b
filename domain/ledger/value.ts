import type { Text } from '../text.ts';
import { CODE } from './code.ts';
import type { Geometry, LedgerField, LedgerValue } from './definition.ts';

export type Checked = { readonly value: LedgerValue } | { readonly code: string; readonly text: Text };

const fault = (code: string, zh: string, en: string): Checked => ({ code, text: { zh, en } });
const wrongType = (zh: string, en: string): Checked => fault('LEDGER_FIELD_TYPE', `应为${zh}`, `must be ${en}`);

const MAX_TEXT = 200;
const MAX_ITEMS = 50;
const MAX_POINTS = 10_000;

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
}

function checkText(field: LedgerField & { readonly type: 'text' }, value: unknown): Checked {
  if (typeof value !== 'string') return wrongType('文字', 'a text');
  const text = value.trim();
  const max = field.maxLength ?? MAX_TEXT;
  if (text.length > max) return fault('LEDGER_FIELD_LENGTH', `最多 ${max} 个字符`, `at most ${max} characters`);
  if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, 'u').test(text))
    return fault('LEDGER_FIELD_PATTERN', `格式应为 ${field.pattern}`, `must look like ${field.pattern}`);
  return { value: text };
}

function checkNumber(field: LedgerField & { readonly type: 'number' | 'integer' }, value: unknown): Checked {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType('数值', 'a number');
  if (field.type === 'integer' && !Number.isSafeInteger(value)) return wrongType('整数', 'a whole number');
  const unit = field.unit === undefined ? '' : ` ${field.unit}`;
  if (field.min !== undefined && value < field.min)
    return fault('LEDGER_FIELD_RANGE', `不小于 ${field.min}${unit}`, `at least ${field.min}${unit}`);
  if (field.max !== undefined && value > field.max)
    return fault('LEDGER_FIELD_RANGE', `不大于 ${field.max}${unit}`, `at most ${field.max}${unit}`);
  return { value };
}

function checkList(field: LedgerField & { readonly type: 'list' }, value: unknown): Checked {
  if (!Array.isArray(value)) return wrongType('列表', 'a list');
  const items: string[] = [];
  for (const item of value) {
    if (typeof item !== 'string' || item.trim().length > MAX_TEXT) return wrongType('文字列表', 'a list of texts');
    if (item.trim() !== '' && !items.includes(item.trim())) items.push(item.trim());
  }
  const max = field.maxItems ?? MAX_ITEMS;
  return items.length > max ? fault('LEDGER_FIELD_LENGTH', `最多 ${max} 项`, `at most ${max} items`) : { value: items };
}

const isPosition = (value: unknown): boolean =>
  Array.isArray(value) &&
  (value.length === 2 || value.length === 3) &&
  value.every((part) => typeof part === 'number' && Number.isFinite(part)) &&
  Math.abs(Number(value[0])) <= 180 &&
  Math.abs(Number(value[1])) <= 90;

const isRing = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 4 && value.every(isPosition) && JSON.stringify(value[0]) === JSON.stringify(value.at(-1));

function positionsOf(geometry: Geometry): boolean {
  const { type, coordinates } = geometry;
  if (type === 'Point') return isPosition(coordinates);
  if (type === 'LineString') return coordinates.length >= 2 && coordinates.length <= MAX_POINTS && coordinates.every(isPosition);
  return coordinates.length >= 1 && coordinates.length <= MAX_POINTS && coordinates.every(isRing);
}

export function isGeometry(value: unknown): value is Geometry {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('coordinates' in value)) return false;
  return ['Point', 'LineString', 'Polygon'].includes(String(value.type)) && Array.isArray(value.coordinates);
}

function checkGeo(field: LedgerField & { readonly type: 'geo' }, value: unknown): Checked {
  const bad = fault(
    'LEDGER_FIELD_GEO',
    `应为 GeoJSON ${field.geometry}，经度在前，单位为度`,
    `must be a GeoJSON ${field.geometry}, longitude first, in degrees`,
  );
  if (!isGeometry(value) || value.type !== field.geometry || !positionsOf(value)) return bad;
  return { value: { type: value.type, coordinates: value.coordinates } };
}

/** One value from outside against its field. Whether a reference exists and a unique value is free, the store tells. */
export function checkValue(field: LedgerField, value: unknown): Checked {
  switch (field.type) {
    case 'text':
      return checkText(field, value);
    case 'number':
    case 'integer':
      return checkNumber(field, value);
    case 'boolean':
      return typeof value === 'boolean' ? { value } : wrongType('是或否', 'yes or no');
    case 'date':
      return typeof value === 'string' && isDay(value) ? { value } : wrongType('日期 2026-01-31', 'a date like 2026-01-31');
    case 'enum': {
      const found = field.options.find((option) => option.value === value);
      const all = (language: 'zh' | 'en'): string => field.options.map((option) => option.label[language]).join(', ');
      return found ? { value: found.value } : fault('LEDGER_FIELD_OPTION', `应为其一: ${all('zh')}`, `must be one of ${all('en')}`);
    }
    case 'reference':
      return typeof value === 'string' && CODE.test(value) ? { value } : wrongType('记录编号', 'the code of a record');
    case 'list':
      return checkList(field, value);
    case 'geo':
      break;
  }
  return checkGeo(field, value);
}
