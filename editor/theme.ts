import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'light' | 'dark' | 'auto';
const STORED = 'nuanliu.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const isChoice = (text: string | null): text is ThemeChoice => text === 'light' || text === 'dark' || text === 'auto';

function themeChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORED);
  return isChoice(stored) ? stored : 'light';
}

function currentTheme(): 'light' | 'dark' {
  const choice = themeChoice();
  return choice === 'auto' ? (system.matches ? 'dark' : 'light') : choice;
}

export function applyTheme(choice: ThemeChoice = themeChoice()): void {
  localStorage.setItem(STORED, choice);
  document.documentElement.dataset['theme'] = currentTheme();
  for (const listener of listeners) listener();
}
system.addEventListener('change', () => applyTheme());

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
export const useTheme = (): 'light' | 'dark' => useSyncExternalStore(subscribe, currentTheme);
export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, themeChoice);
