import type { JSX, ReactNode } from 'react';
import { useEffect, useId, useRef } from 'react';
import { useT } from '../i18n.ts';
import { Icon } from './icons.tsx';

export interface DialogProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly foot?: ReactNode;
  readonly wide?: boolean;
  readonly testId?: string;
}

/** A modal on the native element: focus stays inside, Esc closes, focus goes back where it came from. */
export function Dialog({ title, onClose, children, foot, wide = false, testId }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { t } = useT();
  useEffect(() => {
    const element = ref.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={wide ? 'wide' : ''}
      aria-labelledby={id}
      data-testid={testId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dlg-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="btn btn-icon" onClick={onClose} aria-label={t('action.close')}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <div className="dlg-body">{children}</div>
      {foot === undefined ? null : <div className="dlg-foot">{foot}</div>}
    </dialog>
  );
}
