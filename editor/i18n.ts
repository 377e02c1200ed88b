import { createInstance } from 'i18next';
import { useCallback, useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language, Text } from '#domain/text.ts';
import { setApiLanguage } from './api.ts';
import { en } from './locales/en.ts';
import { zhCN } from './locales/zh-CN.ts';

export type MessageKey = keyof typeof zhCN;
export type Messages = Readonly<Record<MessageKey, string>>;
export type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

const STORED = 'nuanliu.language';
const initial = localStorage.getItem(STORED) === 'en' ? 'en' : 'zh-CN';

const i18n = createInstance();
void i18n.use(initReactI18next).init({
  resources: { 'zh-CN': { translation: zhCN }, en: { translation: en } },
  lng: initial,
  fallbackLng: false,
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
});
apply(initial);

function apply(language: string): void {
  document.documentElement.lang = language;
  setApiLanguage(language);
}

export async function setLanguage(language: 'zh-CN' | 'en'): Promise<void> {
  localStorage.setItem(STORED, language);
  await i18n.changeLanguage(language);
  apply(language);
}

/** Translated texts, the picker for texts that carry both languages, and the language itself. */
export function useT(): { t: Translate; pick: (text: Text) => string; lang: Language; locale: string } {
  const { t: raw, i18n: own } = useTranslation();
  const lang: Language = own.language === 'en' ? 'en' : 'zh';
  const t = useCallback<Translate>((key, values) => raw(key, values ?? {}), [raw]);
  const pick = useCallback((text: Text) => text[lang], [lang]);
  return useMemo(() => ({ t, pick, lang, locale: lang === 'zh' ? 'zh-CN' : 'en-GB' }), [t, pick, lang]);
}
