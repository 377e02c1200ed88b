import type { JSX } from 'react';
import { type MessageKey, useT } from '../../i18n.ts';

const NAMES: Readonly<Record<number, MessageKey>> = {
  1: 'ledgers.level1',
  2: 'ledgers.level2',
  3: 'ledgers.level3',
  4: 'ledgers.level4',
};

/** Level of data protection: digit and word, never colour alone. */
export function LevelMark({ level }: { readonly level: number }): JSX.Element {
  const { t } = useT();
  return (
    <span className={`level level-${level}`}>
      <b>{level}</b>
      <span>{t(NAMES[level] ?? 'ledgers.level2')}</span>
    </span>
  );
}
