import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import persona from '#contract/persona';
import { ROLES } from '#domain/role.ts';
import { call } from '../api.ts';
import { playingNow, startStory, usePlaying } from '../demo/runner.ts';
import { useT } from '../i18n.ts';
import { SESSION_KEY, setPersonChanging, useSession } from '../session.tsx';
import { Icon } from '../ui/icons.tsx';
import { useProblemText } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';
import { mayOpen } from './nav-items.ts';

/** Demo mode only: become another person without a password, and play the story. */
export function DemoBar(): JSX.Element {
  const { t, pick } = useT();
  const { user } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const playing = usePlaying();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const { data } = useQuery({
    queryKey: [...SESSION_KEY, 'personas'],
    queryFn: async ({ signal }) => (await call(persona.personas, { signal })).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const become = async (id: string): Promise<void> => {
    if (data?.find((one) => one.persona === id)?.user === client.getQueryData<{ user: { id: string } | null }>(SESSION_KEY)?.user?.id)
      return;
    const rights = ROLES.find((role) => role.id === id)?.rights ?? [];
    // The story goes on elsewhere, and what one person has open may be closed to the next: left before, for a page that all have.
    const leave = playingNow() || !mayOpen(location.pathname, (right) => rights.includes(right));
    if (leave) await navigate({ to: '/me' });
    setPersonChanging(true);
    try {
      await client.cancelQueries();
      await call(persona.switchPersona, { body: { persona: id } });
      await client.resetQueries({ queryKey: SESSION_KEY, exact: true });
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
    } finally {
      setPersonChanging(false);
    }
    // Not awaited: the router is mounted again only now.
    if (leave && !playingNow()) void navigate({ to: '/' });
  };
  const onPersona = async (id: string): Promise<void> => {
    setBusy(true);
    try {
      await become(id);
    } catch (error) {
      toast(problemText(error), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <section className="demo" aria-label={t('demo.label')} data-testid="demo-bar">
        <span className="tag">{t('demo.act')}</span>
        <div className="people">
          {(data ?? []).map((one) => (
            <button
              key={one.persona}
              type="button"
              aria-pressed={one.user === user.id}
              disabled={busy}
              onClick={() => void onPersona(one.persona)}
              data-testid={`persona-${one.persona}`}
              title={one.name}
            >
              {pick(one.label)}
            </button>
          ))}
        </div>
        <button
          type="button"
          className="play"
          disabled={playing !== undefined && playing.ended === undefined}
          onClick={() => void startStory(become)}
          data-testid="play-story"
          aria-label={t('demo.play')}
        >
          <Icon name="play" size={13} />
          <span>{t('demo.play')}</span>
        </button>
      </section>
    </>
  );
}
