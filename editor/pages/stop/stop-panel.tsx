import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { contract as stops, type StopView } from '#contract/stop';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ErrorBox, Load, useProblemText } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';

/** One-key stop of a station: one person holds 2 s and sees the scope, two persons reset. */
export function StopPanel({ scope }: { readonly scope: string }): JSX.Element | null {
  const { t, pick } = useT();
  const { can } = useSession();
  const client = useQueryClient();
  const problemText = useProblemText();
  const query = useQuery({ queryKey: ['stops'], queryFn: ({ signal }) => call(stops.list, { signal }), refetchInterval: 3000 });
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['stops'] });
  const failed = (error: unknown): void => toast(problemText(error), true);
  const stop = useMutation({
    mutationFn: () => call(stops.stop, { body: { scope, confirm: scope } }),
    onSettled: refresh,
    onError: failed,
  });
  const reset = useMutation({ mutationFn: (id: string) => call(stops.reset, { params: { id } }), onSettled: refresh, onError: failed });
  const label = query.data?.scopes.find((one) => one.scope === scope)?.label;
  if (query.data && !label) return null;
  const latest = query.data?.items.find((item) => item.scope === scope);
  const standing = latest !== undefined && latest.state !== 'released';
  return (
    <Panel title={t('stop.title')} sub={scope} testId="stop-panel">
      <div className="pad" style={{ display: 'flex', flexDirection: 'column', gap: 10 }}>
        <Load query={query} lines={2}>
          {() => (
            <>
              {latest ? <StopResult stop={latest} /> : null}
              {standing ? (
                <button
                  type="button"
                  className="btn"
                  disabled={!can('emergency.reset') || latest.state === 'stopping' || reset.isPending}
                  onClick={() => reset.mutate(latest.id)}
                  data-testid="stop-reset"
                >
                  {t(latest.firstReset ? 'stop.resetSecond' : 'stop.reset')}
                </button>
              ) : (
                <>
                  <p className="mid">{t('stop.scope', { name: label ? pick(label) : scope })}</p>
                  <HoldButton disabled={!can('emergency.stop') || stop.isPending} onHeld={() => stop.mutate()} testId="stop">
                    <Icon name="stop" size={18} /> {t('stop.hold')}
                  </HoldButton>
                  {can('emergency.stop') ? null : <p className="hint">{t('stop.mayNot')}</p>}
                </>
              )}
            </>
          )}
        </Load>
        {stop.error ? <ErrorBox error={stop.error} /> : null}
      </div>
    </Panel>
  );
}

function StopResult({ stop }: { readonly stop: StopView }): JSX.Element {
  const { t } = useT();
  return (
    <div data-testid="stop-state" data-state={stop.state}>
      <p className="row wrap">
        <span className={`chip ${stop.state === 'released' ? '' : 'chip-bad'}`}>{t(`stopState.${stop.state}`)}</span>
        <span className="num mid">{formatDateTime(Date.parse(stop.at))}</span>
        <span className="mid">{stop.by}</span>
      </p>
      <ul>
        {stop.results.map((result) => (
          <li key={result.target} className="row">
            <span className="code">{result.target}</span>
            <b>{t(`stopResult.${result.result}`)}</b>
            <span className="num dim">{result.result === 'pending' ? '' : `${result.ms} ms`}</span>
            <span className="mid">{result.detail}</span>
          </li>
        ))}
      </ul>
      {stop.firstReset && stop.state !== 'released' ? <p className="hint">{t('stop.firstReset', { name: stop.firstReset.by })}</p> : null}
    </div>
  );
}
