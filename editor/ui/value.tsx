import type { JSX } from 'react';
import { modeOf } from '#domain/command/mode.ts';
import type { Limits, TagDefinition } from '#domain/tag.ts';
import { useT } from '../i18n.ts';
import { useConnection, useTag } from '../live.ts';
import type { LiveValue } from '../live-store.ts';
import { formatAge, formatTime, formatUnit, formatValue, isStale, share } from './format.ts';
import { useNow } from './now.ts';
import { useTagDefinition } from './tags.ts';

/** Text of a value as its tag writes it, with the words for states and modes. */
export function useValueText(): (
  value: LiveValue['value'] | undefined,
  definition: Pick<TagDefinition, 'decimals' | 'measurand'> | undefined,
) => string {
  const { t } = useT();
  return (value, definition) => {
    if (definition?.measurand === 'MODE' && typeof value === 'number') {
      const mode = modeOf(value);
      return mode === undefined ? String(value) : t(`mode.${mode}`);
    }
    return formatValue(value, definition?.decimals ?? 1, { on: t('value.on'), off: t('value.off') });
  };
}

/** Whether what is shown may be believed as the present: connected, fresh enough, not bad. */
export function useFreshness(value: LiveValue | undefined, every: number): 'fresh' | 'stale' | 'none' {
  const now = useNow();
  const connection = useConnection();
  if (value === undefined) return 'none';
  return connection.state !== 'open' || isStale(value.at, every, now) ? 'stale' : 'fresh';
}

/** A live value with its unit; greyed with its age when stale, struck when bad. */
export function LiveValueText({
  tag,
  big = false,
  unit = true,
}: {
  readonly tag: string;
  readonly big?: boolean;
  readonly unit?: boolean;
}): JSX.Element {
  const { t } = useT();
  const value = useTag(tag);
  const definition = useTagDefinition(tag);
  const valueText = useValueText();
  const freshness = useFreshness(value, definition?.every ?? 10);
  const now = useNow();
  const quality = value?.quality ?? 'bad';
  const title = value
    ? `${tag} · ${formatTime(value.at)} · ${t(`quality.${quality}`)}${freshness === 'stale' ? ` · ${t('state.stale')} ${formatAge(now - value.at)}` : ''}`
    : tag;
  return (
    <span
      className={`num livev${big ? ' big' : ''}${freshness === 'stale' ? ' stale' : ''}${value && quality === 'bad' ? ' bad' : ''}`}
      title={title}
      data-testid={`live-value-${tag}`}
      data-quality={quality}
      data-freshness={freshness}
    >
      {valueText(value?.value, definition)}
      {unit && definition && definition.unit !== '' ? <span className="unit">{formatUnit(definition.unit)}</span> : null}
    </span>
  );
}

interface BarProps {
  readonly value: number | undefined;
  readonly range: readonly [number, number];
  readonly limits?: Limits | undefined;
  readonly setpoint?: number | undefined;
  readonly priority?: number | undefined;
}

/** Moving analogue bar: normal band, setpoint dash, pointer (coloured only when abnormal). */
export function AnalogueBar({ value, range, limits, setpoint, priority }: BarProps): JSX.Element {
  const [min, max] = range;
  const low = share(limits?.l ?? limits?.ll ?? min, min, max);
  const high = share(limits?.h ?? limits?.hh ?? max, min, max);
  return (
    <div className={`bar${priority === undefined ? '' : ` abn pr${priority}`}`} aria-hidden="true">
      <span className="band" style={{ left: `${low * 100}%`, width: `${Math.max(0, high - low) * 100}%` }} />
      {setpoint === undefined ? null : <span className="sp" style={{ left: `${share(setpoint, min, max) * 100}%` }} />}
      {value === undefined ? null : <span className="ptr" style={{ left: `${share(value, min, max) * 100}%` }} />}
    </div>
  );
}
