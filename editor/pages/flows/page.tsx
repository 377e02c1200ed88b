import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useEffect, useRef, useState } from 'react';
import { contract as flows } from '#contract/flows';
import { ApiProblem, call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { useSession } from '../../session.tsx';
import { useTheme } from '../../theme.ts';
import { Icon } from '../../ui/icons.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { Empty, ErrorBox, Skeleton } from '../../ui/states.tsx';
import './flows.css';

const route = getRouteApi('/flow');
const RETRIES = 10;

/** The flow editor from its own origin by a one-use ticket: one log-in, deep links by node. */
export function FlowPage(): JSX.Element {
  const { t } = useT();
  const { node, flow } = route.useSearch();
  const link = node === undefined ? (flow === undefined ? undefined : `#flow/${flow}`) : `#node/${node}`;
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: ticketFor,
    // Right after a start the flow runtime comes a little later than the pages.
    retry: (count, fault) => fault instanceof ApiProblem && fault.code === 'FLOW_EDITOR_DOWN' && count < RETRIES,
    retryDelay: 2000,
  });
  useEffect(() => mutate(link), [mutate, link]);
  const other = data !== undefined && !sameSite(data.origin);
  return (
    <div className="page flow-page">
      <PageHead
        title={t('nav.flow')}
        right={
          data ? (
            <button type="button" className="btn" onClick={() => void openTab(link)}>
              <Icon name="external" size={15} /> {t('flow.tab')}
            </button>
          ) : null
        }
      >
        <RuntimeState />
        {data && !data.mayEdit ? <span className="chip">{t('flow.readOnly')}</span> : null}
        {node === undefined ? null : (
          <span className="chip">
            {t('flow.node')} {node}
          </span>
        )}
      </PageHead>
      <section className="panel grow flow-box" aria-label={t('nav.flow')}>
        {error ? (
          <ErrorBox error={error} retry={() => mutate(link)} />
        ) : isPending || !data ? (
          <Skeleton lines={12} />
        ) : other ? (
          <Empty
            icon="flow"
            title={t('flow.onePort')}
            hint={unreachable(data.origin) ? t('flow.onePortRemote', { host: new URL(data.origin).host }) : t('flow.onePortHint')}
            action={
              unreachable(data.origin) ? undefined : (
                <a className="btn btn-primary" href={data.url} target="_blank" rel="noreferrer">
                  {t('flow.tab')}
                </a>
              )
            }
          />
        ) : (
          <Frame url={data.url} origin={data.origin} />
        )}
      </section>
    </div>
  );
}

/** A one-use entry; the editor speaks the language that the page speaks now. */
async function ticketFor(link: string | undefined) {
  const ticket = await call(flows.createTicket, { body: link === undefined ? {} : { link } });
  const url = new URL(ticket.url);
  url.searchParams.set('lng', document.documentElement.lang.startsWith('en') ? 'en-US' : 'zh-CN');
  // On a port of its own the editor is reached by the name by which this page was.
  if (url.hostname === 'localhost') url.hostname = location.hostname;
  return { ...ticket, url: url.href, origin: url.origin };
}

/** Another host name cannot be framed with its own cookie; another port of this one can. */
const sameSite = (origin: string): boolean => new URL(origin, location.href).hostname === location.hostname;

/** `*.localhost` leads to the browser's own machine. */
const unreachable = (origin: string): boolean =>
  new URL(origin).hostname.endsWith('.localhost') && !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

async function openTab(link: string | undefined): Promise<void> {
  // The window is opened by the click itself, or the browser blocks it.
  const tab = window.open('about:blank', '_blank');
  const ticket = await ticketFor(link);
  if (tab) tab.location.href = ticket.url;
}

function Frame({ url, origin }: { readonly url: string; readonly origin: string }): JSX.Element {
  const { t } = useT();
  const frame = useRef<HTMLIFrameElement>(null);
  const theme = useTheme();
  const [loaded, setLoaded] = useState(false);
  useEffect(() => {
    if (!loaded) return undefined;
    const tell = (): void => frame.current?.contentWindow?.postMessage({ type: 'set-theme', payload: { theme } }, origin);
    tell();
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (event.origin !== origin || typeof event.data !== 'object' || event.data === null || !('type' in event.data)) return;
      if (event.data.type === 'request-theme') tell();
    };
    addEventListener('message', onMessage);
    return () => removeEventListener('message', onMessage);
  }, [origin, theme, loaded]);
  return (
    // oxlint-disable-next-line react/iframe-missing-sandbox -- another origin already: the editor needs scripts and its own cookie
    <iframe ref={frame} onLoad={() => setLoaded(true)} src={url} title={t('flow.frame')} data-testid="flow-frame" />
  );
}

function RuntimeState(): JSX.Element | null {
  const { t } = useT();
  const { can } = useSession();
  const { data } = useQuery({
    queryKey: ['flows', 'runtime'],
    queryFn: async ({ signal }) => (await call(flows.runtimes, { signal })).items,
    enabled: can('health.read'),
    refetchInterval: 5000,
  });
  if (!data) return null;
  return (
    <>
      {data.map((runtime) => (
        <span
          key={runtime.runtime}
          className={`chip ${runtime.online ? 'chip-live' : 'chip-bad'}`}
          title={runtime.detail}
          data-testid="runtime-state"
          data-online={runtime.online}
        >
          {runtime.runtime} · {t(`runtime.${runtime.state}`)}
          {runtime.online ? '' : ` · ${t('runtime.offline')}`}
          {runtime.deployment === runtime.deployed ? '' : ` · ${runtime.deployment} → ${runtime.deployed}`}
        </span>
      ))}
    </>
  );
}
