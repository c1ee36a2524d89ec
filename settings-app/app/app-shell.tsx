import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Route, Router, Switch, useLocation } from 'wouter'
import type { Session } from '../../contracts/widget-api.ts'
import { CascadePage } from '../features/cascade/components/cascade-page.tsx'
import { sessionQuery } from '../features/session/api/get-session.ts'
import { signOut } from '../features/session/api/sign-out.ts'
import { SignedOut } from '../features/session/components/signed-out.tsx'
import { Empty } from '../components/empty.tsx'
import { ErrorBoundary } from '../components/error-boundary.tsx'
import { PageSkeleton } from '../components/page-skeleton.tsx'
import { codeOf } from '../lib/client.ts'
import { useIsOnline } from '../lib/reachable.ts'
import { Preferences } from './preferences.tsx'
import { ShortcutsDialog } from './shortcuts.tsx'

const ActivityPage = lazy(() => import('../features/activity/components/activity-page.tsx'))
const RunPage = lazy(() => import('../features/activity/components/run-page.tsx'))
const StatisticsPage = lazy(() => import('../features/statistics/components/statistics-page.tsx'))
const TestPage = lazy(() => import('../features/test-send/components/test-page.tsx'))
const ConnectionsPage = lazy(
  () => import('../features/connections/components/connections-page.tsx'),
)

const PAGES = [
  { path: '/', name: 'cascade', isForAll: true },
  { path: '/activity', name: 'activity', isForAll: false },
  { path: '/statistics', name: 'statistics', isForAll: true },
  { path: '/test', name: 'test', isForAll: false },
  { path: '/connections', name: 'connections', isForAll: false },
] as const

/** Who is signed in sees the pages; whoever is not learns how to get in. */
export function AppShell({ signInFailed }: { signInFailed: boolean }) {
  const queries = useQueryClient()
  const session = useQuery(sessionQuery)
  const code = session.error ? codeOf(session.error) : null
  const hasEnded = code === 'signed_out' && session.data !== undefined
  useEffect(() => {
    // An ended session leaves nothing behind that it had shown.
    if (hasEnded) queries.removeQueries({ predicate: query => query.queryKey[0] !== 'session' })
  }, [hasEnded, queries])
  if (session.isPending) return <Loading />
  if (code === 'signed_out' || !session.data) {
    const isLinkUsed = signInFailed && session.data === undefined
    return (
      <SignedOut
        reason={code !== 'signed_out' ? 'unreachable' : isLinkUsed ? 'link_used' : 'signed_out'}
        onRetry={() => void session.refetch()}
      />
    )
  }
  return (
    <Router base="/app">
      <Pages session={session.data} />
    </Router>
  )
}

/** Bots wait as long as Kommo does not let us in: whoever comes by is told, and how to mend it. */
function KommoBanner({ session: { kommo, isAdmin } }: { session: Session }) {
  const { t } = useTranslation()
  return (
    <p className="notice bad" role="alert">
      {t(`connections.kommo_${kommo}_text`)}{' '}
      {isAdmin ? (
        <Link href="/connections">{t('connections.reconnect')}</Link>
      ) : (
        t('connections.ask_admin')
      )}
    </p>
  )
}

/** As `index.html` has it, so that nothing flickers. */
function Loading() {
  return (
    <div className="app" aria-busy="true">
      <div className="sidebar">
        <div className="sidebar-head">
          <b>Radist Cascade</b>
        </div>
      </div>
      <main />
    </div>
  )
}

function Pages({ session }: { session: Session }) {
  const { t } = useTranslation()
  const [location] = useLocation()
  const isOnline = useIsOnline()
  const main = useRef<HTMLElement>(null)
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  const section = `/${location.split('/')[1] ?? ''}`
  const page = PAGES.find(one => one.path === section)

  // A new page begins at its top, for eyes and for screen readers.
  const shown = useRef(location)
  useEffect(() => {
    document.title = page ? `${t(`nav.${page.name}`)} · Radist Cascade` : 'Radist Cascade'
    if (shown.current === location) return
    shown.current = location
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [location, page, t])

  const only = (isForAll: boolean, content: React.ReactNode) =>
    session.isAdmin || isForAll ? (
      content
    ) : (
      <Empty isPage title={t('rights.title')} text={t('rights.text')} />
    )
  return (
    <div className="app">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <nav className="sidebar" aria-label={t('nav.label')} data-open={isMenuOpen}>
        <div className="sidebar-head">
          <b>Radist Cascade</b>
          <button
            type="button"
            className="menu-button"
            aria-expanded={isMenuOpen}
            aria-controls="pages"
            onClick={() => setIsMenuOpen(!isMenuOpen)}
          >
            <span aria-hidden="true">☰</span>
            <span className="visually-hidden">{t('nav.label')}</span>
          </button>
        </div>
        <div className="sidebar-pages" id="pages">
          {PAGES.map(({ path, name, isForAll }) => (
            <Link
              key={path}
              href={path}
              aria-current={path === section ? 'page' : undefined}
              onClick={() => setIsMenuOpen(false)}
            >
              {t(`nav.${name}`)}
              {!isForAll && !session.isAdmin && (
                <span className="lock" title={t('rights.title')}>
                  <span aria-hidden="true">🔒</span>
                  <span className="visually-hidden">{t('rights.title')}</span>
                </span>
              )}
            </Link>
          ))}
          <div className="sidebar-foot">
            <Preferences />
            <span>
              <a href={session.kommoUrl} target="_blank" rel="noreferrer">
                {t('nav.back_to_kommo')}
              </a>
              <br />
              {session.subdomain}
            </span>
            <span className={session.radist === 'connected' ? 'ok' : 'warn'}>
              {t(`nav.radist_${session.radist}`)}
            </span>
            <ShortcutsDialog />
            <button type="button" className="link" onClick={() => void signOut()}>
              {t('nav.sign_out')}
            </button>
          </div>
        </div>
      </nav>
      <main id="main" tabIndex={-1} ref={main}>
        <div role="status">
          {!isOnline && <p className="notice warn offline">{t('errors.offline')}</p>}
        </div>
        {session.kommo !== 'connected' && <KommoBanner session={session} />}
        <ErrorBoundary
          key={location}
          fallback={
            <Empty
              isPage
              title={t('errors.broken')}
              text={t('errors.broken_text')}
              action={
                <button type="button" className="button" onClick={() => window.location.reload()}>
                  {t('errors.reload')}
                </button>
              }
            />
          }
        >
          <Suspense fallback={<PageSkeleton />}>
            <Switch>
              <Route path="/">
                <CascadePage />
              </Route>
              <Route path="/activity">{only(false, <ActivityPage />)}</Route>
              <Route path="/activity/:id">
                {({ id }) => only(false, <RunPage key={id} id={id} />)}
              </Route>
              <Route path="/statistics">
                <StatisticsPage />
              </Route>
              <Route path="/test">{only(false, <TestPage />)}</Route>
              <Route path="/connections">{only(false, <ConnectionsPage />)}</Route>
              <Route>
                <Empty isPage title={t('errors.no_page')} text={t('errors.no_page_text')} />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  )
}
