import Type from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const closed = { additionalProperties: false } as const;
const TextSchema = Type.Object(
  { zh: Type.String({ minLength: 1, maxLength: 300 }), en: Type.String({ minLength: 1, maxLength: 300 }) },
  closed,
);
const FieldName = Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,39}$' });
const OptionValue = Type.String({ minLength: 1, maxLength: 60 });
const TypeId = Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'station' });
const At = Type.String({ format: 'date-time' });
const Person = Type.Object({ id: Type.String(), name: Type.String() });

const base = {
  label: TextSchema,
  hint: Type.Optional(TextSchema),
  required: Type.Optional(Type.Boolean()),
  unique: Type.Optional(Type.Boolean()),
  class: Type.Enum(['operation', 'asset', 'personal', 'business', 'security']),
  level: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4)]),
};
const numeric = {
  unit: Type.Optional(Type.String({ maxLength: 20 })),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
};
const fieldOf = <T extends string, P extends Type.TProperties>(type: T, more: P) =>
  Type.Object({ type: Type.Literal(type), ...base, ...more }, closed);
const Field = Type.Union([
  fieldOf('text', {
    maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 4000 })),
    pattern: Type.Optional(Type.String({ maxLength: 200 })),
    mask: Type.Optional(Type.Enum(['name', 'phone', 'landline', 'id-card', 'address', 'bank-card', 'email'])),
    lines: Type.Optional(Type.Boolean()),
  }),
  fieldOf('number', numeric),
  fieldOf('integer', numeric),
  fieldOf('boolean', {}),
  fieldOf('date', {}),
  fieldOf('enum', { options: Type.Array(Type.Object({ value: OptionValue, label: TextSchema }, closed), { minItems: 1, maxItems: 100 }) }),
  fieldOf('reference', { ledger: TypeId }),
  fieldOf('list', { maxItems: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) }),
  fieldOf('geo', { geometry: Type.Enum(['Point', 'LineString', 'Polygon']) }),
]);

const Other = Type.Object({ field: FieldName, times: Type.Number() }, closed);
const Check = Type.Object(
  {
    when: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Union([Type.String(), Type.Boolean()])))),
    field: FieldName,
    required: Type.Optional(Type.Boolean()),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    atLeast: Type.Optional(Other),
    moreThan: Type.Optional(Other),
    equals: Type.Optional(Type.Union([Type.String(), Type.Boolean()])),
    text: TextSchema,
  },
  closed,
);

/** The schema of a record type: what is deployed has passed it. */
export const LedgerTypeSchema = Type.Object(
  {
    id: TypeId,
    label: TextSchema,
    code: Type.String({ minLength: 3, maxLength: 60 }),
    fields: Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,39}$' }), Field, { minProperties: 1, maxProperties: 100 }),
    groups: Type.Array(Type.Object({ label: TextSchema, fields: Type.Array(FieldName, { minItems: 1 }) }, closed), { minItems: 1 }),
    title: FieldName,
    columns: Type.Array(FieldName, { maxItems: 30 }),
    checks: Type.Optional(Type.Array(Check, { maxItems: 50 })),
    order: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);

export type LedgerTypeContent = Static<typeof LedgerTypeSchema>;

const TypeView = Type.Object({ type: LedgerTypeSchema, hash: Type.String(), records: Type.Integer() });
export type TypeView = Static<typeof TypeView>;

const Code = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,59}$', description: 'STA007' });
const Values = Type.Record(Type.String(), Type.Unknown());

/** One record as its reader may see it. */
const RecordView = Type.Object({
  code: Code,
  /** Version for `If-Match`. */
  ver: Type.Integer(),
  values: Values,
  /** Fields of which the reader sees a part or nothing. */
  masked: Type.Array(Type.String()),
  createdAt: At,
  changedAt: At,
  changedBy: Person,
});
export type RecordView = Static<typeof RecordView>;
/** Names of the records that are referred to, by `type/code`. */
const Named = Type.Object({ code: Type.String(), title: Type.String() });
const Titles = Type.Record(Type.String(), Type.String());

const BeforeAfter = { before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) };
const Change = Type.Object({ field: Type.String(), ...BeforeAfter, masked: Type.Boolean() });
const HistoryEntry = Type.Object({
  ver: Type.Integer(),
  at: At,
  by: Person,
  action: Type.Enum(['create', 'update', 'delete']),
  source: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  changes: Type.Array(Change),
});
export type HistoryEntry = Static<typeof HistoryEntry>;

const Fault = Type.Object({
  row: Type.Integer(),
  /** Heading of the column. */
  column: Type.String(),
  field: Type.String(),
  code: Type.String(),
  text: Type.Object({ zh: Type.String(), en: Type.String() }),
  /** What stands in the cell; left out where it is sensitive. */
  value: Type.Optional(Type.String()),
});
export type ImportFault = Static<typeof Fault>;
const ImportResult = Type.Object({
  applied: Type.Boolean(),
  rows: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  /** Headings that no field has: their cells are left out. */
  ignored: Type.Array(Type.String()),
  /** Every bad cell, at most 1,000. */
  faults: Type.Array(Fault),
  faultCount: Type.Integer(),
});
export type ImportResult = Static<typeof ImportResult>;

const TypeChange = Type.Object({ kind: Type.Enum(['added', 'removed', 'changed']), path: Type.String(), ...BeforeAfter });
/** A record that could not live under the new definition. */
const Misfit = Type.Object({ record: Type.String(), field: Type.String(), code: Type.String(), text: TextSchema });
export type Misfit = Static<typeof Misfit>;
const TypeDraft = Type.Object({
  id: Type.String(),
  type: TypeId,
  definition: LedgerTypeSchema,
  reason: Type.String(),
  author: Person,
  at: At,
  state: Type.Enum(['open', 'approved', 'rejected', 'withdrawn']),
  decidedBy: Type.Optional(Person),
  decidedAt: Type.Optional(At),
  deployment: Type.Optional(Type.Integer()),
  /** The type was deployed anew since: approve is refused (`DRAFT_STALE`). */
  stale: Type.Boolean(),
  changes: Type.Array(TypeChange),
});
export type TypeDraft = Static<typeof TypeDraft>;

/** Needs `pii.read` and is written to the audit log. */
const purpose = Type.Optional(Type.String({ minLength: 2, maxLength: 200, description: 'what masked data is read for' }));
const listing = {
  filter: Type.Optional(Type.String({ description: 'fields of the type, code, changedAt' })),
  q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the code or of a text of the list' })),
  sort: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Array(Type.String())),
  purpose,
};
const ByType = Type.Object({ type: TypeId });
const ByRecord = Type.Object({ type: TypeId, id: Code });
const onRecord = { access: 'ledger.read', params: ByRecord } as const;
const ByDraft = Type.Object({ type: TypeId, draft: Type.String({ minLength: 1, maxLength: 60 }) });
const Reason = Type.String({ minLength: 1, maxLength: 500 });
const Record = Type.Object({ record: RecordView, titles: Titles });
const READ_ERRORS = ['LEDGER_TYPE_UNKNOWN', 'LEDGER_RECORD_UNKNOWN', 'LEDGER_PURPOSE'] as const;
const WRITE_ERRORS = ['LEDGER_RECORD_INVALID', 'LEDGER_CODE_RULE', 'LEDGER_CODE_TAKEN'] as const;
const decide = { method: 'POST', params: ByDraft, response: TypeDraft } as const;

/** 台账: records of every deployed type, and the types themselves. */
export const contract = {
  types: route({
    method: 'GET',
    path: '/api/ledgers',
    summary: { zh: '台账类型与记录数', en: 'Record types with the number of their records' },
    access: 'ledger.read',
    response: Type.Object({ items: Type.Array(TypeView) }),
  }),
  list: route({
    method: 'GET',
    path: '/api/ledgers/:type',
    summary: { zh: '台账记录', en: 'Records of a type; sensitive fields are masked' },
    access: 'ledger.read',
    params: ByType,
    query: Type.Object({
      ...listing,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String()),
      total: Type.Optional(Type.Boolean({ description: 'count what the filter finds' })),
    }),
    response: Type.Object({
      items: Type.Array(RecordView),
      titles: Titles,
      next: Type.Optional(Type.String()),
      total: Type.Optional(Type.Integer()),
    }),
    errors: ['LEDGER_TYPE_UNKNOWN', 'LIST_QUERY', 'LEDGER_MASKED', 'LEDGER_PURPOSE'],
  }),
  create: route({
    method: 'POST',
    path: '/api/ledgers/:type',
    summary: { zh: '新建记录; 不给编号时取下一个', en: 'Create a record; without a code it gets the next free one' },
    access: 'ledger.write',
    params: ByType,
    body: Type.Object({ code: Type.Optional(Code), values: Values }),
    response: Record,
    status: 201,
    errors: ['LEDGER_TYPE_UNKNOWN', ...WRITE_ERRORS],
    example: { body: { values: { name: '枫林苑换热站', source: 'SRC001', mode: 'unattended' } } },
  }),
  get: route({
    ...onRecord,
    method: 'GET',
    path: '/api/ledgers/:type/:id',
    summary: { zh: '一条记录', en: 'One record' },
    query: Type.Object({ purpose }),
    response: Record,
    errors: READ_ERRORS,
  }),
  update: route({
    method: 'PATCH',
    path: '/api/ledgers/:type/:id',
    summary: { zh: '修改记录的若干字段; null 清空', en: 'Change fields of a record; null clears one' },
    access: 'ledger.write',
    params: ByRecord,
    body: Type.Object({ values: Values, reason: Type.Optional(Reason) }),
    response: Record,
    errors: ['LEDGER_TYPE_UNKNOWN', 'LEDGER_RECORD_UNKNOWN', 'IF_MATCH_MISSING', 'IF_MATCH_STALE', ...WRITE_ERRORS],
    example: { body: { values: { heatedArea: 54000 }, reason: '竣工图修正' } },
  }),
  remove: route({
    method: 'DELETE',
    path: '/api/ledgers/:type/:id',
    summary: { zh: '删除未被引用的记录', en: 'Delete a record that nothing refers to; its history stays' },
    access: 'ledger.write',
    params: ByRecord,
    query: Type.Object({ reason: Type.Optional(Reason) }),
    status: 204,
    errors: ['LEDGER_TYPE_UNKNOWN', 'LEDGER_RECORD_UNKNOWN', 'LEDGER_REFERRED', 'IF_MATCH_MISSING', 'IF_MATCH_STALE'],
  }),
  history: route({
    ...onRecord,
    method: 'GET',
    path: '/api/ledgers/:type/:id/history',
    summary: { zh: '记录的变更: 何人何时, 逐字段前后值', en: 'Changes of a record, newest first: who, when, before and after by field' },
    query: Type.Object({ purpose }),
    response: Type.Object({ items: Type.Array(HistoryEntry) }),
    errors: READ_ERRORS,
  }),
  referrers: route({
    ...onRecord,
    method: 'GET',
    path: '/api/ledgers/:type/:id/referrers',
    summary: { zh: '引用此记录的记录', en: 'Which records refer to this one' },
    response: Type.Object({
      items: Type.Array(
        // The first of them by name.
        Type.Object({ ledger: Type.String(), field: Type.String(), count: Type.Integer(), records: Type.Array(Named) }),
      ),
    }),
    errors: ['LEDGER_TYPE_UNKNOWN', 'LEDGER_RECORD_UNKNOWN'],
  }),
  export: route({
    method: 'GET',
    path: '/api/ledgers/:type/export',
    summary: { zh: '导出筛选结果 (CSV 或 XLSX), 记入审计', en: 'Exactly what is filtered, as CSV or XLSX; audited' },
    access: 'ledger.read',
    params: ByType,
    query: Type.Object({
      ...listing,
      format: Type.Enum(['csv', 'xlsx']),
      zone: Type.Optional(Type.String({ description: 'Asia/Shanghai' })),
    }),
    produces: ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    errors: ['LEDGER_TYPE_UNKNOWN', 'LIST_QUERY', 'LEDGER_MASKED', 'LEDGER_PURPOSE', 'ZONE_UNKNOWN', 'RIGHT_MISSING'],
  }),
  template: route({
    method: 'GET',
    path: '/api/ledgers/:type/template',
    summary: { zh: '导入模板 (XLSX)', en: 'An empty sheet to fill in and import' },
    access: 'ledger.read',
    params: ByType,
    produces: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    errors: ['LEDGER_TYPE_UNKNOWN'],
  }),
  import: route({
    method: 'POST',
    path: '/api/ledgers/:type/import',
    summary: {
      zh: '导入表格: 先试导列出全部错误, 再整体生效',
      en: 'Import a sheet: a dry run lists every bad cell; then all rows or none',
    },
    access: 'ledger.write',
    params: ByType,
    bodyLimit: 16 * 1024 * 1024,
    body: Type.Object({
      format: Type.Enum(['csv', 'xlsx']),
      name: Type.String({ minLength: 1, maxLength: 200 }),
      data: Type.String({ minLength: 1, description: 'the file, base64; CSV in UTF-8 or GB 18030' }),
      dryRun: Type.Boolean(),
    }),
    response: ImportResult,
    errors: ['LEDGER_TYPE_UNKNOWN', 'LEDGER_SHEET'],
    example: { body: { format: 'csv', name: 'stations.csv', data: '57yW5Y+3LOWQjeensA==', dryRun: true } },
  }),
  drafts: route({
    method: 'GET',
    path: '/api/ledger-types/drafts',
    summary: { zh: '台账类型的草稿', en: 'Drafts of record types, newest first' },
    access: 'ledger.read',
    query: Type.Object({
      type: Type.Optional(TypeId),
      state: Type.Optional(Type.Enum(['open', 'approved', 'rejected', 'withdrawn'])),
    }),
    response: Type.Object({ items: Type.Array(TypeDraft) }),
  }),
  typeFile: route({
    method: 'GET',
    path: '/api/ledger-types/:type/file',
    summary: { zh: '将已发布的类型导出为文件', en: 'The deployed type as a file' },
    access: 'ledger.read',
    params: ByType,
    response: LedgerTypeSchema,
    errors: ['LEDGER_TYPE_UNKNOWN'],
  }),
  check: route({
    method: 'POST',
    path: '/api/ledger-types/:type/check',
    summary: { zh: '校验类型定义与现有记录', en: 'What a definition would change, and which records it would break' },
    access: 'ledgerType.draft',
    params: ByType,
    body: Type.Object({ definition: LedgerTypeSchema }),
    response: Type.Object({
      changes: Type.Array(TypeChange),
      problems: Type.Array(Type.Object({ path: Type.String(), detail: Type.String() })),
      misfits: Type.Array(Misfit),
      misfitCount: Type.Integer(),
    }),
    example: { body: { definition: exampleType() } },
  }),
  draft: route({
    method: 'POST',
    path: '/api/ledger-types/:type/draft',
    summary: { zh: '提出新建或修改台账类型', en: 'Propose a new or changed record type' },
    access: 'ledgerType.draft',
    params: ByType,
    body: Type.Object({ definition: LedgerTypeSchema, reason: Reason }),
    response: TypeDraft,
    status: 201,
    errors: ['LEDGER_TYPE_INVALID', 'LEDGER_TYPE_DATA', 'LEDGER_TYPE_UNCHANGED'],
    example: { body: { definition: exampleType(), reason: '登记阀门井' } },
  }),
  approve: route({
    ...decide,
    path: '/api/ledger-types/:type/drafts/:draft/approve',
    summary: { zh: '由另一人批准并立即发布', en: 'Approve as another person; deployed at once' },
    access: 'change.approve',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'DRAFT_STALE', 'SECOND_PERSON', 'APPROVE_RISK', 'LEDGER_TYPE_DATA', 'DEPLOYMENT_FAILED'],
  }),
  reject: route({
    ...decide,
    path: '/api/ledger-types/:type/drafts/:draft/reject',
    summary: { zh: '驳回草稿', en: 'Reject a draft' },
    access: 'change.approve',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'SECOND_PERSON', 'APPROVE_RISK'],
  }),
  withdraw: route({
    ...decide,
    path: '/api/ledger-types/:type/drafts/:draft/withdraw',
    summary: { zh: '撤回自己的草稿', en: "Withdraw one's own draft" },
    access: 'ledgerType.draft',
    errors: ['DRAFT_UNKNOWN', 'DRAFT_DECIDED', 'DRAFT_NOT_YOURS'],
  }),
};

function exampleType(): Static<typeof LedgerTypeSchema> {
  return {
    id: 'valve-well',
    label: { zh: '阀门井', en: 'Valve well' },
    code: 'VLW{nnn}',
    fields: { name: { type: 'text', label: { zh: '名称', en: 'Name' }, required: true, class: 'asset', level: 2 } },
    groups: [{ label: { zh: '基本', en: 'Basics' }, fields: ['name'] }],
    title: 'name',
    columns: ['name'],
  };
}
