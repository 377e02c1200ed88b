import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useState } from 'react';
import persona from '#contract/persona';
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
    const now = (): { id: string; rights: readonly string[] } | null | undefined =>
      client.getQueryData<{ user: { id: string; rights: readonly string[] } | null }>(SESSION_KEY)?.user;
    if (data?.find((one) => one.persona === id)?.user === now()?.id) return;
    setPersonChanging(true);
    try {
      await client.cancelQueries();
      await call(persona.switchPersona, { body: { persona: id } });
      await client.resetQueries({ queryKey: SESSION_KEY, exact: true });
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
      // The story goes on elsewhere; and what one person had open may be closed to the next.
      // Not awaited: the router loads when it is mounted again.
      if (playingNow() || !mayOpen(location.pathname, (right) => now()?.rights.includes(right) ?? false)) void navigate({ to: '/' });
    } finally {
      setPersonChanging(false);
    }
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
