import type { Right } from '#domain/role.ts';
import type { MessageKey } from '../i18n.ts';
import type { IconName } from '../ui/icons.tsx';

export interface NavItem {
  readonly to: string;
  readonly icon: IconName;
  readonly label: MessageKey;
  /** Shown to holders of any of these; empty = everyone. */
  readonly rights: readonly Right[];
  readonly badge?: 'alarms' | 'tasks';
  readonly phone?: boolean;
}

/** The menu, in the order of the day's work. */
export const NAV: readonly NavItem[] = [
  { to: '/', icon: 'overview', label: 'nav.overview', rights: ['live.read'], phone: true },
  { to: '/alarms', icon: 'alarm', label: 'nav.alarms', rights: ['live.read'], badge: 'alarms', phone: true },
  { to: '/tasks', icon: 'task', label: 'nav.tasks', rights: ['task.complete'], badge: 'tasks', phone: true },
  { to: '/m/network', icon: 'mimic', label: 'nav.mimics', rights: ['live.read'] },
  { to: '/trends', icon: 'trend', label: 'nav.trends', rights: ['live.read'], phone: true },
  { to: '/rules', icon: 'rule', label: 'nav.rules', rights: ['live.read'] },
  { to: '/flow', icon: 'flow', label: 'nav.flow', rights: ['live.read'] },
  { to: '/workflows', icon: 'workflow', label: 'nav.workflows', rights: ['live.read'] },
  { to: '/tags', icon: 'tag', label: 'nav.tags', rights: ['live.read'] },
  { to: '/ledgers', icon: 'ledger', label: 'nav.ledgers', rights: ['ledger.read'] },
  { to: '/system/users', icon: 'users', label: 'nav.users', rights: ['user.manage', 'policy.manage'] },
  { to: '/system/audit', icon: 'audit', label: 'nav.audit', rights: ['audit.read'] },
  { to: '/system/health', icon: 'health', label: 'nav.health', rights: ['health.read'] },
  { to: '/me', icon: 'user', label: 'nav.me', rights: [], phone: true },
];

const ELSEWHERE: Readonly<Record<string, string>> = { processes: '/workflows', m: '/m/network', 'ledger-types': '/ledgers' };

/** Whether a person may open an address; what the menu does not name is open to everyone. */
export function mayOpen(path: string, can: (right: Right) => boolean): boolean {
  const first = path.split('/')[1] ?? '';
  if (first === '') return true;
  const item = NAV.find(
    (one) => one.to === path || one.to === (ELSEWHERE[first] ?? `/${first}`) || (one.to !== '/' && path.startsWith(`${one.to}/`)),
  );
  return item === undefined || item.rights.length === 0 || item.rights.some(can);
}
