import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useT } from '../i18n.ts';
import { useSession } from '../session.tsx';
import { again } from '../ui/again.ts';
import { useAlarmFeed } from '../ui/alarms.ts';
import { isTyping, useShortcut } from '../ui/shortcuts.ts';
import { useTaskFeed } from '../ui/task-count.ts';
import { Toasts } from '../ui/toast.tsx';
import { useCommandFeed } from '../ui/waiting-commands.ts';
import { NoPermission, Skeleton } from '../ui/states.tsx';
import { AlarmStrip } from './alarm-strip.tsx';
import { Banners } from './banner.tsx';
import { DemoBar } from './demo-bar.tsx';
import { Nav } from './nav.tsx';
import { mayOpen } from './nav-items.ts';
import { TopBar } from './topbar.tsx';

const Palette = lazy(again(async () => ({ default: (await import('./palette.tsx')).Palette })));
const ShortcutSheet = lazy(again(async () => ({ default: (await import('./shortcut-sheet.tsx')).ShortcutSheet })));

/** What stands on every page: menu, top bar, alarm strip, connection and demo bar; pages fill the rest. */
export function Shell(): JSX.Element {
  const { t } = useT();
  const { demo, can } = useSession();
  const [overlay, setOverlay] = useState<'search' | 'keys'>();
  const navigate = useNavigate();
  const path = useLocation({ select: (location) => location.pathname });
  useAlarmFeed();
  useTaskFeed();
  useCommandFeed();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOverlay('search');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event.target)) setOverlay('keys');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useShortcut('g', () => void navigate({ to: '/' }), can('live.read'));
  return (
    <div className="app">
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      {demo ? <DemoBar /> : null}
      <TopBar onSearch={() => setOverlay('search')} />
      <Nav />
      <main className="main">
        <Banners />
        {can('live.read') ? <AlarmStrip /> : null}
        <div className="content" id="content" tabIndex={-1}>
          <Suspense fallback={<Skeleton lines={8} />}>{mayOpen(path, can) ? <Outlet /> : <NoPermission />}</Suspense>
        </div>
      </main>
      <Nav phone />
      <Suspense fallback={null}>
        {overlay === 'search' ? <Palette onClose={() => setOverlay(undefined)} /> : null}
        {overlay === 'keys' ? <ShortcutSheet onClose={() => setOverlay(undefined)} /> : null}
      </Suspense>
      <Toasts />
    </div>
  );
}
