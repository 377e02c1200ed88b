import type { JSX } from 'react';
import { useState, useSyncExternalStore } from 'react';
import { useT } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';

/** So long a purpose that was given holds, ms. */
const HOLDS = 15 * 60_000;
let given: { readonly text: string; readonly until: number } | undefined;
const watchers = new Set<() => void>();

function set(next: typeof given): void {
  given = next;
  for (const watcher of watchers) watcher();
}

const subscribe = (watcher: () => void): (() => void) => {
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
  };
};

/** What the person said that masked data is read for; undefined after a quarter of an hour. Kept in this window only. */
export const usePurpose = (): string | undefined =>
  useSyncExternalStore(subscribe, () => (given !== undefined && given.until > Date.now() ? given.text : undefined));

export const forgetPurpose = (): void => set(undefined);

/** Asks what masked data is read for: it is written to the audit log. */
export function PurposeDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  const [text, setText] = useState('');
  const reveal = (): void => {
    set({ text: text.trim(), until: Date.now() + HOLDS });
    setTimeout(() => watchers.forEach((watcher) => watcher()), HOLDS + 1000);
    onClose();
  };
  return (
    <Dialog
      title={t('ledgers.reveal')}
      onClose={onClose}
      foot={
        <button type="button" className="btn btn-primary" disabled={text.trim().length < 2} onClick={reveal} data-testid="reveal">
          {t('ledgers.reveal')}
        </button>
      }
    >
      <label className="field">
        <span>{t('ledgers.purpose')}</span>
        <input
          className="input"
          value={text}
          maxLength={200}
          autoFocus
          onChange={(event) => setText(event.target.value)}
          data-testid="purpose"
        />
      </label>
      <p className="hint">{t('ledgers.purposeHint')}</p>
    </Dialog>
  );
}
