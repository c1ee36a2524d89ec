import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../../ui/tokens.css'
import '../../ui/controls.css'
import '../components/components.css'
import './app.css'
import { cascadeQuery } from '../api/get-cascade.ts'
import { FIGURES_DAYS, statisticsQuery } from '../api/get-statistics.ts'
import { startTexts } from '../lib/i18n.ts'
import { queries } from '../lib/queries.ts'
import { applyTheme, storedTheme } from '../lib/theme.ts'
import { sessionQuery } from '../features/session/api/get-session.ts'
import { exchangeCode } from '../features/session/api/exchange-code.ts'
import { AppShell } from './app-shell.tsx'

applyTheme(storedTheme())
// The one-time code of the link becomes a session before anything is asked for.
const [, signIn] = await Promise.all([startTexts(), exchangeCode()])
// Most people come to the cascade: what it shows is asked for together with who they are.
if (signIn !== 'failed') void queries.prefetchQuery(sessionQuery)
if (signIn !== 'failed' && location.pathname === '/app/') {
  void queries.prefetchQuery(cascadeQuery)
  void queries.prefetchQuery(statisticsQuery(FIGURES_DAYS))
}

// The link may be opened in a tab that has this page already: then only the address changes.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) location.reload()
})

const root = document.querySelector('#root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <AppShell signInFailed={signIn === 'failed'} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
