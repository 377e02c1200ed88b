import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from './i18n.ts';
import { Home } from './shell/home.tsx';
import { Shell } from './shell/shell.tsx';
import { again } from './ui/again.ts';
import { Empty, ErrorBox } from './ui/states.tsx';
import { AGGREGATES, COMPARE, WIDTHS, type TrendSearch } from './pages/trends/look.ts';

type Raw = Readonly<Record<string, unknown>>;

/** A search parameter that is text; anything else in the address is ignored. */
const text = (raw: Raw, name: string): string | undefined => {
  const value = raw[name];
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
};
const integer = (raw: Raw, name: string): number | undefined => {
  const value = Number(raw[name]);
  return Number.isFinite(value) && raw[name] !== undefined && raw[name] !== '' ? Math.round(value) : undefined;
};
/** One of a few words, or undefined. */
const oneOf = <T extends string>(raw: Raw, name: string, words: readonly T[]): T | undefined => words.find((word) => word === raw[name]);

function NotFound(): JSX.Element {
  const { t } = useT();
  return (
    <Empty
      icon="search"
      title={t('state.pageNotFound')}
      hint={t('state.pageNotFoundHint')}
      action={
        <Link className="btn" to="/">
          {t('app.home')}
        </Link>
      }
    />
  );
}

function Failed({ error, reset }: ErrorComponentProps): JSX.Element {
  return <ErrorBox error={error} retry={reset} />;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Failed });
const under = { getParentRoute: () => root } as const;

const home = createRoute({ ...under, path: '/', component: Home });
const alarms = createRoute({
  ...under,
  path: '/alarms',
  validateSearch: (raw: Raw): { tab?: 'shelved' | 'history'; sel?: string; p?: string; q?: string; days?: string } => ({
    tab: oneOf(raw, 'tab', ['shelved', 'history']),
    sel: text(raw, 'sel'),
    p: text(raw, 'p'),
    q: text(raw, 'q'),
    days: text(raw, 'days'),
  }),
  component: lazyRouteComponent(
    again(() => import('./pages/alarms/page.tsx')),
    'AlarmsPage',
  ),
});
const mimic = createRoute({
  ...under,
  path: '/m/$id',
  validateSearch: (raw: Raw): { tag?: string } => ({ tag: text(raw, 'tag') }),
  component: lazyRouteComponent(
    again(() => import('./pages/mimics/page.tsx')),
    'MimicPage',
  ),
});
const trends = createRoute({
  ...under,
  path: '/trends',
  validateSearch: (raw: Raw): TrendSearch => ({
    tags: text(raw, 'tags'),
    range: text(raw, 'range'),
    from: integer(raw, 'from'),
    to: integer(raw, 'to'),
    every: oneOf(raw, 'every', WIDTHS),
    aggregate: oneOf(raw, 'aggregate', AGGREGATES),
    compare: oneOf(raw, 'compare', COMPARE),
  }),
  component: lazyRouteComponent(
    again(() => import('./pages/trends/page.tsx')),
    'TrendsPage',
  ),
});
const taskSearch = (raw: Raw): { list?: 'group' | 'done' } => ({ list: oneOf(raw, 'list', ['group', 'done']) });
const tasks = createRoute({
  ...under,
  path: '/tasks',
  validateSearch: taskSearch,
  component: lazyRouteComponent(
    again(() => import('./pages/tasks/page.tsx')),
    'TasksPage',
  ),
});
const task = createRoute({
  ...under,
  path: '/tasks/$key',
  validateSearch: taskSearch,
  component: lazyRouteComponent(
    again(() => import('./pages/tasks/page.tsx')),
    'TasksPage',
  ),
});
const workflows = createRoute({
  ...under,
  path: '/workflows',
  validateSearch: (raw: Raw): { tab?: 'processes'; filter?: string } => ({
    tab: oneOf(raw, 'tab', ['processes']),
    filter: text(raw, 'filter'),
  }),
  component: lazyRouteComponent(
    again(() => import('./pages/workflows/list-page.tsx')),
    'WorkflowsPage',
  ),
});
const instance = createRoute({
  ...under,
  path: '/workflows/$key',
  component: lazyRouteComponent(
    again(() => import('./pages/workflows/instance-page.tsx')),
    'InstancePage',
  ),
});
const process = createRoute({
  ...under,
  path: '/processes/$id',
  component: lazyRouteComponent(
    again(() => import('./pages/workflows/process-page.tsx')),
    'ProcessPage',
  ),
});
const flow = createRoute({
  ...under,
  path: '/flow',
  validateSearch: (raw: Raw): { node?: string; flow?: string } => ({ node: text(raw, 'node'), flow: text(raw, 'flow') }),
  component: lazyRouteComponent(
    again(() => import('./pages/flows/page.tsx')),
    'FlowPage',
  ),
});
const rules = createRoute({
  ...under,
  path: '/rules',
  validateSearch: (raw: Raw): { sel?: string; q?: string; tab?: 'drafts' } => ({
    sel: text(raw, 'sel'),
    q: text(raw, 'q'),
    tab: oneOf(raw, 'tab', ['drafts']),
  }),
  component: lazyRouteComponent(
    again(() => import('./pages/rules/page.tsx')),
    'RulesPage',
  ),
});
const tags = createRoute({
  ...under,
  path: '/tags',
  validateSearch: (raw: Raw): { q?: string; asset?: string } => ({ q: text(raw, 'q'), asset: text(raw, 'asset') }),
  component: lazyRouteComponent(
    again(() => import('./pages/tags/list-page.tsx')),
    'TagsPage',
  ),
});
const tag = createRoute({
  ...under,
  path: '/tags/$id',
  component: lazyRouteComponent(
    again(() => import('./pages/tags/tag-page.tsx')),
    'TagPage',
  ),
});
/** A view of records stands whole in its address. */
const ledgerSearch = (raw: Raw): { q?: string; filter?: string; sort?: string; cols?: string } => ({
  q: text(raw, 'q'),
  filter: text(raw, 'filter'),
  sort: text(raw, 'sort'),
  cols: text(raw, 'cols'),
});
const ledgers = createRoute({
  ...under,
  path: '/ledgers',
  validateSearch: ledgerSearch,
  component: lazyRouteComponent(
    again(() => import('./pages/ledgers/page.tsx')),
    'LedgersPage',
  ),
});
const ledger = createRoute({
  ...under,
  path: '/ledgers/$type',
  validateSearch: ledgerSearch,
  component: lazyRouteComponent(
    again(() => import('./pages/ledgers/page.tsx')),
    'LedgersPage',
  ),
});
const record = createRoute({
  ...under,
  path: '/ledgers/$type/$id',
  validateSearch: ledgerSearch,
  component: lazyRouteComponent(
    again(() => import('./pages/ledgers/page.tsx')),
    'LedgersPage',
  ),
});
const ledgerType = createRoute({
  ...under,
  path: '/ledger-types/$type',
  component: lazyRouteComponent(
    again(() => import('./pages/ledgers/type-page.tsx')),
    'LedgerTypePage',
  ),
});
const users = createRoute({
  ...under,
  path: '/system/users',
  component: lazyRouteComponent(
    again(() => import('./pages/users/page.tsx')),
    'UsersPage',
  ),
});
const audit = createRoute({
  ...under,
  path: '/system/audit',
  validateSearch: (raw: Raw): { q?: string; n?: number } => ({ q: text(raw, 'q'), n: integer(raw, 'n') }),
  component: lazyRouteComponent(
    again(() => import('./pages/audit/page.tsx')),
    'AuditPage',
  ),
});
const health = createRoute({
  ...under,
  path: '/system/health',
  component: lazyRouteComponent(
    again(() => import('./pages/health/page.tsx')),
    'HealthPage',
  ),
});
const me = createRoute({
  ...under,
  path: '/me',
  component: lazyRouteComponent(
    again(() => import('./pages/session/page.tsx')),
    'MePage',
  ),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    alarms,
    mimic,
    trends,
    tasks,
    task,
    workflows,
    instance,
    process,
    flow,
    rules,
    tags,
    tag,
    ledgers,
    ledger,
    record,
    ledgerType,
    users,
    audit,
    health,
    me,
  ]),
  defaultPreload: 'intent',
  // Plain text both ways: `?p=1`, not `?p=%221%22`; the validators read numbers themselves.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const written = new URLSearchParams(
      Object.entries(search).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
      ),
    ).toString();
    return written === '' ? '' : `?${written}`;
  },
  defaultErrorComponent: Failed,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
