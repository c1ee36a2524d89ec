import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../../ui/tokens.css'
import '../../ui/controls.css'
import './app.css'
import { startTexts } from '../lib/i18n.ts'
import { queries } from '../lib/queries.ts'
import { applyTheme, storedTheme } from '../lib/theme.ts'
import { exchangeCode } from '../features/session/api/exchange-code.ts'
import { AppShell } from './app-shell.tsx'

applyTheme(storedTheme())
// The one-time code of the link becomes a session before anything is asked for.
const [, signIn] = await Promise.all([startTexts(), exchangeCode()])

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
