import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { LOCALES, localeOf, type Locale } from '../../contracts/locales.ts'
import en from '../../i18n/settings/en.json' with { type: 'json' }

const STORED = 'language'
/** Each language is a chunk of its own; English is the fallback and always there. */
const loaders = import.meta.glob<{ default: Record<string, unknown> }>('../../i18n/settings/*.json')

export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  })
  await useLanguage(localeOf(localStorage.getItem(STORED) ?? navigator.language))
}

export async function chooseLanguage(locale: Locale): Promise<void> {
  localStorage.setItem(STORED, locale)
  await useLanguage(locale)
}

async function useLanguage(locale: Locale): Promise<void> {
  const load = loaders[`../../i18n/settings/${locale}.json`]
  if (load && !i18next.hasResourceBundle(locale, 'translation')) {
    i18next.addResourceBundle(locale, 'translation', (await load()).default)
  }
  await i18next.changeLanguage(locale)
  document.documentElement.lang = locale
}

export { LOCALES }
