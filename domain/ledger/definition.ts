import type { Text } from '../text.ts';

/** Level of data protection (security.md 5): 1 public, 2 internal, 3 sensitive, 4 highly sensitive. */
type Level = 1 | 2 | 3 | 4;
/** What kind of data a field holds; with the level it decides on masks and encryption. */
type DataClass = 'operation' | 'asset' | 'personal' | 'business' | 'security';
/** How a masked text still reads (security.md 5); without one nothing of it is shown. */
export type MaskKind = 'name' | 'phone' | 'landline' | 'id-card' | 'address' | 'bank-card' | 'email';

interface FieldBase {
  readonly label: Text;
  readonly hint?: Text;
  readonly required?: boolean;
  /** No two records have the same value. */
  readonly unique?: boolean;
  readonly class: DataClass;
  readonly level: Level;
}

interface TextField extends FieldBase {
  readonly type: 'text';
  /** Characters, 200 when left out. */
  readonly maxLength?: number;
  /** The whole text must match. */
  readonly pattern?: string;
  readonly mask?: MaskKind;
  /** Several lines in the form. */
  readonly lines?: boolean;
}

interface Numeric extends FieldBase {
  /** Display unit: `°C`, `MPa`, `m2`; left out for counts. */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
}

interface NumberField extends Numeric {
  readonly type: 'number';
}

interface IntegerField extends Numeric {
  readonly type: 'integer';
}

interface BooleanField extends FieldBase {
  readonly type: 'boolean';
}

/** A day of the calendar, `2026-01-31`. */
interface DateField extends FieldBase {
  readonly type: 'date';
}

interface EnumOption {
  readonly value: string;
  readonly label: Text;
}

interface EnumField extends FieldBase {
  readonly type: 'enum';
  readonly options: readonly EnumOption[];
}

/** The code of a record of another (or the same) type. */
interface ReferenceField extends FieldBase {
  readonly type: 'reference';
  readonly ledger: string;
}

/** Several texts, each once. */
interface ListField extends FieldBase {
  readonly type: 'list';
  readonly maxItems?: number;
}

/** GeoJSON geometry in CGCS2000/WGS-84 degrees (ui.md 6). */
interface GeoField extends FieldBase {
  readonly type: 'geo';
  readonly geometry: 'Point' | 'LineString' | 'Polygon';
}

export type LedgerField =
  | TextField
  | NumberField
  | IntegerField
  | BooleanField
  | DateField
  | EnumField
  | ReferenceField
  | ListField
  | GeoField;

/** A limit that holds for the whole record, often only for some of them. */
export interface LedgerCheck {
  /** All of these fields have one of these values; left out: always. */
  readonly when?: Readonly<Record<string, readonly (string | boolean)[]>>;
  readonly field: string;
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** At least `times` the other field. */
  readonly atLeast?: { readonly field: string; readonly times: number };
  /** More than `times` the other field. */
  readonly moreThan?: { readonly field: string; readonly times: number };
  readonly equals?: string | boolean;
  /** What a person reads when it does not hold, with the clause: `smart-heating 5.2 c`. */
  readonly text: Text;
}

interface LedgerGroup {
  readonly label: Text;
  readonly fields: readonly string[];
}

/** 台账类型: one definition makes storage, interface, form, list, import and masks. Pure data. */
export interface LedgerType {
  readonly id: string;
  readonly label: Text;
  /** How records are numbered: `STA{nnn}`, `{station}.UNT{nn}` (a reference in braces stands for its code). */
  readonly code: string;
  readonly fields: Readonly<Record<string, LedgerField>>;
  /** The form, in order; every field stands in exactly one group. */
  readonly groups: readonly LedgerGroup[];
  /** The field that names a record. */
  readonly title: string;
  /** Columns of the list besides the code. */
  readonly columns: readonly string[];
  readonly checks?: readonly LedgerCheck[];
  /** Place in the menu; types without one come last. */
  readonly order?: number;
}

/** A GeoJSON geometry as a record keeps it. */
export interface Geometry {
  readonly type: 'Point' | 'LineString' | 'Polygon';
  readonly coordinates: readonly unknown[];
}

export type LedgerValue = string | number | boolean | readonly string[] | Geometry;
export type LedgerValues = Readonly<Record<string, LedgerValue>>;

/** A fault of one field of a record; `field` is empty for the code. */
export interface FieldFault {
  readonly field: string;
  readonly code: string;
  readonly text: Text;
}

/** Whether readers without `pii.read` see the field masked (security.md 5). */
export const isMasked = (field: LedgerField): boolean => field.level >= 3;
/** Whether the value is encrypted at rest: personal data of level 3 and 4. */
export const isSealed = (field: LedgerField): boolean => field.class === 'personal' && field.level >= 3;
