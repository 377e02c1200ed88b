import type { LedgerField, LedgerValue } from './definition.ts';
import { isGeometry } from './value.ts';

/** A cell of a spreadsheet. */
export type Cell = string | number | boolean | null;

const YES = new Set(['是', 'yes', 'true', '1', 'y', '√']);
const NO = new Set(['否', 'no', 'false', '0', 'n', '×']);
const LIST_SEPARATOR = /[;；\n]/;

/** A value as a cell: options by their label in the language, lists with `;`, geometry as `longitude latitude` or GeoJSON. */
export function cellOf(field: LedgerField, value: LedgerValue | undefined, language: 'zh' | 'en'): Cell {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return language === 'zh' ? (value ? '是' : '否') : value ? 'yes' : 'no';
  if (typeof value === 'number') return value;
  if (typeof value === 'string')
    return field.type === 'enum' ? (field.options.find((option) => option.value === value)?.label[language] ?? value) : value;
  return isGeometry(value) ? JSON.stringify(value) : value.join('; ');
}

function textOf(cell: Cell): string {
  return cell === null ? '' : String(cell).trim();
}

function geoOf(text: string): unknown {
  const point = /^(-?\d+(?:\.\d+)?)[\s,，]+(-?\d+(?:\.\d+)?)$/.exec(text);
  if (point) return { type: 'Point', coordinates: [Number(point[1]), Number(point[2])] };
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Said with the rest of the faults by the check of the value.
    return text;
  }
}

function booleanOf(text: string): unknown {
  const word = text.toLowerCase();
  return YES.has(word) ? true : NO.has(word) ? false : text;
}

const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i;

/** What a cell means for the field, still to be checked by `checkValue`; undefined = empty. Both languages are understood. */
export function valueOfCell(field: LedgerField, cell: Cell): unknown {
  const text = textOf(cell);
  if (text === '') return undefined;
  switch (field.type) {
    case 'number':
    case 'integer': {
      if (typeof cell === 'number') return cell;
      const plain = text.replaceAll(/[\s,]/g, '');
      return NUMBER.test(plain) ? Number(plain) : text;
    }
    case 'boolean':
      return typeof cell === 'boolean' ? cell : booleanOf(text);
    case 'enum':
      return field.options.find((option) => [option.value, option.label.zh, option.label.en].includes(text))?.value ?? text;
    case 'list':
      return text
        .split(LIST_SEPARATOR)
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'geo':
      return geoOf(text);
    case 'date':
      return text
        .replaceAll(/[/.年月]/g, '-')
        .replace(/日$/, '')
        .replaceAll(/-(\d)(?=-|$)/g, '-0$1');
    case 'text':
    case 'reference':
      break;
  }
  return text;
}
