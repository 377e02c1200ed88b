import { useMutation } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useState } from 'react';
import rules, { type LimitValues, type RuleItem } from '#contract/rules';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';
import { formatDateTime, formatNumber, share } from '../../ui/format.ts';
import { Segmented } from '../../ui/panel.tsx';
import { ErrorBox } from '../../ui/states.tsx';

const SPANS = { '6h': 6, '24h': 24, '30d': 720 } as const;
type Span = keyof typeof SPANS;

/** Old and new limits over stored samples: how often each alarm would have been announced. */
export function Replay({ rule, changed }: { readonly rule: RuleItem; readonly changed: LimitValues }): JSX.Element {
  const { t } = useT();
  const [span, setSpan] = useState<Span>('24h');
  const replay = useMutation({
    mutationFn: () => {
      const to = Date.now();
      return call(rules.replay, {
        params: { id: rule.id },
        query: { ...changed, from: new Date(to - SPANS[span] * 3_600_000).toISOString(), to: new Date(to).toISOString() },
      });
    },
  });
  const { data } = replay;
  const total = (side: 'before' | 'after'): number => (data?.alarms ?? []).reduce((sum, one) => sum + one[side], 0);
  return (
    <div style={{ display: 'flex', flexDirection: 'column', gap: 8 }} data-testid="replay">
      <div className="row wrap">
        <Segmented
          label={t('trend.range')}
          value={span}
          onChange={setSpan}
          options={[
            { value: '6h', label: '6 h' },
            { value: '24h', label: '24 h' },
            { value: '30d', label: '30 d' },
          ]}
        />
        <button type="button" className="btn" disabled={replay.isPending} onClick={() => replay.mutate()} data-testid="run-replay">
          {t(replay.isPending ? 'rules.replaying' : 'rules.replay')}
        </button>
        {data ? (
          <span className="hint num">
            {t('rules.samples', { n: formatNumber(data.samples, 0) })} · {formatDateTime(Date.parse(data.from)).slice(5, 16)} –{' '}
            {formatDateTime(Date.parse(data.to)).slice(5, 16)}
          </span>
        ) : null}
      </div>
      {replay.error ? <ErrorBox error={replay.error} retry={() => replay.mutate()} /> : null}
      {data ? (
        <>
          <div className="replay-kpis">
            <div>
              <p className="hint">{t('rules.activations')}</p>
              <s className="num">{total('before')}</s>
              <b className="num">{total('after')}</b>
            </div>
            {data.alarms.map((one) => (
              <div key={one.alarm}>
                <p className="hint ellipsis">{one.alarm.split('.').at(-1)?.toUpperCase()}</p>
                <s className="num">{one.before}</s>
                <b className="num">{one.after}</b>
              </div>
            ))}
          </div>
          <svg className="ticks" viewBox="0 0 600 46" preserveAspectRatio="none" role="img" aria-label={t('rules.ticks')}>
            {data.alarms.flatMap((one) => [
              ...one.beforeAt.map((at) => (
                <rect
                  key={`b${one.alarm}${at}`}
                  x={share(Date.parse(at), Date.parse(data.from), Date.parse(data.to)) * 597}
                  y="4"
                  width="3"
                  height="16"
                  fill="var(--eqs)"
                />
              )),
              ...one.afterAt.map((at) => (
                <rect
                  key={`a${one.alarm}${at}`}
                  x={share(Date.parse(at), Date.parse(data.from), Date.parse(data.to)) * 597}
                  y="26"
                  width="3"
                  height="16"
                  fill="var(--draft)"
                />
              )),
            ])}
            <line x1="0" x2="600" y1="23" y2="23" stroke="var(--line)" />
          </svg>
          <p className="hint">{t('rules.ticksHint')}</p>
        </>
      ) : null}
    </div>
  );
}
