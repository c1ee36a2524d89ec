import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../../contracts/locales.ts'
import { chooseLanguage, LOCALES } from '../lib/i18n.ts'
import { applyTheme, storedTheme, type Theme } from '../lib/theme.ts'

const LANGUAGE_NAMES = {
  en: 'English',
  es: 'Español',
  pt: 'Português',
  tr: 'Türkçe',
  id: 'Bahasa Indonesia',
} as const
const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Theme[]

/** The language and the appearance, kept in this browser. */
export function Preferences() {
  const { t, i18n } = useTranslation()
  const [theme, setTheme] = useState<Theme>(storedTheme)
  return (
    <>
      <label>
        <span>{t('nav.language')}</span>
        <select
          value={localeOf(i18n.language)}
          onChange={event => void chooseLanguage(localeOf(event.target.value))}
        >
          {LOCALES.map(locale => (
            <option key={locale} value={locale}>
              {LANGUAGE_NAMES[locale]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t('nav.theme')}</span>
        <select
          value={theme}
          onChange={event => {
            const chosen = THEMES.find(one => one === event.target.value) ?? 'system'
            applyTheme(chosen)
            setTheme(chosen)
          }}
        >
          {THEMES.map(one => (
            <option key={one} value={one}>
              {t(`nav.theme_${one}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}
