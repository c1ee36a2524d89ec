import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../../contracts/locales.ts'
import { CascadePage } from '../features/cascade/components/cascade-page.tsx'
import { sessionQuery } from '../features/session/api/get-session.ts'
import { signOut } from '../features/session/api/sign-out.ts'
import { ApiError } from '../lib/client.ts'
import { chooseLanguage, LOCALES } from '../lib/i18n.ts'
import { applyTheme, storedTheme, type Theme } from '../lib/theme.ts'

const LANGUAGE_NAMES = {
  en: 'English',
  es: 'Español',
  pt: 'Português',
  tr: 'Türkçe',
  id: 'Bahasa Indonesia',
} as const

export function AppShell({ signInFailed }: { signInFailed: boolean }) {
  const { t } = useTranslation()
  const session = useQuery(sessionQuery)
  if (session.isPending) return <div className="app-loading" aria-busy="true" />
  if (session.isError) {
    const isSignedOut = session.error instanceof ApiError && session.error.code === 'signed_out'
    return (
      <main className="signed-out">
        <h1>{t(isSignedOut ? 'session.signed_out' : 'errors.unreachable')}</h1>
        <p>
          {t(signInFailed ? 'session.link_used' : isSignedOut ? 'session.how' : 'errors.try_again')}
        </p>
        {!isSignedOut && (
          <button type="button" className="button" onClick={() => void session.refetch()}>
            {t('errors.retry')}
          </button>
        )}
      </main>
    )
  }
  return (
    <div className="app">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <nav className="sidebar" aria-label={t('nav.label')}>
        <b>Radist Cascade</b>
        <a href="/app/" aria-current="page">
          {t('nav.cascade')}
        </a>
        <div className="sidebar-foot">
          <Preferences />
          <span>{session.data.subdomain}.kommo.com</span>
          <span className={session.data.radist === 'connected' ? 'ok' : 'warn'}>
            {t(`nav.radist_${session.data.radist}`)}
          </span>
          <button type="button" className="link" onClick={() => void signOut()}>
            {t('nav.sign_out')}
          </button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        <CascadePage />
      </main>
    </div>
  )
}

function Preferences() {
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
            const chosen = event.target.value as Theme
            applyTheme(chosen)
            setTheme(chosen)
          }}
        >
          <option value="system">{t('nav.theme_system')}</option>
          <option value="light">{t('nav.theme_light')}</option>
          <option value="dark">{t('nav.theme_dark')}</option>
        </select>
      </label>
    </>
  )
}
