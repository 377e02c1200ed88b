import type { JSX, ReactNode } from 'react';
import { useId } from 'react';

export interface PanelProps {
  readonly title: ReactNode;
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  readonly foot?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
  readonly testId?: string;
  /** Reachable by keyboard though nothing in it can be focused. */
  readonly scrolls?: boolean;
}

/** A titled region; its body scrolls, head and foot stay. */
export function Panel({ title, sub, actions, foot, className = '', children, testId, scrolls = false }: PanelProps): JSX.Element {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id} data-testid={testId}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {sub === undefined ? null : <span className="sub ellipsis">{sub}</span>}
        {actions === undefined ? null : (
          <span className="row" style={{ marginLeft: 'auto' }}>
            {actions}
          </span>
        )}
      </div>
      <div className="panel-body" tabIndex={scrolls ? 0 : undefined}>
        {children}
      </div>
      {foot === undefined ? null : <div className="panel-foot">{foot}</div>}
    </section>
  );
}

export function PageHead({
  title,
  children,
  right,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly right?: ReactNode;
}): JSX.Element {
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {children}
      {right === undefined ? null : <div className="right">{right}</div>}
    </div>
  );
}

export interface SegOption<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
}

/** Segmented choice: one pressed button of a few. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly SegOption<T>[];
  readonly onChange: (value: T) => void;
}): JSX.Element {
  return (
    <div className="seg" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}
