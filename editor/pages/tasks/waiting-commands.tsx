import type { JSX } from 'react';
import { useState } from 'react';
import type { CommandView } from '#contract/commands';
import { useT } from '../../i18n.ts';
import { formatClock, formatUnit } from '../../ui/format.ts';
import { useNow } from '../../ui/now.ts';
import { useTagDefinition } from '../../ui/tags.ts';
import { useValueText } from '../../ui/value.tsx';
import { useWaitingCommands } from '../../ui/waiting-commands.ts';
import { CommandRecord } from '../commands/record.tsx';

/** Commands that wait for a second person stand above the tasks: they expire. */
export function WaitingCommands(): JSX.Element | null {
  const items = useWaitingCommands();
  const [open, setOpen] = useState<CommandView>();
  return (
    <>
      {items.map((command) => (
        <Row key={command.id} command={command} onOpen={() => setOpen(command)} />
      ))}
      {open ? <CommandRecord command={open} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function Row({ command, onOpen }: { readonly command: CommandView; readonly onOpen: () => void }): JSX.Element {
  const { t, pick } = useT();
  const now = useNow();
  const definition = useTagDefinition(command.tag);
  const text = useValueText();
  return (
    <button type="button" className="list-item task-card" onClick={onOpen} data-testid="waiting-command" data-tag={command.tag}>
      <span className="row">
        <b className="grow ellipsis">{definition ? pick(definition.label) : command.tag}</b>
        <span className="num">
          <span className="mid">{t('tasks.left')} </span>
          <b>{formatClock(Math.max(0, Date.parse(command.expires) - now))}</b>
        </span>
      </span>
      <span className="row">
        <span className="chip chip-active">{t('commandState.waiting')}</span>
        <span className="num">
          → <b>{text(command.value, definition)}</b> {formatUnit(command.unit)}
        </span>
        <span className="mid grow ellipsis">
          {command.submitterName} · {command.reason}
        </span>
      </span>
    </button>
  );
}
