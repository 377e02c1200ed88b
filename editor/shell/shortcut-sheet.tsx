import type { JSX } from 'react';
import { type MessageKey, useT } from '../i18n.ts';
import { Dialog } from '../ui/dialog.tsx';

const KEYS: readonly (readonly [keys: string, text: MessageKey])[] = [
  ['A', 'keys.ack'],
  ['M', 'keys.silence'],
  ['Ctrl K', 'keys.search'],
  ['G', 'keys.overview'],
  ['J / K', 'keys.list'],
  ['Enter', 'keys.open'],
  ['Esc', 'keys.close'],
  ['?', 'keys.sheet'],
];

export function ShortcutSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  return (
    <Dialog title={t('keys.title')} onClose={onClose} testId="shortcut-sheet">
      <dl className="kv">
        {KEYS.map(([keys, text]) => (
          <div key={keys} style={{ display: 'contents' }}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
