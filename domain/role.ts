import type { Text } from './text.ts';

/** Every right that a route, a socket topic or a command can ask for (roles.md). */
export const RIGHTS = [
  'live.read',
  'alarm.acknowledge',
  'alarm.shelve',
  'alarm.outOfService',
  'rule.draft',
  'flow.draft',
  'flow.code',
  'screen.draft',
  'process.draft',
  'form.draft',
  'template.draft',
  'ledgerType.draft',
  'change.approve',
  'change.deploy',
  'command.submit',
  'command.approve',
  'emergency.stop',
  'emergency.reset',
  'task.complete',
  'ledger.read',
  'ledger.write',
  'pii.read',
  'export.request',
  'export.approve',
  'user.manage',
  'backup.run',
  'settings.write',
  'policy.manage',
  'key.manage',
  'audit.read',
  'audit.export',
  'health.read',
  'samples.write',
  'process.start',
] as const;
export type Right = (typeof RIGHTS)[number];

export type RoleId =
  | 'dispatcher'
  | 'process-engineer'
  | 'alarm-administrator'
  | 'manager'
  | 'customer-service'
  | 'field-crew'
  | 'resident'
  | 'system-administrator'
  | 'security-administrator'
  | 'audit-administrator';

export interface Role {
  readonly id: RoleId;
  readonly label: Text;
  readonly rights: readonly Right[];
}

/** The shipped table; deny by default. The three administrators exclude each other and have no operator right. */
export const ROLES: readonly Role[] = [
  {
    id: 'dispatcher',
    label: { zh: '调度员', en: 'Dispatcher' },
    rights: [
      'live.read',
      'alarm.acknowledge',
      'alarm.shelve',
      'command.submit',
      'command.approve',
      'emergency.stop',
      'emergency.reset',
      'task.complete',
      'ledger.read',
      'export.request',
      'health.read',
      'process.start',
    ],
  },
  {
    id: 'process-engineer',
    label: { zh: '工艺工程师', en: 'Process engineer' },
    rights: [
      'live.read',
      'alarm.acknowledge',
      'alarm.shelve',
      'alarm.outOfService',
      'rule.draft',
      'flow.draft',
      'screen.draft',
      'process.draft',
      'form.draft',
      'ledgerType.draft',
      'template.draft',
      'change.approve',
      'change.deploy',
      'command.submit',
      'command.approve',
      'emergency.stop',
      'emergency.reset',
      'task.complete',
      'ledger.read',
      'ledger.write',
      'export.request',
      'health.read',
      'process.start',
    ],
  },
  {
    id: 'alarm-administrator',
    label: { zh: '报警管理员', en: 'Alarm administrator' },
    rights: [
      'live.read',
      'alarm.acknowledge',
      'alarm.shelve',
      'alarm.outOfService',
      'rule.draft',
      'process.draft',
      'form.draft',
      'ledgerType.draft',
      'template.draft',
      'change.approve',
      'change.deploy',
      'task.complete',
      'ledger.read',
      'export.request',
      'health.read',
      'process.start',
    ],
  },
  {
    id: 'manager',
    label: { zh: '主管', en: 'Manager' },
    rights: [
      'live.read',
      'process.draft',
      'form.draft',
      'ledgerType.draft',
      'template.draft',
      'change.approve',
      'change.deploy',
      'command.approve',
      'emergency.reset',
      'task.complete',
      'ledger.read',
      'pii.read',
      'export.request',
      'export.approve',
      'health.read',
      'process.start',
    ],
  },
  { id: 'customer-service', label: { zh: '客服', en: 'Customer service' }, rights: ['task.complete', 'export.request'] },
  { id: 'field-crew', label: { zh: '抢修/巡检', en: 'Field crew' }, rights: ['task.complete'] },
  { id: 'resident', label: { zh: '用户', en: 'Resident' }, rights: ['task.complete', 'export.request'] },
  {
    id: 'system-administrator',
    label: { zh: '系统管理员', en: 'System administrator' },
    rights: ['user.manage', 'backup.run', 'settings.write', 'task.complete', 'health.read'],
  },
  {
    id: 'security-administrator',
    label: { zh: '安全管理员', en: 'Security administrator' },
    rights: ['policy.manage', 'key.manage', 'task.complete', 'export.request', 'export.approve'],
  },
  {
    id: 'audit-administrator',
    label: { zh: '审计管理员', en: 'Audit administrator' },
    rights: ['audit.read', 'audit.export', 'task.complete', 'export.request'],
  },
];
