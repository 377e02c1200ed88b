import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../i18n.ts';
import { useConnection } from '../live.ts';
import { useSession } from '../session.tsx';
import { formatAge, formatDateTime } from '../ui/format.ts';
import { Icon, Logo } from '../ui/icons.tsx';
import { useNow } from '../ui/now.ts';
import { sound, useSound } from '../ui/sound.ts';
import { LiveValueText } from '../ui/value.tsx';

const WEATHER = 'WX001';

export function TopBar({ onSearch }: { readonly onSearch: () => void }): JSX.Element {
  const { t, pick } = useT();
  const { user, can } = useSession();
  const now = useNow();
  return (
    <header className="topbar">
      <Link to="/" className="brand" title={t('app.home')}>
        <Logo />
        <span>
          <b>{t('app.name')}</b>
          <small>{t('app.claim')}</small>
        </span>
      </Link>
      <span className="box wide-only">{t('app.network')}</span>
      <button type="button" className="box search" onClick={onSearch} data-testid="open-search">
        <span className="sr-narrow">{t('search.open')}</span>
        <Icon name="search" size={16} />
        <kbd className="wide-only">Ctrl K</kbd>
      </button>
      <span className="grow" />
      {can('live.read') ? (
        <span className="box wide-only weather" data-testid="weather">
          {t('top.outdoor')} <LiveValueText tag={`${WEATHER}.AT`} />
          {t('top.wind')} <LiveValueText tag={`${WEATHER}.WS`} />
        </span>
      ) : null}
      <ConnectionState />
      <time className="box num wide-only" dateTime={new Date(now).toISOString()}>
        {formatDateTime(now)}
      </time>
      <SoundButton />
      <Link to="/me" className="box wide-only" data-testid="whoami">
        {user.roles[0] ? `${pick(user.roles[0].label)} ` : ''}
        {user.name}
      </Link>
    </header>
  );
}

/** 数据 1 s: connected and how old the newest message is. */
function ConnectionState(): JSX.Element {
  const { t } = useT();
  const connection = useConnection();
  const now = useNow();
  const state = connection.state === 'open' ? 'open' : connection.state === 'lost' ? 'lost' : 'connecting';
  const age = Math.max(1000, now - connection.lastAt);
  return (
    <span className={`box conn conn-${state}`} data-testid="connection" data-state={state}>
      <i aria-hidden="true" />
      <span className="num">
        {state === 'open' ? t('top.data', { age: formatAge(age) }) : t(state === 'lost' ? 'top.lost' : 'top.connecting')}
      </span>
    </span>
  );
}

function SoundButton(): JSX.Element {
  const { t } = useT();
  const state = useSound();
  const on = state === 'armed' || state === 'silenced';
  const label = t(`sound.${state}`);
  return (
    <button
      type="button"
      className={`box sound sound-${state}`}
      title={label}
      aria-label={on ? label : `${t('sound.take')}: ${label}`}
      aria-pressed={on}
      data-testid="sound"
      data-state={state}
      onClick={() => {
        if (on) sound.disarm();
        else void sound.arm();
      }}
    >
      <Icon name={state === 'armed' ? 'sound' : 'mute'} size={18} />
      {on ? null : <span className="wide-only">{t('sound.take')}</span>}
    </button>
  );
}
