import type { JSX } from 'react';
import { useT } from '../i18n.ts';
import { useConnection } from '../live.ts';
import { formatAge } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useNow } from '../ui/now.ts';
import { useSound } from '../ui/sound.ts';

/** What is not as it should be, said on every page: lost connection, sound held back by the browser. */
export function Banners(): JSX.Element {
  const { t } = useT();
  const connection = useConnection();
  const sound = useSound();
  const now = useNow();
  const lost = connection.state === 'lost' || (connection.state === 'connecting' && now - connection.lostAt > 2500);
  return (
    <>
      {lost ? (
        <p className="banner" role="alert" data-testid="connection-lost">
          <Icon name="offline" size={16} />
          {t('banner.lost', { age: formatAge(now - connection.lostAt) })}
        </p>
      ) : null}
      {sound === 'blocked' ? (
        <p className="banner" role="alert">
          <Icon name="mute" size={16} />
          {t('banner.sound')}
        </p>
      ) : null}
    </>
  );
}
