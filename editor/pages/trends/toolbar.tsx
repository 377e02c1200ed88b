import type { JSX } from 'react';
import { useT, type MessageKey } from '../../i18n.ts';
import { Segmented } from '../../ui/panel.tsx';
import { localInput } from './local-input.ts';
import { AGGREGATES, COMPARE, RANGES, WIDTHS, type Compare, type Range, type Shown, type TrendSearch, type Width } from './look.ts';

const isRange = (text: string): text is Range => Object.hasOwn(RANGES, text);
const RANGE_LABELS: Readonly<Partial<Record<Range, MessageKey>>> = { '121d': 'trend.range121d', '365d': 'trend.range365d' };

export interface ToolbarProps {
  readonly search: TrendSearch;
  readonly range: Range | undefined;
  /** Shown time; undefined until something is loaded. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly width: Width;
  /** Changes a part of the address; undefined takes a part out. */
  readonly change: (part: TrendSearch) => void;
}

/** Which time is shown. */
export function Toolbar({ range, from, to, change }: Omit<ToolbarProps, 'search' | 'width'>): JSX.Element {
  const { t } = useT();
  const edit = (start: number | undefined, end: number | undefined): void => {
    if (start !== undefined && end !== undefined && Number.isFinite(start) && Number.isFinite(end) && start < end)
      change({ from: start, to: end });
  };
  return (
    <>
      <Segmented
        label={t('trend.range')}
        value={range ?? ''}
        onChange={(value) => change({ range: value, from: undefined, to: undefined })}
        options={Object.keys(RANGES).map((value) => {
          const label = isRange(value) ? RANGE_LABELS[value] : undefined;
          return { value, label: label ? t(label) : value.replace(/(\d+)/, '$1 ') };
        })}
      />
      <span className="row bounds">
        <input
          className="input num"
          type="datetime-local"
          aria-label={t('trend.from')}
          value={from === undefined ? '' : localInput(from)}
          onChange={(event) => edit(Date.parse(event.target.value), to)}
        />
        <span className="mid">–</span>
        <input
          className="input num"
          type="datetime-local"
          aria-label={t('trend.to')}
          value={to === undefined ? '' : localInput(to)}
          onChange={(event) => edit(from, Date.parse(event.target.value))}
        />
      </span>
    </>
  );
}

/** Against what the range is compared, and how it is aggregated. */
export function Pickers({ search, width, change }: Pick<ToolbarProps, 'search' | 'width' | 'change'>): JSX.Element {
  const { t } = useT();
  return (
    <span className="row pickers">
      <Choice<Compare>
        label={t('trend.compare')}
        value={search.compare}
        none={t('trendCompare.none')}
        options={COMPARE}
        text={(one) => t(`trendCompare.${one}`)}
        onChange={(compare) => change({ compare })}
      />
      <Choice<Width>
        label={t('trend.every')}
        value={search.every}
        none={t('trendWidth.auto')}
        options={WIDTHS}
        text={(one) => t(`trendWidth.${one}`)}
        onChange={(every) => change({ every, ...(every === 'raw' ? { aggregate: undefined } : {}) })}
      />
      {width === 'raw' ? null : (
        <Choice<Shown>
          label={t('trend.aggregate')}
          value={search.aggregate === 'band' ? undefined : search.aggregate}
          none={t('trendShown.band')}
          options={AGGREGATES.filter((one) => one !== 'band')}
          text={(one) => t(`trendShown.${one}`)}
          onChange={(aggregate) => change({ aggregate })}
        />
      )}
    </span>
  );
}

/** A short list to choose from, with a first entry for none. */
function Choice<T extends string>({
  label,
  value,
  none,
  options,
  text,
  onChange,
}: {
  readonly label: string;
  readonly value: T | undefined;
  readonly none: string;
  readonly options: readonly T[];
  readonly text: (one: T) => string;
  readonly onChange: (value: T | undefined) => void;
}): JSX.Element {
  return (
    <select
      className="input"
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(options.find((one) => one === event.target.value))}
    >
      <option value="">{none}</option>
      {options.map((one) => (
        <option key={one} value={one}>
          {text(one)}
        </option>
      ))}
    </select>
  );
}
