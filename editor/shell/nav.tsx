import { Link, useLocation } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../i18n.ts';
import { useSession } from '../session.tsx';
import { useAlarms } from '../ui/alarms.ts';
import { Icon } from '../ui/icons.tsx';
import { isUnacknowledged } from '../ui/mark.tsx';
import { useTaskCount } from '../ui/task-count.ts';
import { NAV, type NavItem } from './nav-items.ts';

const isHere = (item: NavItem, path: string): boolean =>
  item.to === '/' ? path === '/' : item.to.startsWith('/m/') ? path.startsWith('/m/') : path === item.to || path.startsWith(`${item.to}/`);

/** Dark menu at the left with icon over word; tabs at the bottom on a phone. */
export function Nav({ phone = false }: { readonly phone?: boolean }): JSX.Element {
  const { t } = useT();
  const { can } = useSession();
  const path = useLocation({ select: (location) => location.pathname });
  const { data } = useAlarms();
  const tasks = useTaskCount();
  const unack = (data ?? []).filter((alarm) => isUnacknowledged(alarm.state)).length;
  const items = NAV.filter((item) => (!phone || item.phone) && (item.rights.length === 0 || item.rights.some(can)));
  return (
    <nav className={phone ? 'tabs' : 'nav'} aria-label={t('nav.label')}>
      {items.map((item) => {
        const count = item.badge === 'alarms' ? unack : item.badge === 'tasks' ? tasks : 0;
        return (
          <Link key={item.to} to={item.to} aria-current={isHere(item, path) ? 'page' : undefined} data-testid={`nav-${item.icon}`}>
            <Icon name={item.icon} size={20} />
            <span>{t(item.label)}</span>
            {count > 0 ? <b className={`badge${item.badge === 'alarms' ? ' hot' : ''}`}>{count}</b> : null}
          </Link>
        );
      })}
    </nav>
  );
}
