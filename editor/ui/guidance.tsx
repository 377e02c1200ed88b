import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useT } from '../i18n.ts';
import { useSession } from '../session.tsx';
import { useAcknowledge } from './acknowledge.ts';
import { type AlarmItem, priorityOf } from './alarms.ts';
import { Dialog } from './dialog.tsx';
import { formatDateTime, formatNumber, formatUnit } from './format.ts';
import { isUnacknowledged, Mark } from './mark.tsx';

/** The station of an asset: its picture is where the alarm is seen. */
export const mimicOf = (asset: string): string => /^STA\d+/.exec(asset)?.[0] ?? 'network';

/** Trend of one tag an hour before and after a time. */
export const aroundSearch = (tag: string, at: number): { tags: string; from: number; to: number } => ({
  tags: tag,
  from: at - 3_600_000,
  to: at + 3_600_000,
});

/** Cause, consequence, response: what an operator is to do (ISA-18.2), and one click to the place, the trend and the rule. */
export function Guidance({ alarm }: { readonly alarm: AlarmItem }): JSX.Element {
  const { t, pick } = useT();
  return (
    <dl className="kv">
      <dt>{t('alarm.cause')}</dt>
      <dd>{pick(alarm.cause)}</dd>
      <dt>{t('alarm.consequence')}</dt>
      <dd>{pick(alarm.consequence)}</dd>
      <dt>{t('alarm.response')}</dt>
      <dd className="strong">{pick(alarm.response)}</dd>
      {alarm.responseTime === undefined ? null : (
        <>
          <dt>{t('alarm.responseTime')}</dt>
          <dd className="num">{alarm.responseTime}</dd>
        </>
      )}
    </dl>
  );
}

export function AlarmLinks({ alarm, onGo }: { readonly alarm: AlarmItem; readonly onGo?: () => void }): JSX.Element {
  const { t } = useT();
  const at = Date.parse(alarm.raisedAt ?? alarm.at);
  return (
    <nav className="row wrap" aria-label={t('alarm.links')}>
      <Link className="btn" to="/m/$id" params={{ id: mimicOf(alarm.asset) }} onClick={onGo}>
        {t('alarm.toMimic')}
      </Link>
      {alarm.tag === undefined ? null : (
        <Link className="btn" to="/trends" search={aroundSearch(alarm.tag, at)} onClick={onGo}>
          {t('alarm.toTrend')}
        </Link>
      )}
      <Link className="btn" to="/rules" search={{ sel: alarm.rule }} onClick={onGo}>
        {t('alarm.toRule')}
      </Link>
      {alarm.tag === undefined ? null : (
        <Link className="btn" to="/tags/$id" params={{ id: alarm.tag }} onClick={onGo}>
          {t('alarm.toTag')}
        </Link>
      )}
      {alarm.starts === undefined ? null : (
        <Link className="btn" to="/workflows" search={{ filter: `alarm:eq:${alarm.id}` }} onClick={onGo}>
          {t('alarm.toProcess')}
        </Link>
      )}
    </nav>
  );
}

export function GuidanceDialog({ alarm, onClose }: { readonly alarm: AlarmItem; readonly onClose: () => void }): JSX.Element {
  const { t, pick } = useT();
  const { can } = useSession();
  const acknowledge = useAcknowledge();
  const decimals = alarm.decimals ?? 2;
  return (
    <Dialog
      title={`${alarm.assetLabel ? `${pick(alarm.assetLabel)} · ` : ''}${pick(alarm.label)}`}
      onClose={onClose}
      testId="guidance-dialog"
      foot={
        isUnacknowledged(alarm.state) && can('alarm.acknowledge') ? (
          <button type="button" className="btn btn-primary" onClick={() => void acknowledge(alarm).then(onClose)}>
            {t('strip.ack')}
          </button>
        ) : undefined
      }
    >
      <p className="row wrap">
        <Mark priority={priorityOf(alarm.priority)} size={22} />
        <span className="code">{alarm.tag ?? alarm.asset}</span>
        {typeof alarm.value === 'number' ? (
          <span className="num livev">
            {formatNumber(alarm.value, decimals)}
            <span className="unit">{formatUnit(alarm.unit ?? '')}</span>
          </span>
        ) : null}
        {alarm.limit === undefined ? null : (
          <span className="num mid">
            {t('strip.limit')} {formatNumber(alarm.limit, decimals)}
          </span>
        )}
        <span className="num mid">{formatDateTime(Date.parse(alarm.raisedAt ?? alarm.at))}</span>
      </p>
      <Guidance alarm={alarm} />
      <AlarmLinks alarm={alarm} onGo={onClose} />
    </Dialog>
  );
}
