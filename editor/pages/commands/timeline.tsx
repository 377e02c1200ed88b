import type { JSX } from 'react';
import type { CommandView } from '#contract/commands';
import { useT } from '../../i18n.ts';
import { formatTime, formatUnit } from '../../ui/format.ts';
import { useTagDefinition } from '../../ui/tags.ts';
import { useValueText } from '../../ui/value.tsx';

const ENDED_BADLY = new Set(['failed', 'refused', 'expired', 'unknown']);
const OPEN = new Set(['waiting', 'queued', 'sent']);

/** What became of a command: each state with who, when and why. */
export function CommandTimeline({ command }: { readonly command: CommandView }): JSX.Element {
  const { t, pick } = useT();
  const definition = useTagDefinition(command.tag);
  const text = useValueText();
  const last = command.transitions.at(-1);
  return (
    <div data-testid="command-state" data-state={command.state}>
      <p className="row wrap">
        <span className={`chip ${ENDED_BADLY.has(command.state) ? 'chip-bad' : OPEN.has(command.state) ? 'chip-active' : 'chip-live'}`}>
          {t(`commandState.${command.state}`)}
        </span>
        <span className="num">
          {command.before === undefined ? '' : `${text(command.before, definition)} → `}
          <b>{text(command.value, definition)}</b> {formatUnit(command.unit)}
        </span>
        {command.readBack === undefined ? null : (
          <span className="num mid">
            {t('command.readBack')} {text(command.readBack, definition)} {formatUnit(command.unit)}
          </span>
        )}
      </p>
      <ol className="tl" style={{ marginTop: 10 }}>
        {command.transitions.map((step, i) => (
          <li
            key={`${step.at} ${step.state}`}
            className={ENDED_BADLY.has(step.state) ? 'fault' : step === last && OPEN.has(step.state) ? 'now' : ''}
          >
            <div className="top">
              <b>{t(`commandState.${step.state}`)}</b>
              <span className="mid ellipsis">{step.by === 'system' ? t('timeline.automatic') : step.byName || step.by}</span>
              <span className="when num">{formatTime(Date.parse(step.at))}</span>
            </div>
            {step.detail ? (
              <p className="mid">
                {pick(step.detail)} {step.code ? <span className="code">{step.code}</span> : null}
              </p>
            ) : i === 0 ? (
              <p className="mid">{command.reason}</p>
            ) : null}
          </li>
        ))}
      </ol>
    </div>
  );
}
