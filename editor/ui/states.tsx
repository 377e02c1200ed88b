import type { JSX, ReactNode } from 'react';
import { ApiProblem } from '../api.ts';
import { type MessageKey, useT } from '../i18n.ts';
import { Icon, type IconName } from './icons.tsx';

/** Shown only after 300 ms, so that quick answers do not flicker. */
export function Skeleton({ lines = 5 }: { readonly lines?: number }): JSX.Element {
  const { t } = useT();
  return (
    <div className="skeleton" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

/** Says why there is nothing and what to do next. */
export function Empty({
  title,
  hint,
  action,
  icon = 'empty',
}: {
  readonly title: string;
  readonly hint?: string;
  readonly action?: ReactNode;
  readonly icon?: IconName;
}): JSX.Element {
  return (
    <div className="state">
      <Icon name={icon} size={26} />
      <p className="title">{title}</p>
      {hint === undefined ? null : <p>{hint}</p>}
      {action}
    </div>
  );
}

export function NoPermission({ right }: { readonly right?: string }): JSX.Element {
  const { t } = useT();
  return (
    <Empty
      icon="lock"
      title={t('state.forbidden')}
      hint={right === undefined ? t('state.forbiddenHint') : t('state.forbiddenRight', { right })}
    />
  );
}

const KNOWN: Readonly<Record<string, MessageKey>> = { NETWORK: 'error.network', HTTP_502: 'error.network', HTTP_503: 'error.unavailable' };

/** One line for people: our own words for what never reached the server, else the server's. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useT();
  return (error) => {
    if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
    const known = KNOWN[error.code];
    return known ? t(known) : error.message || error.code;
  };
}

/** Cause, code, request id and a way to try again. */
export function ErrorBox({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): JSX.Element {
  const { t } = useT();
  const problemText = useProblemText();
  if (error instanceof ApiProblem && error.code === 'RIGHT_MISSING') return <NoPermission />;
  return (
    <div className="state" role="alert">
      <Icon name={error instanceof ApiProblem && error.code === 'NETWORK' ? 'offline' : 'warn'} size={26} />
      <p className="title">{error instanceof ApiProblem && error.status === 404 ? t('state.notFound') : t('state.failed')}</p>
      <p>{problemText(error)}</p>
      {error instanceof ApiProblem ? (
        <p className="code">
          {error.detail === undefined ? '' : `${error.detail} · `}
          {error.code}
          {error.place?.path === undefined ? '' : ` · ${error.place.path}`}
          {error.requestId === undefined ? '' : ` · ${t('state.requestId')} ${error.requestId}`}
        </p>
      ) : null}
      {retry ? (
        <button type="button" className="btn" onClick={retry}>
          {t('state.retry')}
        </button>
      ) : null}
    </div>
  );
}

interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** The states of one query: skeleton, error with retry, or the content (old content stays while it loads again). */
export function Load<T>({
  query,
  lines,
  children,
}: {
  readonly query: QueryLike<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}): JSX.Element {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorBox error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton {...(lines === undefined ? {} : { lines })} />;
}
