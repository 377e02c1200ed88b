import type { LedgerField, MaskKind } from '#domain/ledger/definition.ts';

type Of<T extends LedgerField['type']> = Extract<LedgerField, { readonly type: T }>;
type More<T extends LedgerField['type']> = Partial<Omit<Of<T>, 'type' | 'label'>>;

/** What most fields of a plant are: data of equipment, for everybody inside. */
const INTERNAL = { class: 'asset', level: 2 } as const;

export const text = (zh: string, en: string, more: More<'text'> = {}): LedgerField => ({
  type: 'text',
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
/** `unit` as it is shown; empty for a bare number. */
export const number = (zh: string, en: string, unit: string, range: readonly [number, number], more: More<'number'> = {}): LedgerField => ({
  type: 'number',
  label: { zh, en },
  ...INTERNAL,
  ...(unit === '' ? {} : { unit }),
  min: range[0],
  max: range[1],
  ...more,
});
export const count = (zh: string, en: string, max: number, more: More<'integer'> = {}): LedgerField => ({
  type: 'integer',
  label: { zh, en },
  ...INTERNAL,
  min: 0,
  max,
  ...more,
});
export const yesNo = (zh: string, en: string, more: More<'boolean'> = {}): LedgerField => ({
  type: 'boolean',
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
export const day = (zh: string, en: string, more: More<'date'> = {}): LedgerField => ({
  type: 'date',
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
export const list = (zh: string, en: string, more: More<'list'> = {}): LedgerField => ({
  type: 'list',
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
export const refer = (ledger: string, zh: string, en: string, more: More<'reference'> = {}): LedgerField => ({
  type: 'reference',
  ledger,
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
export const geo = (zh: string, en: string, geometry: 'Point' | 'LineString' | 'Polygon', more: More<'geo'> = {}): LedgerField => ({
  type: 'geo',
  geometry,
  label: { zh, en },
  ...INTERNAL,
  ...more,
});
/** Options as `[value, 中文, English]`. */
export const choice = (
  zh: string,
  en: string,
  options: readonly (readonly [string, string, string])[],
  more: More<'enum'> = {},
): LedgerField => ({
  type: 'enum',
  label: { zh, en },
  ...INTERNAL,
  options: options.map(([value, label, english]) => ({ value, label: { zh: label, en: english } })),
  ...more,
});

/** Personal data of level 3: masked for most and sealed at rest. */
const personal = (zh: string, en: string, mask: MaskKind, more: More<'text'>): LedgerField =>
  text(zh, en, { class: 'personal', level: 3, mask, ...more });
export const personName = (zh: string, en: string, more: More<'text'> = {}): LedgerField =>
  personal(zh, en, 'name', { maxLength: 60, ...more });
export const mobile = (zh: string, en: string, more: More<'text'> = {}): LedgerField =>
  personal(zh, en, 'phone', { pattern: '1[3-9]\\d{9}', ...more });
export const email = (zh: string, en: string, more: More<'text'> = {}): LedgerField =>
  personal(zh, en, 'email', { pattern: '[^@\\s]{1,64}@[^@\\s]{1,120}', ...more });
export const homeAddress = (zh: string, en: string, more: More<'text'> = {}): LedgerField => personal(zh, en, 'address', more);

/** Maker, model and number of a device: the same in every ledger of devices. */
export const DEVICE = {
  maker: text('生产厂家', 'Maker'),
  model: text('型号', 'Model'),
  serial: text('出厂编号', 'Serial number', { maxLength: 60 }),
} as const;
export const REMARK = { remark: text('备注', 'Remark', { maxLength: 1000, lines: true }) } as const;

export const FUELS = [
  ['gas', '天然气', 'Natural gas'],
  ['coal', '煤', 'Coal'],
  ['biomass', '生物质', 'Biomass'],
  ['electricity', '电', 'Electricity'],
  ['waste', '垃圾', 'Waste'],
  ['other', '其它', 'Other'],
] as const;
