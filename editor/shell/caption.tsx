import type { JSX } from 'react';
import { pauseStory, stopStory, usePlaying } from '../demo/runner.ts';
import { useT } from '../i18n.ts';
import { Icon } from '../ui/icons.tsx';

/** What the story tells now. Outside of the shell, which is mounted anew for each person. */
export function Caption(): JSX.Element | null {
  const { t, pick } = useT();
  const playing = usePlaying();
  if (!playing) return null;
  const { view, paused, ended } = playing;
  return (
    <div
      className="caption"
      role="status"
      data-testid="story-caption"
      data-step={view.step}
      data-ended={ended === undefined ? undefined : ended === 'told' ? 'told' : 'stopped'}
    >
      <span className="who">{t(`persona.${view.persona}`)}</span>
      <p>{ended === undefined ? pick(view.caption) : ended === 'told' ? t('demo.told') : `${t('demo.stopped')}: ${pick(ended.why)}`}</p>
      <span className="step num">
        {view.step} / {view.of}
      </span>
      {ended === undefined ? (
        <button type="button" onClick={pauseStory} aria-label={t(paused ? 'demo.resume' : 'demo.pause')}>
          <Icon name={paused ? 'play' : 'pause'} size={15} />
        </button>
      ) : null}
      <button type="button" onClick={stopStory} aria-label={t('action.close')} data-testid="story-close">
        <Icon name="close" size={15} />
      </button>
    </div>
  );
}
